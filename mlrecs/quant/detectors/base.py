"""What a detector is: it learns what is usual, then says how unusual a day is and which assets make it so."""

from typing import Protocol, Self

import numpy as np

from mlrecs.quant.arrays import FloatArray


class Detector(Protocol):
    """One way to score days.

    `fit` learns from returns, days by assets, and gives itself. `score` gives a number for each row, higher
    for more unusual, that knows this row and rows before it alone; rows without enough history are NaN.
    `drivers` says which share of one row's score each asset brings: none is negative and they add up to one.
    All refuse what cannot be scored with `UnfitReturns`.
    """

    name: str

    def fit(self, returns: FloatArray) -> Self:
        """Learn what is usual; everything that is learnt stays as it is until the next `fit`."""
        ...

    def score(self, returns: FloatArray) -> FloatArray:
        """How unusual each day is."""
        ...

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """The share of each asset in the score of one row."""
        ...


def shares_of(parts: FloatArray) -> FloatArray:
    """Contributions as shares, none negative; equal where nobody brings anything."""
    kept = np.maximum(parts, 0.0)
    total = kept.sum()
    if not total > 0:
        return np.full(len(parts), 1 / len(parts))
    return np.asarray(kept / total, dtype=np.float64)
