"""Detectors that look at the portfolio as a whole: the size of its return, its volatility, and chance."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from mlrecs.quant.arrays import LEAST_DAYS, FloatArray, checked
from mlrecs.quant.detectors.base import shares_of
from mlrecs.quant.volatilities import DECAY, ewma_variances


@dataclass
class AbsoluteReturn:
    """The size of the portfolio's return (the mean of its columns) in standard deviations."""

    name: str = "absolute"
    deviation: float = 1.0

    def fit(self, returns: FloatArray) -> Self:
        """Learn the usual size."""
        self.deviation = _deviation(checked(returns, least_days=LEAST_DAYS))
        return self

    def score(self, returns: FloatArray) -> FloatArray:
        """|return| over the usual size."""
        return np.asarray(np.abs(checked(returns).mean(axis=1)) / self.deviation, dtype=np.float64)

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """Each asset's part of the return, in the direction of the whole."""
        day = returns[row]
        return shares_of(day * np.sign(day.mean()))


@dataclass
class VolatilitySurprise:
    """The portfolio's volatility after a day (EWMA), over that of the days learnt.

    One is usual; two says that volatility is twice what it was.
    """

    name: str = "volatility"
    decay: float = DECAY
    deviation: float = 1.0

    def fit(self, returns: FloatArray) -> Self:
        """Learn the usual volatility."""
        self.deviation = _deviation(checked(returns, least_days=LEAST_DAYS))
        return self

    def score(self, returns: FloatArray) -> FloatArray:
        """Volatility over the usual one."""
        whole = checked(returns).mean(axis=1, keepdims=True)
        variances = ewma_variances(whole, np.array([self.deviation**2]), decay=self.decay)
        return np.asarray(np.sqrt(variances[:, 0]) / self.deviation, dtype=np.float64)

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """Each asset's part of the portfolio's variance, weighted as the volatility is."""
        past = returns[: row + 1]
        weights = (1 - self.decay) * self.decay ** np.arange(row, -1, -1)
        return shares_of((weights[:, None] * past * past.mean(axis=1, keepdims=True)).sum(axis=0))


@dataclass
class RandomScore:
    """Chance, seeded: what every other detector must be told from."""

    seed: int
    name: str = "random"
    _generator: np.random.Generator = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._generator = np.random.default_rng(self.seed)

    def fit(self, returns: FloatArray) -> Self:
        """Learn nothing."""
        checked(returns, least_days=LEAST_DAYS)
        return self

    def score(self, returns: FloatArray) -> FloatArray:
        """A number between nought and one for each day; the next call gives others."""
        return self._generator.random(len(checked(returns)))

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """Everybody alike."""
        return shares_of(np.zeros(returns[row].shape[0]))


def _deviation(returns: FloatArray) -> float:
    return max(float(returns.mean(axis=1).std()), 1e-9)
