"""How near two instruments are, and how much one swings, from the book's own closes."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from operator import mul

from portfolios.engine.closes import Split
from taxharvest.engine.harvest.replacements import Likeness

TRADING_DAYS = 252
# Fewer common days than this say nothing.
LEAST_SAMPLE = 60
# Three years of daily returns.
MOST_SAMPLE = 756
# Days between two closes beyond which the pair is no daily return: a long weekend has four.
LONGEST_GAP = 7
SIX_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Series:
    """Closes by day, restated for splits, oldest first."""

    days: tuple[date, ...]
    closes: tuple[float, ...]

    def restated(self, splits: Iterable[Split]) -> "Series":
        """The same in today's shares: each close divided by the ratios of the splits after its day."""
        closes = self.closes
        for split in splits:
            ratio = float(split.ratio)
            closes = tuple(
                close / ratio if day < split.day else close
                for day, close in zip(self.days, closes, strict=True)
            )
        return Series(self.days, closes)


def series_of(closes: Mapping[date, Decimal]) -> Series:
    """The series of some closes; those that are not above zero are left out."""
    days = tuple(sorted(day for day, close in closes.items() if close > 0))
    return Series(days, tuple(float(closes[day]) for day in days))


def daily_returns(series: Series) -> dict[date, float]:
    """The return of each day over the close before it, as logarithms, for days without a gap before them."""
    quoted = zip(series.days, series.closes, strict=True)
    return {
        day: math.log(close / before)
        for (day_before, before), (day, close) in pairwise(quoted)
        if (day - day_before).days <= LONGEST_GAP
    }


def volatility_of(series: Series) -> Decimal | None:
    """The standard deviation of daily returns, a year; None with fewer than 60 of them."""
    return volatility_of_returns(daily_returns(series))


def volatility_of_returns(returns: Mapping[date, float]) -> Decimal | None:
    """The same from daily returns, oldest first."""
    latest = list(returns.values())[-MOST_SAMPLE:]
    return None if len(latest) < LEAST_SAMPLE else _rounded(_deviation(latest) * math.sqrt(TRADING_DAYS))


def likeness_of(one: Series, other: Series) -> Likeness:
    """Correlation and tracking error of two series over their last three common years."""
    return likeness_of_returns(daily_returns(one), daily_returns(other))


def likeness_of_returns(left: Mapping[date, float], right: Mapping[date, float]) -> Likeness:
    """The same from daily returns, oldest first, for many pairs whose returns are reckoned once.

    The tracking error is the standard deviation of the daily difference, times the root of 252. Both are None
    with fewer than 60 common days; the correlation is None for a series that does not move.
    """
    days = [day for day in left if day in right][-MOST_SAMPLE:]
    if len(days) < LEAST_SAMPLE:
        return Likeness(correlation=None, tracking_error=None, sample=len(days))
    ones = [left[day] for day in days]
    others = [right[day] for day in days]
    apart = _deviation([one - other for one, other in zip(ones, others, strict=True)])
    return Likeness(
        correlation=_correlation(ones, others),
        tracking_error=_rounded(apart * math.sqrt(TRADING_DAYS)),
        sample=len(days),
    )


def _correlation(ones: Sequence[float], others: Sequence[float]) -> Decimal | None:
    left, right = _centred(ones), _centred(others)
    spread = math.sqrt(_product(left, left)) * math.sqrt(_product(right, right))
    return None if spread == 0 else _rounded(max(-1.0, min(1.0, _product(left, right) / spread)))


def _deviation(values: Sequence[float]) -> float:
    centred = _centred(values)
    return math.sqrt(_product(centred, centred) / (len(values) - 1))


def _centred(values: Sequence[float]) -> list[float]:
    mean = math.fsum(values) / len(values)
    return [value - mean for value in values]


def _product(ones: Sequence[float], others: Sequence[float]) -> float:
    return math.fsum(map(mul, ones, others))


def _rounded(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(SIX_PLACES)
