"""How many questions a source of prices may be asked: in any minute and in any day."""

from collections.abc import Sequence
from dataclasses import dataclass

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """At most `per_minute` questions in any sixty seconds and `per_day` in any 24 hours; 0 is no limit."""

    per_minute: int = 0
    per_day: int = 0

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """The limits that there are, each with its window in milliseconds."""
        limits = ((self.per_minute, MINUTE), (self.per_day, DAY))
        return tuple((limit, window) for limit, window in limits if limit)


def budget_wait(budget: Budget, taken: Sequence[int], now: int) -> int:
    """Milliseconds until one more question may be asked; 0 when it may be asked now.

    `taken` are the moments of the questions asked so far, oldest first, in milliseconds like `now`. A moment
    after `now` comes from a clock that was set back, and counts as now.
    """
    waits = (
        min(taken[-limit], now) + window - now for limit, window in budget.windows if len(taken) >= limit
    )
    return max(0, *waits, 0)


def budget_take(budget: Budget, taken: Sequence[int], now: int) -> tuple[int, ...]:
    """The moments with one more question at `now`, without those that no window reaches any more."""
    longest = max((window for _, window in budget.windows), default=0)
    return tuple(min(moment, now) for moment in (*taken, now) if now - moment < longest)
