"""Free ports on loopback."""

import socket

LOOPBACK = "127.0.0.1"


def port_free() -> int:
    """A port that was free a moment ago. Whoever uses it must be ready to find it taken, and ask again."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def port_answers(port: int) -> bool:
    """Whether somebody listens on this port of loopback."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False
