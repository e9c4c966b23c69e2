"""Confidence intervals of means over starts that overlap: blocks as long as the overlap are drawn together."""

from dataclasses import dataclass

import numpy as np

from taxharvest.quant.backtest.market import Floats

DRAWS = 4000
# The middle 95 of 100 draws.
TAILS = (2.5, 97.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its interval."""

    mean: float
    low: float
    high: float


def block_interval(values: Floats, *, block: int, seed: int, draws: int = DRAWS) -> Interval:
    """The mean of values in order of time, with the interval of a moving-block bootstrap (Künsch 1989).

    Starts that lie less than a holding period apart share most of their years, so single starts must not be
    drawn: `block` is the number of starts in one holding period. With too few values for one block there is
    no interval: it is as wide as the values.
    """
    count = len(values)
    if count <= block:
        return Interval(mean=float(values.mean()), low=float(values.min()), high=float(values.max()))
    means = _block_means(values, block=block, seed=seed, draws=draws)
    low, high = np.percentile(means, TAILS)
    return Interval(mean=float(values.mean()), low=float(low), high=float(high))


def ratio_interval(part: Floats, whole: Floats, *, block: int, seed: int, draws: int = DRAWS) -> Interval:
    """One less the ratio of two means over the same starts, drawn together."""
    cost = 1 - part.mean() / whole.mean()
    if len(part) <= block:
        each = 1 - part / whole
        return Interval(mean=float(cost), low=float(each.min()), high=float(each.max()))
    above = _block_means(part, block=block, seed=seed, draws=draws)
    below = _block_means(whole, block=block, seed=seed, draws=draws)
    low, high = np.percentile(1 - above / below, TAILS)
    return Interval(mean=float(cost), low=float(low), high=float(high))


def _block_means(values: Floats, *, block: int, seed: int, draws: int) -> Floats:
    """Means of as many values as there are, in blocks drawn with replacement; one seed draws the same blocks."""
    count = len(values)
    blocks = -(-count // block)
    generator = np.random.default_rng(seed)
    begins = generator.integers(0, count - block + 1, size=(draws, blocks))
    places = (begins[:, :, None] + np.arange(block)).reshape(draws, -1)[:, :count]
    result: Floats = values[places].mean(axis=1)
    return result
