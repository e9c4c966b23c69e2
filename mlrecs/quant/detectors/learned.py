"""Detectors that a net stands behind, and their untrained twins."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mlrecs.quant.arrays import FloatArray, UnfitReturns
from mlrecs.quant.detectors.base import shares_of
from mlrecs.quant.nets import Form, NetSpec, TrainedNet, spec_of, train, untrained


@dataclass
class NetDetector:
    """How far a day is from what a net says of it: the mean square of its residuals.

    With `is_trained` False the net keeps the weights of chance: the twin that a trained one has to beat.
    """

    name: str
    form: Form
    seed: int
    is_trained: bool = True
    spec: NetSpec | None = None
    net: TrainedNet | None = None

    def fit(self, returns: FloatArray) -> Self:
        """Train a net on the returns; its size is that of `spec`, or the default for so many assets."""
        spec = self.spec or spec_of(self.form, returns.shape[1])
        make = train if self.is_trained else untrained
        self.net = make(spec, returns, seed=self.seed)
        return self

    def score(self, returns: FloatArray) -> FloatArray:
        """The mean square of each day's residuals; NaN before a whole window."""
        return np.asarray((self._fitted().residuals(returns) ** 2).mean(axis=1), dtype=np.float64)

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """Each asset's square."""
        return shares_of(self._fitted().residuals(returns[: row + 1])[-1] ** 2)

    def _fitted(self) -> TrainedNet:
        if self.net is None:
            raise UnfitReturns("The model has learnt from no returns yet.")
        return self.net
