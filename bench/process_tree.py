"""Processes and what became of them: who descends from whom, and the processor time that they took."""

import os
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the name: the parent, and time in user and system mode, of the process and
# of its children that have ended.
PARENT, TIMES = 1, slice(11, 15)


def descendants(parent: int) -> list[int]:
    """All processes that descend from one."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        if fields := _stat(pid):
            children.setdefault(int(fields[PARENT]), []).append(pid)
    waiting, found = [parent], []
    while waiting:
        for child in children.get(waiting.pop(), ()):
            found.append(child)
            waiting.append(child)
    return found


def processor_seconds(parents: Iterable[int]) -> float:
    """Processor time of processes and all that descend from them, in seconds since they began."""
    pids = {pid for parent in parents for pid in (parent, *descendants(parent))}
    return sum(int(ticks) for pid in pids for ticks in _stat(pid)[TIMES]) / TICKS


def named(*words: str) -> list[int]:
    """Processes whose command line has all of these words, without those that descend from one of them."""
    found = [pid for pid in _pids() if all(word in _command(pid) for word in words)]
    below = {child for pid in found for child in descendants(pid)}
    return [pid for pid in found if pid not in below]


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields after the name; none of a process that has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _command(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
