"""A timeline of scores as it is drawn: spans by name, days gathered into points, and years in a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from mlrecs.engine.anomaly_words import ALARM

# More points than these cannot be told apart on a screen; what stands on a line is cut at so many thresholds.
POINTS = 400
CUT = Decimal(4)
ZERO = Decimal(0)
# A span that is shorter is shown day by day.
DAILY = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time that a page offers by name."""

    key: str
    label: str
    first: date | None = None
    last: date | None = None


MARKET_SPANS = (
    Span(key="all", label="All"),
    Span(key="1998", label="1998", first=date(1998, 7, 1), last=date(1998, 12, 31)),
    Span(key="2000", label="2000–02", first=date(2000, 1, 1), last=date(2002, 12, 31)),
    Span(key="2008", label="2008", first=date(2008, 7, 1), last=date(2008, 12, 31)),
    Span(key="2011", label="2011", first=date(2011, 6, 1), last=date(2011, 11, 30)),
    Span(key="2020", label="2020", first=date(2020, 1, 2), last=date(2020, 6, 30)),
    Span(key="2022", label="2022", first=date(2022, 1, 3), last=date(2022, 12, 31)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredDay:
    """A day with the parts that were scored."""

    day: date
    volatility: Decimal | None
    co_movement: Decimal | None
    learned: Decimal | None
    is_alarm: bool = False

    def of(self, part: str) -> Decimal | None:
        """The score of one part."""
        found: Decimal | None = getattr(self, part)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class YearLine:
    """A year in the table behind the chart: alarms, and the highest day of each part."""

    year: int
    days: int
    alarms: int
    highest: tuple[tuple[str, Decimal, date], ...]


def account_spans(last: date) -> tuple[Span, ...]:
    """The spans of an account whose last scored day is `last`."""
    return (
        Span(key="all", label="All"),
        Span(key="1y", label="1Y", first=last - timedelta(days=365), last=last),
        Span(key="3m", label="3M", first=last - timedelta(days=92), last=last),
    )


def points_of(days: Sequence[ScoredDay], part: str) -> list[Decimal | None]:
    """At most POINTS values in order of time, each the highest of its stretch, None without a score."""
    size = max(1, -(-len(days) // POINTS))
    stretches = (days[start : start + size] for start in range(0, len(days), size))
    return [_top(some, part) for some in stretches]


def years_of(days: Sequence[ScoredDay], parts: Sequence[str]) -> Iterator[YearLine]:
    """The years, newest first."""
    for year in sorted({one.day.year for one in days}, reverse=True):
        own = [one for one in days if one.day.year == year]
        yield YearLine(
            year=year,
            days=len(own),
            alarms=sum(one.is_alarm for one in own),
            highest=tuple(_highest(own, part) for part in parts if _top(own, part) is not None),
        )


def alarm_rate(days: Sequence[ScoredDay], part: str) -> Decimal | None:
    """The share of scored days on which a part reached its threshold; None where it was never scored."""
    scores = [score for one in days if (score := one.of(part)) is not None]
    if not scores:
        return None
    return Decimal(sum(score >= ALARM for score in scores)) / len(scores)


def _top(days: Sequence[ScoredDay], part: str) -> Decimal | None:
    return max((score for one in days if (score := one.of(part)) is not None), default=None)


def _highest(days: Sequence[ScoredDay], part: str) -> tuple[str, Decimal, date]:
    best = max((one for one in days if one.of(part) is not None), key=lambda one: one.of(part) or ZERO)
    return part, best.of(part) or ZERO, best.day
