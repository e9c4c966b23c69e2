"""Detectors that a net stands behind, and their untrained twins."""

from dataclasses import dataclass
from typing import Self

from mlrecs.quant.arrays import FloatArray, UnfitReturns
from mlrecs.quant.nets import Form, NetSpec, TrainedNet, spec_of, train, untrained


@dataclass
class NetDetector:
    """How far a day is from what a net says of it, scored as the form of the net has it.

    With `is_trained` False the net keeps the weights of chance: the twin that a trained one has to beat. A
    net that was kept can be given as `net` and needs no `fit`.
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
        """How unusual each day is; NaN before a whole window."""
        return self._fitted().score(returns)

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """The share of each asset in the score of one row."""
        return self._fitted().drivers(returns, row)

    def _fitted(self) -> TrainedNet:
        if self.net is None:
            raise UnfitReturns("The model has learnt from no returns yet.")
        return self.net
