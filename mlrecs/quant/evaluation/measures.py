"""Measures of a score against labels: average precision, ROC area, and the volume under the range-based PR
curve.

No point adjustment anywhere: under it a random score looks like the best there is (Kim et al., AAAI 2022).
"""

import numpy as np
from numpy.typing import NDArray

from mlrecs.quant.arrays import FloatArray

BoolArray = NDArray[np.bool_]

# Buffers of nought to this many days are averaged.
WIDEST_BUFFER = 10


def average_precision(labels: BoolArray, scores: FloatArray) -> float:
    """The mean precision over the labelled days, each at the threshold that just finds it.

    Days of equal score are found together. NaN without a labelled day.
    """
    order = np.argsort(-scores, kind="stable")
    ends = _ends_of_ties(scores[order])
    hits = np.cumsum(labels[order])[ends]
    if len(hits) == 0 or hits[-1] == 0:
        return float("nan")
    gained = np.diff(hits, prepend=0)
    return float((gained * hits / (ends + 1)).sum() / hits[-1])


def roc_area(labels: BoolArray, scores: FloatArray) -> float:
    """The chance that a labelled day scores above another; equal scores count half. NaN without both."""
    positive, negative = scores[labels], np.sort(scores[~labels])
    if len(positive) == 0 or len(negative) == 0:
        return float("nan")
    below = np.searchsorted(negative, positive, side="left")
    level = np.searchsorted(negative, positive, side="right")
    return float((below + level).sum() / (2 * len(positive) * len(negative)))


def vus_pr(labels: BoolArray, scores: FloatArray, *, widest: int = WIDEST_BUFFER) -> float:
    """The volume under the precision-recall surface (Paparrizos et al., VLDB 2022), over buffers 0 to
    `widest`.

    For each buffer the labels are widened by half of it on both sides, falling with the square root of the
    distance; precision and recall count by these weights, and recall is multiplied by the share of stretches
    that are touched at all. The area under each curve is taken in steps, at the threshold of every day; the
    volume is the mean over the buffers. NaN without a labelled day.
    """
    if not labels.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    ends = _ends_of_ties(scores[order])
    areas = [
        _range_area(labels, softened(labels, buffer), order, ranks, ends) for buffer in range(widest + 1)
    ]
    return float(np.mean(areas))


def softened(labels: BoolArray, buffer: int) -> FloatArray:
    """Labels as weights: one inside, sqrt(1 - distance / buffer) up to half of `buffer` days outside."""
    weights = labels.astype(np.float64)
    for distance in range(1, buffer // 2 + 1):
        weight = (1 - distance / buffer) ** 0.5
        for moved in (_moved(labels, distance), _moved(labels, -distance)):
            weights = np.maximum(weights, moved * weight)
    return np.asarray(weights, dtype=np.float64)


def _range_area(
    labels: BoolArray,
    weights: FloatArray,
    order: NDArray[np.int64],
    ranks: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> float:
    """The area under one curve, by steps over the thresholds."""
    found = np.cumsum(weights[order])[ends]
    wanted = (labels.sum() + weights.sum()) / 2
    firsts = np.sort(_first_ranks(weights > 0, ranks))
    touched = np.searchsorted(firsts, ends, side="right") / len(firsts)
    recall = np.minimum(found / wanted, 1.0) * touched
    precision = found / (ends + 1)
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def _first_ranks(inside: BoolArray, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """The best rank of a day in each stretch."""
    edges = np.diff(inside.astype(np.int8), prepend=0, append=0)
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return np.array([ranks[start:stop].min() for start, stop in zip(starts, stops, strict=True)])


def _moved(labels: BoolArray, by: int) -> BoolArray:
    moved = np.zeros_like(labels)
    if by > 0:
        moved[by:] = labels[:-by]
    else:
        moved[:by] = labels[-by:]
    return moved


def _ends_of_ties(ordered: FloatArray) -> NDArray[np.int64]:
    """The places at which a run of equal scores ends: a threshold lies nowhere else."""
    return np.flatnonzero(np.append(ordered[:-1] != ordered[1:], True)) if len(ordered) else np.zeros(0, int)
