"""The state of a paper exchange on disk: what changed is durable before anybody is told of it.

A file of lines, each a JSON object of rows by name, laid over the ones before; null takes a row away.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from trading.papergateway.exchange.store import Json

# A file that has grown by so much is written anew from the state as it stands.
GROWTH_AT_MOST = 32 * 1024 * 1024


class JournalError(Exception):
    """The file cannot be used: somebody else holds it, or it is no journal."""


class Journal:
    """One file, held by one process. `read` it, `begin` it anew with a whole state, then `append`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = path.with_name(f"{path.name}.lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise JournalError(f"{path} is in use by another gateway.") from error
        self.grown = 0

    def read(self) -> dict[str, Json]:
        """The state that the file tells; empty when there is none. Raises JournalError for another file.

        A last line without its end was being written when the process died: nobody was told of it.
        """
        if not self._path.exists():
            return {}
        *lines, _ = self._path.read_bytes().split(b"\n")
        state: dict[str, Json | None] = {}
        for number, line in enumerate(lines, start=1):
            try:
                state.update(json.loads(line))
            except (ValueError, TypeError) as error:
                raise JournalError(f"{self._path}, line {number}: no journal of a paper exchange.") from error
        return {name: row for name, row in state.items() if row is not None}

    def begin(self, state: Mapping[str, Json]) -> None:
        """Write the file anew from a whole state; it takes the old one's place once it is durable."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        with fresh.open("wb") as file:
            _write(file, state)
        fresh.replace(self._path)
        _sync_folder(self._path.parent)
        if self._file is not None:
            self._file.close()
        self._file = self._path.open("ab")
        self.grown = 0

    def append(self, changes: Mapping[str, Json | None]) -> None:
        """Add what changed; durable when this returns."""
        if self._file is None:
            raise JournalError("a journal is begun before anything is added")
        self.grown += _write(self._file, changes)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
        self._lock.close()


def _write(file: IO[bytes], rows: Mapping[str, Json | None]) -> int:
    line = json.dumps(rows, separators=(",", ":")).encode() + b"\n"
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
    return len(line)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
