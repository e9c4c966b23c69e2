"""Back-tests of volatility and of the mean loss beyond a value at risk."""

from dataclasses import dataclass

import numpy as np

from mlrecs.engine.coverage import SIGNIFICANCE
from mlrecs.quant.arrays import RowArray
from mlrecs.quant.risk.measures import SURE
from mlrecs.quant.risk.simulation import Simulation, Tail

# Fewer losses beyond the value at risk than this say nothing about their mean.
LEAST_LOSSES = 5
LEAST_TESTED = 250
DRAWS = 2000
SEED = 1998


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasCheck:
    """The spread of returns over the volatility expected for them: one when that was right.

    `low` and `high` hold the spread with 95 % if it is one, given how fat the tails are.
    """

    days: int
    bias: float
    low: float
    high: float

    @property
    def passes(self) -> bool:
        """Whether the spread lies between the two."""
        return self.low <= self.bias <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class TailCheck:
    """Losses beyond the value at risk beside the mean that was foretold for them.

    `ratio` is above one when they were worse; `chance` is how often so bad a mean would come about by luck.
    """

    count: int
    ratio: float | None
    chance: float | None

    @property
    def passes(self) -> bool | None:
        """Whether luck explains it; None with too few losses to say."""
        return None if self.chance is None else self.chance >= SIGNIFICANCE


def bias_check(simulation: Simulation, rows: RowArray) -> BiasCheck | None:
    """How the expected volatilities fared on `rows`; None with fewer than 250 of them.

    Connor, Goldberg and Korajczyk, Portfolio risk analysis, 2010: the bias statistic. Its interval takes the
    fourth moment as it was seen, since that of a normal distribution would fail every forecast of returns.
    """
    if len(rows) < LEAST_TESTED:
        return None
    scaled = simulation.returns[rows] / simulation.volatilities[:-1][rows]
    bias = float(scaled.std())
    kurtosis = float(((scaled - scaled.mean()) ** 4).mean()) / bias**4
    reach = SURE * float(np.sqrt((kurtosis - 1) / (4 * len(rows))))
    return BiasCheck(days=len(rows), bias=bias, low=1 - reach, high=1 + reach)


def tail_check(simulation: Simulation, tail: Tail, rows: RowArray) -> TailCheck:
    """Whether losses beyond the value at risk are worse on average than the mean that was foretold.

    McNeil and Frey, Estimation of tail-related risk measures, Journal of Empirical Finance 2000: residuals
    over the volatility, whose mean is compared with bootstrapped ones. The draws are seeded.
    """
    struck = rows[simulation.returns[rows] < tail.quantiles[:-1][rows]]
    if len(struck) < LEAST_LOSSES:
        return TailCheck(count=len(struck), ratio=None, chance=None)
    seen, foretold = simulation.returns[struck], tail.means[:-1][struck]
    left = (seen - foretold) / simulation.volatilities[:-1][struck]
    draws = np.random.default_rng(SEED).choice(left - left.mean(), (DRAWS, len(left)))
    return TailCheck(
        count=len(struck),
        ratio=float(np.expm1(seen).mean() / np.expm1(foretold).mean()),
        chance=float((draws.mean(axis=1) <= left.mean()).mean()),
    )
