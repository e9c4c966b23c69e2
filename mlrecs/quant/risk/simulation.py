"""Value at risk by filtered historical simulation, day by day, each from the days before it alone."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlrecs.quant.arrays import BoolArray, FloatArray, RowArray
from mlrecs.quant.features import SEED_DAYS, ewma_volatility

# Three years of standardised returns.
WINDOW = 756
LEVELS = (0.95, 0.99)
# Fewer standardised returns than a year's make a tail that no test should judge.
LEAST_HISTORY = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """What one level says for each row: the return that is undercut so seldom, and the mean beyond it.

    Both are log returns and negative for a loss; there is one row more than returns, for the day to come.
    NaN stands where there is not yet enough to go by.
    """

    level: float
    quantiles: FloatArray
    means: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """Log returns, the volatility that was expected for each, and the tails of each level."""

    returns: FloatArray
    volatilities: FloatArray
    tails: tuple[Tail, ...]

    def failures(self, tail: Tail, *, since: int = 0) -> BoolArray:
        """For each tested row from `since` on: did the return undercut what the days before it said?"""
        tested = self.tested(tail, since=since)
        return np.asarray(self.returns[tested] < tail.quantiles[:-1][tested])

    def tested(self, tail: Tail, *, since: int = 0) -> RowArray:
        """The rows, from `since` on, that had a forecast."""
        known = np.flatnonzero(~np.isnan(tail.quantiles[:-1]))
        return known[known >= since]


def simulate(
    returns: FloatArray,
    *,
    levels: Sequence[float] = LEVELS,
    window: int = WINDOW,
    least: int = LEAST_HISTORY,
) -> Simulation:
    """Filtered historical simulation of one series of log returns.

    Each row's forecast is the volatility expected for it (EWMA, 0.94) times a quantile of the last `window`
    returns over their own expected volatility (Barone-Adesi, Giannopoulos and Vosper, Journal of Futures
    Markets 1999; Hull and White, Journal of Risk 1998). The row to come is forecast from however little there
    is; earlier rows only from `least` returns on, so that a test judges nothing that rests on less. The
    first 60 returns, which the volatility begins with, take no part.
    """
    volatilities = ewma_volatility(returns)
    scaled = np.divide(returns, volatilities[:-1], out=np.zeros_like(returns), where=volatilities[:-1] > 0)
    skipped = min(SEED_DAYS, max(0, len(returns) - SEED_DAYS))
    quantiles = np.full((len(levels), len(returns) + 1), np.nan)
    means = np.full_like(quantiles, np.nan)
    ordered: list[float] = []
    for row, value in enumerate([*scaled.tolist(), 0.0]):
        if len(ordered) >= least or (row == len(returns) and ordered):
            for place, level in enumerate(levels):
                quantiles[place, row], means[place, row] = _tail(ordered, 1 - level)
        if row >= skipped:
            insort(ordered, value)
        if len(ordered) > window:
            del ordered[bisect_left(ordered, float(scaled[row - window]))]
    return Simulation(
        returns=returns,
        volatilities=volatilities,
        tails=tuple(
            Tail(level=level, quantiles=quantiles[place] * volatilities, means=means[place] * volatilities)
            for place, level in enumerate(levels)
        ),
    )


def _tail(ordered: Sequence[float], share: float) -> tuple[float, float]:
    """The quantile of sorted values, linear between two of them, and the mean of those not above it."""
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    quantile = ordered[below] + (position - below) * (ordered[above] - ordered[below])
    return quantile, sum(ordered[: below + 1]) / (below + 1)
