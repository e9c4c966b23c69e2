"""From residuals to one number a day: how large they are today, how long they have been large, what all do.

The parts of a day are the mean square of its residuals (finds jumps), a fast moving average of the square of
their mean size (finds what lasts), and the square of the mean standardised return (finds what all assets do
together, which residuals cannot see). Each is measured in the mark that one day in a hundred of those learnt
exceeds; the score is their sum.
"""

import numpy as np
from scipy.signal import lfilter

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.shares import shares_of

# Half of a moving average is from the last two days.
FAST_DECAY = 0.7
# The square of the mean size of residuals of size one, roughly: where the moving average starts.
USUAL_SIZE = 0.5
RARE = 0.99
# No mark is smaller: a part that never moved must not be divided by nothing.
LEAST_MARK = 1e-12


def moving_level(values: FloatArray, start: float, *, decay: float = FAST_DECAY) -> FloatArray:
    """The exponentially weighted mean of `values` after each day; days before the first number stay NaN."""
    lead = int(np.isnan(values).sum())
    level, _ = lfilter([1 - decay], [1, -decay], values[lead:], zi=[decay * start])
    return np.concatenate([np.full(lead, np.nan), level])


def surprise_parts(residuals: FloatArray, usual: FloatArray) -> FloatArray:
    """The three parts of each day, days by three: of today, of the last days, of all together.

    `usual` are the returns in their usual size, of the same days and assets as the residuals.
    """
    size = np.abs(residuals).mean(axis=1) ** 2
    today = (residuals**2).mean(axis=1)
    return np.column_stack([today, moving_level(size, USUAL_SIZE), usual.mean(axis=1) ** 2])


def marks_of(parts: FloatArray) -> FloatArray:
    """What one day in a hundred exceeds, for each part."""
    return np.maximum(np.nanquantile(parts, RARE, axis=0), LEAST_MARK)


def part_drivers(residuals: FloatArray, usual: FloatArray) -> FloatArray:
    """The share of each asset in each part of the last of these days: parts by assets."""
    known = residuals[~np.isnan(residuals).any(axis=1)]
    weights = FAST_DECAY ** np.arange(len(known) - 1, -1, -1)
    today = usual[-1]
    return np.vstack(
        [
            shares_of(known[-1] ** 2),
            shares_of((weights[:, None] * np.abs(known)).sum(axis=0)),
            shares_of(today * np.sign(today.mean())),
        ]
    )


def drivers_of(parts: FloatArray, marks: FloatArray, shares: FloatArray) -> FloatArray:
    """The share of each asset in the score of a day, by how much each part weighs in it."""
    return shares_of((parts / marks) @ shares)
