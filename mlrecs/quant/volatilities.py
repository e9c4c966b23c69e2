"""Volatility that knows the past alone: exponentially weighted, with the decay of RiskMetrics."""

import numpy as np
from scipy.signal import lfilter

from mlrecs.quant.arrays import FloatArray

# RiskMetrics (1996), daily data.
DECAY = 0.94
# A quarter of a hundredth of a per cent a day: below it a series is taken to stand still.
LEAST_VARIANCE = 6.25e-12


def ewma_variances(returns: FloatArray, start: FloatArray, *, decay: float = DECAY) -> FloatArray:
    """The variance of each column after each day, that day's return included.

    `start` is the variance before the first row. With v the variance and r the return,
    v[t] = decay * v[t-1] + (1 - decay) * r[t]^2.
    """
    begun = decay * np.atleast_2d(start)
    filtered, _ = lfilter([1 - decay], [1, -decay], returns**2, axis=0, zi=begun)
    return np.maximum(np.asarray(filtered, dtype=np.float64), LEAST_VARIANCE)


def known_variances(returns: FloatArray, start: FloatArray, *, decay: float = DECAY) -> FloatArray:
    """The variance of each column as it was known before each day."""
    after = ewma_variances(returns, start, decay=decay)
    return np.vstack([np.maximum(np.atleast_2d(start), LEAST_VARIANCE), after[:-1]])


def standardised(returns: FloatArray, start: FloatArray, *, decay: float = DECAY) -> FloatArray:
    """Returns over the volatility that was known before each of them."""
    return returns / np.sqrt(known_variances(returns, start, decay=decay))
