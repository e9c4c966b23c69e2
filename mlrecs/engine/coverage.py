"""Back-tests of a value at risk: does it fail as often as it says, and are its failures independent?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

# A test fails when what was seen would happen less often than this were the forecast right.
SIGNIFICANCE = 0.05
# The Basel Committee counts over one trading year, at 99 %.
BASEL_DAYS = 250
GREEN_MOST, YELLOW_MOST = 4, 9


class Zone(StrEnum):
    """The traffic light of the Basel Committee (Supervisory framework for backtesting, January 1996)."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How a value at risk at `level` has fared: `count` failures in `days`, and the p-values of three tests.

    A p-value is None where the test has nothing to say: no day, or no failure to look at.
    """

    level: float
    days: int
    count: int
    expected: float
    unconditional: float | None
    independence: float | None
    conditional: float | None
    recent: int | None
    zone: Zone | None

    @property
    def rate(self) -> float | None:
        """Failures a day; None without a day."""
        return self.count / self.days if self.days else None

    @property
    def passes(self) -> bool | None:
        """Whether neither the number nor the clustering of failures speaks against it; None if untested."""
        told = [value for value in (self.unconditional, self.independence) if value is not None]
        return all(value >= SIGNIFICANCE for value in told) if told else None


def coverage_of(failures: Sequence[bool], level: float) -> Coverage:
    """The three tests and the traffic light over a run of days, True where the loss went beyond the forecast.

    The light is that of the last 250 days of a 99 % value at risk; other levels and shorter runs have none.
    """
    count = sum(failures)
    unconditional = kupiec_ratio(len(failures), count, 1 - level)
    independence = independence_ratio(failures)
    has_light = level == 0.99 and len(failures) >= BASEL_DAYS  # noqa: PLR2004 - the level of the framework
    recent = sum(failures[-BASEL_DAYS:]) if has_light else None
    return Coverage(
        level=level,
        days=len(failures),
        count=count,
        expected=len(failures) * (1 - level),
        unconditional=_one_degree(unconditional),
        independence=_one_degree(independence),
        conditional=_two_degrees(unconditional, independence),
        recent=recent,
        zone=None if recent is None else zone_of(recent),
    )


def kupiec_ratio(days: int, count: int, rate: float) -> float | None:
    """The likelihood ratio of `count` failures in `days` against a rate; None without a day.

    Kupiec, Techniques for verifying the accuracy of risk measurement models, Journal of Derivatives 1995.
    """
    if not days:
        return None
    expected = _likelihood(days - count, 1 - rate) + _likelihood(count, rate)
    seen = count / days
    return max(0.0, 2 * (_likelihood(days - count, 1 - seen) + _likelihood(count, seen) - expected))


def independence_ratio(failures: Sequence[bool]) -> float | None:
    """The likelihood ratio of failures that follow failures against independence; None without a failure.

    Christoffersen, Evaluating interval forecasts, International Economic Review 1998.
    """
    quiet = _followers(failures, before=False)
    struck = _followers(failures, before=True)
    days, count = quiet[0] + struck[0], quiet[1] + struck[1]
    if not count or not struck[0]:
        return None
    apart = sum(_fit(total, hits, hits / total if total else 0) for total, hits in (quiet, struck))
    return max(0.0, 2 * (apart - _fit(days, count, count / days)))


def zone_of(recent: int) -> Zone:
    """The light for so many failures of a 99 % value at risk in 250 days."""
    if recent <= GREEN_MOST:
        return Zone.GREEN
    return Zone.YELLOW if recent <= YELLOW_MOST else Zone.RED


def _followers(failures: Sequence[bool], *, before: bool) -> tuple[int, int]:
    """How many days came after one that failed (or did not), and how many of them failed."""
    after = [now for last, now in pairwise(failures) if bool(last) is before]
    return len(after), sum(after)


def _fit(days: int, count: int, rate: float) -> float:
    return _likelihood(days - count, 1 - rate) + _likelihood(count, rate)


def _likelihood(count: int, chance: float) -> float:
    """The logarithm of so many events of one chance; nothing where there are none."""
    return count * math.log(chance) if count else 0.0


def _one_degree(ratio: float | None) -> float | None:
    """The p-value of a chi-square with one degree of freedom."""
    return None if ratio is None else math.erfc(math.sqrt(ratio / 2))


def _two_degrees(one: float | None, other: float | None) -> float | None:
    """The p-value of the sum of both, a chi-square with two degrees of freedom."""
    return None if one is None or other is None else math.exp(-(one + other) / 2)
