"""Finds the servers that run for a home, without starting any."""

from pathlib import Path

from wealthalloc.devstack.home import record_read
from wealthalloc.devstack.processes import process_is


def server_url(home: Path, name: str) -> str | None:
    """The URL of this home's `postgres` or `valkey` if that very process still lives, else None."""
    record = record_read(home, name)
    if record is None or not process_is(record.pid, record.started):
        return None
    return record.url
