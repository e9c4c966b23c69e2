"""What the launcher says when it cannot go on."""


class StackError(Exception):
    """A reason, in words, why the servers or processes of a home cannot run."""


class StackBusyError(StackError):
    """Another live launcher owns this home."""


class PortTakenError(StackError):
    """Somebody else took the port between its choice and its use."""
