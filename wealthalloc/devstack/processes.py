"""Which process is which: a pid is only trusted together with the moment the process began."""

import contextlib
import functools
import os
import signal
import subprocess
import time
from pathlib import Path


def process_started(pid: int) -> str | None:
    """A mark of the moment the process began, or None when there is none (or only its zombie).

    A pid alone is reused by the system; the pair of pid and start is not.
    """
    if pid <= 0:
        return None
    if Path("/proc/self/stat").exists():
        return _started_from_proc(pid)
    return _started_from_ps(pid)


def _started_from_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The command stands in brackets and may hold spaces: count fields after the last bracket.
    fields = stat.rpartition(")")[2].split()
    state, start_ticks = fields[0], fields[19]
    return None if state in {"Z", "X"} else f"{_boot()}/{start_ticks}"


@functools.cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
    except OSError:
        return "boot"


def _started_from_ps(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, start = answer.stdout.strip().partition(" ")
    return None if answer.returncode != 0 or state.startswith("Z") else start.strip()


def process_is(pid: int, started: str) -> bool:
    """Whether the process with this pid lives and is the very one that was recorded."""
    return process_started(pid) == started


def process_is_zombie(pid: int) -> bool:
    """Whether only the table entry of a dead process is left (its parent has not asked for its result)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"


def process_name(pid: int) -> str:
    """The name of the program a process runs, or an empty text."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        answer = subprocess.run(
            ["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return Path(answer.stdout.strip()).name


def process_folder(pid: int) -> Path | None:
    """The working folder of a process, or None where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def process_stop(pid: int, started: str, *, first: signal.Signals, patience: float) -> bool:
    """Ask a recorded process to end, wait, and kill it when it does not; False when it was not there."""
    if not process_is(pid, started):
        return False
    _signal(pid, first)
    if not _gone_within(pid, started, patience):
        _signal(pid, signal.SIGKILL)
        _gone_within(pid, started, patience)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _gone_within(pid: int, started: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while process_is(pid, started):
        if time.monotonic() > deadline:
            return False
        _reap(pid)
        time.sleep(0.02)
    _reap(pid)
    return True


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)
