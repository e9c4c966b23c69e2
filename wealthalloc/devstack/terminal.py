"""Takes the terminal's Ctrl-C for this process alone, so that `make` above it ends well too."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def terminal_own() -> Iterator[None]:
    """Stand in the foreground of the terminal in a group of our own, and give the place back at the end.

    Ctrl-C is sent to the whole foreground group: `make`, in the same group, would report a failure
    although everything was stopped as asked. Without a terminal in the foreground nothing is changed.
    """
    before = _foreground_group()
    if before is None:
        yield
        return
    os.setpgid(0, 0)
    _foreground_set(os.getpgrp())
    try:
        yield
    finally:
        _foreground_set(before)


def _foreground_group() -> int | None:
    """Our group, if it stands in the foreground of a terminal and another process leads it."""
    with contextlib.suppress(OSError, ValueError):
        group = os.getpgrp()
        if os.tcgetpgrp(sys.stdin.fileno()) == group and group != os.getpid():
            return group
    return None


def _foreground_set(group: int) -> None:
    # A group in the background is stopped when it asks for the foreground, unless it ignores this signal.
    previous = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        with contextlib.suppress(OSError):
            os.tcsetpgrp(sys.stdin.fileno(), group)
    finally:
        signal.signal(signal.SIGTTOU, previous)
