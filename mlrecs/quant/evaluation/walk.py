"""Walking forward: each year is scored by what was learnt from the years before it alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.detectors.base import Detector

# At most ten and at least five years are learnt from.
MOST_LEARNT, LEAST_LEARNT = 2520, 1260
# Days between what is learnt and what is scored: as long as the longest window, so that none reaches across.
EMBARGO = 60
# Days before the scored ones that a detector may read for its windows and its moving variances.
CONTEXT = 250


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the days that are learnt from, and those that are scored, as places in the table."""

    learnt: slice
    scored: slice

    @property
    def read(self) -> slice:
        """The scored days with the context before them."""
        return slice(max(self.scored.start - CONTEXT, 0), self.scored.stop)


def yearly_steps(days: Sequence[date]) -> Iterator[Step]:
    """A step for each calendar year that has enough years and an embargo before it."""
    years = np.array([day.year for day in days])
    for year in np.unique(years):
        places = np.flatnonzero(years == year)
        until = int(places[0]) - EMBARGO
        if until >= LEAST_LEARNT:
            learnt = slice(max(until - MOST_LEARNT, 0), until)
            yield Step(learnt, slice(int(places[0]), int(places[-1]) + 1))


@dataclass(frozen=True, slots=True)
class Walked:
    """Scores of days that were not learnt from, each step's own threshold beside them."""

    scores: FloatArray
    thresholds: FloatArray


def walk(
    make: Callable[[], Detector], returns: FloatArray, steps: Sequence[Step], *, budget: float
) -> Walked:
    """Scores of the scored days of all steps, one after the other.

    The threshold of a step is that which the days learnt from exceed with the frequency `budget`; it is
    frozen before the first scored day.
    """
    scores, thresholds = [], []
    for step in steps:
        detector = make().fit(returns[step.learnt])
        known = detector.score(returns[step.learnt])
        found = detector.score(returns[step.read])[step.scored.start - step.read.start :]
        scores.append(found)
        thresholds.append(np.full(len(found), np.nanquantile(known, 1 - budget)))
    return Walked(np.concatenate(scores), np.concatenate(thresholds))
