"""How grave an unusual day is, and what is said of it: from scores that are multiples of their threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common import formats

# A score of one is the threshold: it is crossed on about one quiet day in a hundred.
ALARM = Decimal(1)
WARNING = Decimal("1.5")
SEVERE = Decimal("2.5")
# How many holdings a sentence names.
NAMED = 3
PART_WORDS = {
    "volatility": "The move was large for what the weeks before led to expect",
    "co_movement": "Holdings moved together in a way they usually do not",
    "learned": "The learned model could not explain the day",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A holding and its share of a day's score, a fraction of one."""

    symbol: str
    share: Decimal


def severity_of(ratio: Decimal) -> str:
    """`notice`, `warning` or `severe`, for a score as a multiple of its threshold."""
    if ratio >= SEVERE:
        return "severe"
    return "warning" if ratio >= WARNING else "notice"


def is_alarm(scores: dict[str, Decimal | None], *, raising: Sequence[str]) -> bool:
    """Whether one of the parts that may raise an alarm reaches its threshold."""
    return any((scores.get(part) or Decimal(0)) >= ALARM for part in raising)


def what_changed(
    *, part: str, ratio: Decimal, before: Decimal | None, drivers: Sequence[Driver], day: date
) -> str:
    """What was unusual on a day, how far beyond the threshold, since when, and which holdings drove it."""
    sentence = f"{PART_WORDS[part]}: {_times(ratio)} the threshold on {formats.day(day)}"
    since = f", {_times(before)} the session before" if before is not None else ""
    return f"{sentence}{since}.{_driven(drivers)}"


def _driven(drivers: Sequence[Driver]) -> str:
    leading = [driver for driver in drivers[:NAMED] if driver.share > 0]
    if not leading:
        return ""
    told = ", ".join(f"{driver.symbol} {formats.percent(driver.share, 0)}" for driver in leading)
    return f" Driven by {told} of the score."


def _times(ratio: Decimal) -> str:
    return f"{formats.fixed(ratio, 1)} times"
