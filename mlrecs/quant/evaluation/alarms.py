"""What a person would have lived through: crises found at a budget of false alarms, and how late."""

from dataclasses import dataclass

import numpy as np

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.evaluation.measures import BoolArray

# One quiet day in a hundred: two and a half a year.
BUDGET = 0.01
# Days around a crisis that are neither quiet nor part of it.
GUARD = 20


@dataclass(frozen=True, slots=True)
class Alarms:
    """Crises that had an alarm, of how many; and the mean days from a crisis's first day to its first alarm.

    An alarm before the first day does not count: nothing here is a forecast. The delay is NaN when none was
    found.
    """

    found: int
    crises: int
    delay: float


def quiet_days(labels: BoolArray, *, guard: int = GUARD) -> BoolArray:
    """Days at least `guard` days away from any labelled one."""
    near = np.convolve(labels.astype(np.int64), np.ones(2 * guard + 1, dtype=np.int64), mode="full")
    return np.asarray(near[guard : guard + len(labels)] == 0, dtype=np.bool_)


def budget_threshold(scores: FloatArray, quiet: BoolArray, *, budget: float = BUDGET) -> float:
    """The score that `budget` of the quiet days exceed.

    It is the score's own, taken on the days that are judged: it compares scores at equal cost, and nobody
    could have known it beforehand.
    """
    return float(np.quantile(scores[quiet], 1 - budget))


def alarms_of(labels: BoolArray, scores: FloatArray, threshold: float) -> Alarms:
    """Which stretches of labelled days hold a score above the threshold, and how far into them."""
    edges = np.diff(labels.astype(np.int8), prepend=0, append=0)
    delays, crises = [], 0
    for start, stop in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        above = np.flatnonzero(scores[start:stop] > threshold)
        crises += 1
        if len(above):
            delays.append(int(above[0]))
    return Alarms(len(delays), crises, float(np.mean(delays)) if delays else float("nan"))


def false_alarm_rate(scores: FloatArray, thresholds: FloatArray, quiet: BoolArray) -> float:
    """The share of quiet days on which the frozen threshold was exceeded."""
    return float((scores[quiet] > thresholds[quiet]).mean())
