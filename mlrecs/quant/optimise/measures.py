"""How daily returns fared: growth, volatility, tail loss, fall, and what luck makes of a Sharpe ratio."""

from collections.abc import Callable
from dataclasses import dataclass
from math import e, sqrt

import numpy as np
from scipy.stats import kurtosis, norm, skew

from mlrecs.quant.optimise.problem import DAYS_A_YEAR, Floats

TAIL = 0.05
EULER = 0.5772156649015329
# Days that are drawn together, and how often a history is drawn.
BLOCK, DRAWS = 21, 1000
ENDS = (2.5, 97.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """By the year, as fractions; `tail` is the mean loss of the worst twentieth of the days."""

    growth: float
    volatility: float
    tail: float
    fall: float
    sharpe: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference with the middle 95 of 100 draws of a block bootstrap."""

    value: float
    low: float
    high: float

    @property
    def is_gain(self) -> bool:
        """Whether luck does not explain it: the whole interval is above nothing."""
        return self.low > 0


def fared(returns: Floats) -> Fared:
    """How daily returns fared."""
    spread = volatility(returns)
    mean = float(returns.mean()) * DAYS_A_YEAR
    return Fared(
        growth=float(np.prod(1 + returns) ** (DAYS_A_YEAR / len(returns)) - 1),
        volatility=spread,
        tail=tail_loss(returns),
        fall=deepest_fall(returns),
        sharpe=mean / spread if spread > 0 else 0.0,
    )


def volatility(returns: Floats) -> float:
    """The standard deviation a year."""
    return float(returns.std(ddof=1)) * sqrt(DAYS_A_YEAR)


def tail_loss(returns: Floats, tail: float = TAIL) -> float:
    """CVaR: the mean loss of the worst days, positive; the day on the edge counts in part."""
    worst = np.sort(returns)
    share = tail * len(worst)
    whole = int(share)
    edge = (share - whole) * worst[whole] if whole < len(worst) else 0.0
    return float(-(worst[:whole].sum() + edge) / share)


def deepest_fall(returns: Floats) -> float:
    """The largest loss from a peak, as a positive fraction."""
    level = np.concatenate(([1.0], np.cumprod(1 + returns)))
    return float((1 - level / np.maximum.accumulate(level)).max())


def difference(
    mine: Floats, other: Floats, measure: Callable[[Floats], float], *, seed: int, draws: int = DRAWS
) -> Difference:
    """By how much `other` measures above `mine` on the same days, relative to it, with its interval.

    Days are drawn in blocks of a month that run on from the last to the first (Politis and Romano 1992), the
    same for both, so that calm and storm stay together.
    """
    places = _blocks(len(mine), seed=seed, draws=draws)
    found = [1 - measure(mine[row]) / measure(other[row]) for row in places]
    low, high = np.percentile(found, ENDS)
    return Difference(value=1 - measure(mine) / measure(other), low=float(low), high=float(high))


def excess(mine: Floats, other: Floats, *, seed: int, draws: int = DRAWS) -> Difference:
    """By how much `mine` returns more than `other` a year, with its interval."""
    more = mine - other
    means = more[_blocks(len(more), seed=seed, draws=draws)].mean(axis=1) * DAYS_A_YEAR
    low, high = np.percentile(means, ENDS)
    return Difference(value=float(more.mean()) * DAYS_A_YEAR, low=float(low), high=float(high))


def lucky_sharpe(variance: float, trials: int) -> float:
    """The best Sharpe ratio that luck alone is expected to find in so many trials."""
    if trials <= 1:
        return 0.0
    first, second = norm.ppf(1 - 1 / trials), norm.ppf(1 - 1 / (trials * e))
    return float(sqrt(variance) * ((1 - EULER) * first + EULER * second))


def deflated(sharpe: float, lucky: float, *, days: int, skewness: float, kurtosis_: float) -> float:
    """The probability that a Sharpe ratio (per period) is above the lucky one.

    Bailey and Lopez de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40(5), 2014.
    `kurtosis_` is 3 for a normal distribution.
    """
    error = 1 - skewness * sharpe + (kurtosis_ - 1) / 4 * sharpe**2
    return float(norm.cdf((sharpe - lucky) * sqrt(days - 1) / sqrt(error)))


def deflated_sharpe(returns: Floats, tried: list[Floats]) -> float:
    """The same of daily returns, among all the variants that were tried (itself among them)."""
    ratios = np.array([one.mean() / one.std(ddof=1) for one in tried])
    variance = float(ratios.var(ddof=1)) if len(ratios) > 1 else 0.0
    return deflated(
        float(returns.mean() / returns.std(ddof=1)),
        lucky_sharpe(variance, len(tried)),
        days=len(returns),
        skewness=float(skew(returns)),
        kurtosis_=float(kurtosis(returns, fisher=False)),
    )


def _blocks(count: int, *, seed: int, draws: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Places of days, a row for each draw."""
    generator = np.random.default_rng(seed)
    begins = generator.integers(0, count, size=(draws, -(-count // BLOCK)))
    places: np.ndarray[tuple[int, int], np.dtype[np.int64]] = (begins[:, :, None] + np.arange(BLOCK)).reshape(
        draws, -1
    )[:, :count] % count
    return places
