"""Valkey of a home: started on loopback with a password in a private file, adopted when orphaned."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from wealthalloc.devstack.errors import StackError, TryAgainError
from wealthalloc.devstack.home import ServerRecord, folder_make, record_drop, record_write, secret_write
from wealthalloc.devstack.ports import LOOPBACK, port_free
from wealthalloc.devstack.processes import process_folder, process_name, process_started, process_stop

NAME = "valkey"
READY_SECONDS = 10.0
ATTEMPTS = 5
PROGRAM_NAMES = frozenset({"valkey-server", "redis-server"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Where the server listens and the word it asks for."""

    port: int
    password: str

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"


class Valkey:
    """The Valkey server of one home."""

    def __init__(self, home: Path, *, program: Path) -> None:
        self.home = home
        self.program = program
        self.data = home / "valkey"
        self.config = home / "run" / "valkey.conf"
        self.pid_file = home / "run" / "valkey.pid"
        self.log = home / "logs" / "valkey.log"
        self.record: ServerRecord | None = None
        self.adopted = False
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> ServerRecord:
        """Adopt the server that already runs on this data, or start one; its record is stored in the home.

        Two servers must never write the same append-only files, so what runs is adopted or ended first.
        Raises StackError with a sentence when the server does not come up.
        """
        for folder in (self.data, self.log.parent, self.config.parent):
            folder_make(folder)
        record = self._adopt()
        self.adopted = record is not None
        self.record = record or self._launch()
        record_write(self.home, NAME, self.record)
        return self.record

    # Adopt

    def _adopt(self) -> ServerRecord | None:
        """The orphan of this home, once it lets us in; an orphan that does not is ended."""
        pid = self._orphan_pid()
        started = process_started(pid)
        if started is None:
            return None
        key = self._key_read()
        deadline = time.monotonic() + READY_SECONDS
        while key is not None and process_started(pid) == started and time.monotonic() < deadline:
            answer = _ask(key, "INFO server")
            if f"process_id:{pid}\r\n" in answer:
                return ServerRecord(url=key.url, pid=pid, started=started)
            if answer.startswith("-") and not answer.startswith("-LOADING"):
                break
            time.sleep(0.02)
        process_stop(pid, started, first=signal.SIGTERM, patience=10)
        return None

    def _orphan_pid(self) -> int:
        """The pid in our pid file if a server that works in our data folder has it, else 0."""
        try:
            pid = int(self.pid_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0
        if process_name(pid) not in PROGRAM_NAMES:
            return 0
        folder = process_folder(pid)
        return pid if folder is None or folder == self.data.resolve() else 0

    def _key_read(self) -> Key | None:
        try:
            words = [line.split() for line in self.config.read_text(encoding="utf-8").splitlines()]
            values = {pair[0]: pair[1] for pair in words if len(pair) == 2}  # noqa: PLR2004 - name and value
            return Key(port=int(values["port"]), password=values["requirepass"].strip('"'))
        except (OSError, KeyError, ValueError):
            return None

    # Launch

    def _launch(self) -> ServerRecord:
        for _ in range(ATTEMPTS):
            with contextlib.suppress(TryAgainError):
                return self._launch_with(Key(port=port_free(), password=secrets.token_urlsafe(12)))
        raise StackError(f"Valkey did not start in {ATTEMPTS} tries. See {self.log}.")

    def _launch_with(self, key: Key) -> ServerRecord:
        self.pid_file.unlink(missing_ok=True)
        secret_write(self.config, self._config_text(key))
        offset = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = process = subprocess.Popen(
                [str(self.program), str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data,
                start_new_session=True,
            )
        try:
            return self._wait_ready(process, key, offset)
        except BaseException:
            process.kill()
            process.wait()
            raise

    def _config_text(self, key: Key) -> str:
        """The password stands in this private file and not on the command line, which everybody can read."""
        return "\n".join(
            [
                f"bind {LOOPBACK}",
                f"port {key.port}",
                f"requirepass {key.password}",
                f'dir "{self.data}"',
                f'pidfile "{self.pid_file}"',
                "daemonize no",
                "appendonly yes",
                'save ""',
                "",
            ]
        )

    def _wait_ready(self, process: "subprocess.Popen[bytes]", key: Key, offset: int) -> ServerRecord:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                self._explain_end(offset, key.port)
            if f"process_id:{process.pid}\r\n" in _ask(key, "INFO server"):
                started = process_started(process.pid)
                if started is not None:
                    return ServerRecord(url=key.url, pid=process.pid, started=started)
            time.sleep(0.01)
        raise StackError(f"Valkey was not ready within {READY_SECONDS:.0f} s. See {self.log}.")

    def _explain_end(self, offset: int, port: int) -> None:
        with self.log.open("rb") as log:
            log.seek(offset, os.SEEK_SET)
            words = log.read().decode("utf-8", errors="replace")
        if "address already in use" in words.lower():
            raise TryAgainError(f"Port {port} is taken.")
        last = words.strip().splitlines()[-1:] or ["it said nothing"]
        raise StackError(f"Valkey ended while starting: {last[0]} (all of it in {self.log}).")

    # Stop

    def stop(self) -> None:
        """Orderly end of the server this home owns, started or adopted; killed after 10 s."""
        if self.record is not None:
            process_stop(self.record.pid, self.record.started, first=signal.SIGTERM, patience=10)
            if self.process is not None:
                self.process.wait()
            record_drop(self.home, NAME)
            self.record = None


def _ask(key: Key, command: str) -> str:
    """The raw answer to one command after logging in, or an empty text when nobody answers."""
    try:
        with socket.create_connection((LOOPBACK, key.port), timeout=2) as connection:
            connection.sendall(f"AUTH {key.password}\r\n{command}\r\nQUIT\r\n".encode())
            answer = b""
            while part := connection.recv(65536):
                answer += part
    except OSError:
        return ""
    text = answer.decode("utf-8", errors="replace")
    return text.removeprefix("+OK\r\n")
