"""The two ways in which a statement is refused: the whole file, or one row of it."""

from common.errors import DomainError
from portfolios.engine.records import RowStatus


class StatementError(DomainError):
    """A file that cannot be used at all: `detail` says what is wrong, on which line, and what to do."""


class RowError(Exception):
    """One row that does not become a fact: `status` and `reason` say why, `field` which value is at fault."""

    def __init__(self, reason: str, *, field: str = "", status: RowStatus = RowStatus.WRONG) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.status = status


def left_out(reason: str, *, field: str = "") -> RowError:
    """A row that is understood but not supported."""
    return RowError(reason, field=field, status=RowStatus.LEFT_OUT)


def ignored(reason: str) -> RowError:
    """A row that repeats what other rows say, or changes nothing."""
    return RowError(reason, status=RowStatus.IGNORED)
