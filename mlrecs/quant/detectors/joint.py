"""Detectors that look at how assets move together: energy, components, turbulence, residuals."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from mlrecs.quant.arrays import LEAST_DAYS, FloatArray, checked
from mlrecs.quant.precision import precision_of
from mlrecs.quant.shares import shares_of
from mlrecs.quant.surprises import drivers_of, marks_of, part_drivers, surprise_parts

NOTHING = np.zeros(0)


@dataclass
class ZeroReconstruction:
    """The energy of a day: what a model that always reconstructs zero would have as its error.

    Returns are in standard deviations of the days learnt, which stay frozen. Any learnt reconstruction has to
    beat it to have learnt something.
    """

    name: str = "zero"
    centre: FloatArray = field(default_factory=lambda: NOTHING)
    scale: FloatArray = field(default_factory=lambda: NOTHING)

    def fit(self, returns: FloatArray) -> Self:
        """Learn mean and standard deviation of each asset."""
        checked(returns, least_days=LEAST_DAYS)
        self.centre, self.scale = returns.mean(axis=0), returns.std(axis=0)
        return self

    def score(self, returns: FloatArray) -> FloatArray:
        """The mean square of the day's standardised returns."""
        return np.asarray(self._squares(checked(returns)).mean(axis=1), dtype=np.float64)

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """Each asset's square."""
        return shares_of(self._squares(returns[row : row + 1])[0])

    def _squares(self, returns: FloatArray) -> FloatArray:
        return np.asarray(((returns - self.centre) / self.scale) ** 2, dtype=np.float64)


@dataclass
class PrincipalComponents:
    """What is left of a day's standardised returns once the leading principal components are taken out."""

    name: str = "pca"
    components: int = 5
    centre: FloatArray = field(default_factory=lambda: NOTHING)
    scale: FloatArray = field(default_factory=lambda: NOTHING)
    loadings: FloatArray = field(default_factory=lambda: NOTHING)

    def fit(self, returns: FloatArray) -> Self:
        """Learn the components; at most half as many as there are assets."""
        checked(returns, least_days=LEAST_DAYS, least_assets=2)
        self.centre, self.scale = returns.mean(axis=0), returns.std(axis=0)
        count = min(self.components, returns.shape[1] // 2)
        _, vectors = np.linalg.eigh(np.corrcoef(returns, rowvar=False))
        self.loadings = vectors[:, -count:]
        return self

    def score(self, returns: FloatArray) -> FloatArray:
        """The mean square of what is left."""
        return np.asarray(self._squares(checked(returns)).mean(axis=1), dtype=np.float64)

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """Each asset's square of what is left."""
        return shares_of(self._squares(returns[row : row + 1])[0])

    def _squares(self, returns: FloatArray) -> FloatArray:
        usual = (returns - self.centre) / self.scale
        return np.asarray((usual - usual @ self.loadings @ self.loadings.T) ** 2, dtype=np.float64)


@dataclass
class Turbulence:
    """The turbulence of a day, (r - m)' S^-1 (r - m) / n (Kritzman and Li 2010), with m and S frozen.

    The authors took both from the whole sample; here they are those of the days learnt, so nothing looks
    ahead.
    """

    name: str = "turbulence"
    centre: FloatArray = field(default_factory=lambda: NOTHING)
    precision: FloatArray = field(default_factory=lambda: NOTHING)

    def fit(self, returns: FloatArray) -> Self:
        """Learn mean and covariance."""
        checked(returns, least_days=LEAST_DAYS, least_assets=2)
        self.centre = returns.mean(axis=0)
        scale = returns.std(axis=0)
        self.precision = precision_of(returns / scale) / np.outer(scale, scale)
        return self

    def score(self, returns: FloatArray) -> FloatArray:
        """The turbulence of each day."""
        return np.asarray(self._parts(checked(returns)).mean(axis=1), dtype=np.float64)

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """Each asset's part of the quadratic form."""
        return shares_of(self._parts(returns[row : row + 1])[0])

    def _parts(self, returns: FloatArray) -> FloatArray:
        apart = returns - self.centre
        return np.asarray(apart * (apart @ self.precision), dtype=np.float64)


@dataclass
class ConditionalResidual:
    """How far each asset is from what the others say of it, linearly: a break of how assets move together.

    Today's residuals and those of the last days count (`mlrecs.quant.surprises`), each by its own mark. What
    all assets do together leaves no residual, and is seen only when `parts` is three.
    """

    name: str = "co_movement"
    parts: int = 2
    scale: FloatArray = field(default_factory=lambda: NOTHING)
    precision: FloatArray = field(default_factory=lambda: NOTHING)
    marks: FloatArray = field(default_factory=lambda: NOTHING)

    def fit(self, returns: FloatArray) -> Self:
        """Learn the size of returns, their precision, and the marks."""
        checked(returns, least_days=LEAST_DAYS, least_assets=2)
        self.scale = returns.std(axis=0)
        self.precision = precision_of(returns / self.scale)
        self.marks = marks_of(self._parts(returns))
        return self

    def score(self, returns: FloatArray) -> FloatArray:
        """The sum of the parts, each over its mark."""
        return np.asarray((self._parts(checked(returns)) / self.marks).sum(axis=1), dtype=np.float64)

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """Each asset's share in the parts."""
        past = returns[: row + 1]
        residuals, usual = self.residuals(past), past / self.scale
        parts = surprise_parts(residuals, usual)[-1, : self.parts]
        return drivers_of(parts, self.marks, part_drivers(residuals, usual)[: self.parts])

    def residuals(self, returns: FloatArray) -> FloatArray:
        """The standardised residual of each asset given the others: (P z)_i / sqrt(P_ii)."""
        return np.asarray(
            returns / self.scale @ self.precision / np.sqrt(np.diag(self.precision)), dtype=np.float64
        )

    def _parts(self, returns: FloatArray) -> FloatArray:
        return surprise_parts(self.residuals(returns), returns / self.scale)[:, : self.parts]
