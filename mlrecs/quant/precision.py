"""How assets move together, as the inverse of their covariance."""

import numpy as np

from mlrecs.quant.arrays import FloatArray

# How far a correlation is pulled towards none, so that it can be inverted.
SHRINKAGE = 0.02


def precision_of(usual: FloatArray, *, shrinkage: float = SHRINKAGE) -> FloatArray:
    """The inverse of the covariance of `usual`, days by assets, pulled a little towards its diagonal."""
    covariance = np.cov(usual, rowvar=False)
    kept = (1 - shrinkage) * covariance + shrinkage * np.diag(np.diag(covariance))
    return np.asarray(np.linalg.inv(kept), dtype=np.float64)
