"""When advice is kept back: nobody is told twice while it stands, nor soon after it was set aside."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Ended(StrEnum):
    """How an advice ended."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAdvice:
    """An earlier advice of the same subject: how it ended, and when."""

    ended: Ended
    at: datetime


# How long a subject rests. Each further dismissal doubles its rest.
REST = {
    Ended.ACCEPTED: timedelta(days=30),
    Ended.DISMISSED: timedelta(days=30),
    Ended.EXPIRED: timedelta(days=7),
}
LONGEST_REST = timedelta(days=365)
# So many of one kind may wait for a decision at a time.
MOST_WAITING = 3


def quiet_until(past: Iterable[PastAdvice]) -> datetime | None:
    """Until when a subject rests after what became of it before; None when it never ended."""
    ended = sorted(past, key=lambda one: one.at)
    if not ended:
        return None
    last = ended[-1]
    refusals = sum(one.ended is Ended.DISMISSED for one in ended)
    doublings = max(refusals - 1, 0) if last.ended is Ended.DISMISSED else 0
    times: int = 2**doublings
    return last.at + min(REST[last.ended] * times, LONGEST_REST)


def is_quiet(past: Iterable[PastAdvice], now: datetime) -> bool:
    """Whether a subject rests now."""
    until = quiet_until(past)
    return until is not None and now < until
