"""What the launcher says when it cannot go on."""


class StackError(Exception):
    """A reason, in words, why the servers or processes of a home cannot run."""


class StackBusyError(StackError):
    """Another live launcher owns this home."""


class TryAgainError(StackError):
    """A start that failed for a passing reason: the port was taken in between, or remains still end."""
