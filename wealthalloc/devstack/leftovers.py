"""Finds and ends what a killed launcher left running, apart from the servers, which are adopted."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from wealthalloc.devstack.home import secret_write
from wealthalloc.devstack.processes import process_is, process_started

MARK = "WEALTHALLOC_SUPERVISED"
PATIENCE = 3.0


def processes_note(home: Path, processes: dict[int, str]) -> None:
    """Remember what runs for this home: pid and start of each."""
    rows = [{"pid": pid, "started": started} for pid, started in processes.items()]
    secret_write(home / "run" / "processes.json", json.dumps(rows))


def leftovers_end(home: Path) -> int:
    """End every process that an earlier launcher of this home started and did not stop; how many there were.

    They are known by the note of the launcher, and on Linux also by the mark each of them carries in its
    environment, which finds the children of a process that died itself.
    """
    found = {pid: started for pid, started in _noted(home).items() if process_is(pid, started)}
    found |= _marked(home)
    for number, patience in ((signal.SIGTERM, PATIENCE), (signal.SIGKILL, PATIENCE)):
        for pid in [pid for pid, started in found.items() if process_is(pid, started)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        _wait(found, patience)
    (home / "run" / "processes.json").unlink(missing_ok=True)
    return len(found)


def _wait(processes: dict[int, str], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(process_is(pid, started) for pid, started in processes.items()):
            return
        time.sleep(0.05)


def _noted(home: Path) -> dict[int, str]:
    try:
        rows: Any = json.loads((home / "run" / "processes.json").read_text(encoding="utf-8"))
        return {int(row["pid"]): str(row["started"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _marked(home: Path) -> dict[int, str]:
    mark = f"{MARK}={home}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        if pid == os.getpid():
            continue
        # Processes of other users and those that end meanwhile cannot be read, and are not ours.
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                started = process_started(pid)
                if started is not None:
                    found[pid] = started
    return found
