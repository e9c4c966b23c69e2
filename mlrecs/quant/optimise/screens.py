"""Factor screens from prices alone, and whether the evidence for each clears its own bar.

Definitions are the published ones and were not fitted: momentum is the return of the year before the last
month (Jegadeesh and Titman 1993), low volatility that of a year (Ang et al. 2006), value the five-year
reversal that stands for it where there are no accounts (De Bondt and Thaler 1985; Asness, Moskowitz and
Pedersen 2013), quality the steadiness of three years' growth. Without accounts, value and quality are
stand-ins, and pages say so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mlrecs.quant.optimise.measures import (
    Difference,
    deflated_sharpe,
    difference,
    excess,
    volatility,
)
from mlrecs.quant.optimise.problem import Floats
from mlrecs.quant.optimise.walk_forward import COST, equal_weights, walk

YEAR, MONTH = 252, 21
LONGEST = 5 * YEAR
# Of the universe, this part is held.
TOP = 1 / 3
SURE = 0.95


class Factor(StrEnum):
    """What a screen looks for."""

    LOW_VOLATILITY = "low_volatility"
    MOMENTUM = "momentum"
    VALUE = "value"
    QUALITY = "quality"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a screen did beside equal weights, net of cost.

    A screen that promises calm clears its bar when its volatility is lower beyond luck, over all years and in
    both halves of them; one that promises return when its excess is, and the deflated Sharpe ratio of the
    excess is at least .95.
    """

    factor: Factor
    calmer: Difference
    more: Difference
    halves: tuple[float, float]
    deflated: float
    days: int
    promises_calm: bool

    @property
    def is_clear(self) -> bool:
        """Whether the evidence clears its bar."""
        lasting = min(self.halves) > 0
        if self.promises_calm:
            return lasting and self.calmer.is_gain
        return lasting and self.more.is_gain and self.deflated >= SURE


def low_volatility(returns: Floats) -> Floats:
    """Minus the volatility of a year, by asset: higher is better, as with every score."""
    return -np.asarray(returns[-YEAR:].std(axis=0, ddof=1))


def momentum(returns: Floats) -> Floats:
    """The return of the year before the last month."""
    return np.asarray(np.prod(1 + returns[-YEAR:-MONTH], axis=0) - 1)


def value(returns: Floats) -> Floats:
    """Minus the return of the five years before the last."""
    return -np.asarray(np.prod(1 + returns[-LONGEST:-YEAR], axis=0) - 1)


def quality(returns: Floats) -> Floats:
    """How steadily the price has grown in three years: the mean of monthly returns over their spread."""
    days = returns[-3 * YEAR :]
    months = np.prod(1 + days.reshape(-1, MONTH, days.shape[1]), axis=1) - 1
    return np.asarray(months.mean(axis=0) / months.std(axis=0, ddof=1))


SCORES: Mapping[Factor, Callable[[Floats], Floats]] = {
    Factor.LOW_VOLATILITY: low_volatility,
    Factor.MOMENTUM: momentum,
    Factor.VALUE: value,
    Factor.QUALITY: quality,
}
NEEDED = {
    Factor.LOW_VOLATILITY: YEAR,
    Factor.MOMENTUM: YEAR,
    Factor.VALUE: LONGEST,
    Factor.QUALITY: 3 * YEAR,
}


def top_weights(scores: Floats) -> Floats:
    """Equal weights of the best third."""
    count = max(round(len(scores) * TOP), 1)
    weights = np.zeros(len(scores))
    weights[np.argsort(-scores, kind="stable")[:count]] = 1 / count
    return weights


def screen_evidence(returns: Floats, *, seed: int = 0) -> tuple[Evidence, ...]:
    """Every screen walked forward month by month beside equal weights, on the same days."""
    plain = equal_weights(returns, fit=LONGEST, step=MONTH).returns
    walked = {factor: _walked(returns, factor) for factor in Factor}
    tried = [one - plain for one in walked.values()]
    return tuple(_evidence(factor, mine, plain, tried, seed) for factor, mine in walked.items())


def _walked(returns: Floats, factor: Factor) -> Floats:
    def choose(past: Floats, _held: Floats) -> Floats:
        return top_weights(SCORES[factor](past))

    return walk(returns, choose, fit=LONGEST, step=MONTH, cost=COST).returns


def _evidence(factor: Factor, mine: Floats, plain: Floats, tried: list[Floats], seed: int) -> Evidence:
    promises_calm = factor is Factor.LOW_VOLATILITY
    half = len(mine) // 2
    first, second = slice(None, half), slice(half, None)

    def gain(days: slice) -> float:
        if promises_calm:
            return 1 - volatility(mine[days]) / volatility(plain[days])
        return float((mine[days] - plain[days]).mean())

    return Evidence(
        factor=factor,
        calmer=difference(mine, plain, volatility, seed=seed),
        more=excess(mine, plain, seed=seed),
        halves=(gain(first), gain(second)),
        deflated=deflated_sharpe(mine - plain, tried),
        days=len(mine),
        promises_calm=promises_calm,
    )
