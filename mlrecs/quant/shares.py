"""Contributions as shares of a whole."""

import numpy as np

from mlrecs.quant.arrays import FloatArray


def shares_of(parts: FloatArray) -> FloatArray:
    """Contributions as shares, none negative; equal where nobody brings anything."""
    kept = np.maximum(parts, 0.0)
    total = kept.sum()
    if not total > 0:
        return np.full(len(parts), 1 / len(parts))
    return np.asarray(kept / total, dtype=np.float64)
