"""Confidence intervals of means over starts that overlap: blocks as long as the overlap are drawn."""

from dataclasses import dataclass

import numpy as np

from taxharvest.quant.backtest.market import Floats

DRAWS = 4000
# The middle 95 of 100 draws.
TAILS = (2.5, 97.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its interval; None where there are too few starts for one."""

    mean: float
    low: float | None = None
    high: float | None = None


def block_interval(values: Floats, *, block: int, seed: int, draws: int = DRAWS) -> Interval:
    """The mean of values in order of time, with the interval of a moving-block bootstrap.

    Starts that lie less than a holding period apart share most of their years, so single starts must not be
    drawn: `block` is the number of starts in one holding period (Künsch 1989). Blocks run on from the last
    start to the first, so that each start is drawn as often as any other (Politis and Romano 1992). Where
    there are no more values than one block holds, there is no interval.
    """
    mean = float(values.mean())
    if len(values) <= block:
        return Interval(mean=mean)
    low, high = np.percentile(_block_means(values, block=block, seed=seed, draws=draws), TAILS)
    return Interval(mean=mean, low=float(low), high=float(high))


def ratio_interval(part: Floats, whole: Floats, *, block: int, seed: int, draws: int = DRAWS) -> Interval:
    """One less the ratio of two means over the same starts, both from the same draws."""
    cost = float(1 - part.mean() / whole.mean())
    if len(part) <= block:
        return Interval(mean=cost)
    above = _block_means(part, block=block, seed=seed, draws=draws)
    below = _block_means(whole, block=block, seed=seed, draws=draws)
    low, high = np.percentile(1 - above / below, TAILS)
    return Interval(mean=cost, low=float(low), high=float(high))


def _block_means(values: Floats, *, block: int, seed: int, draws: int) -> Floats:
    """Means of as many values as there are, drawn in blocks; one seed draws the same blocks."""
    count = len(values)
    blocks = -(-count // block)
    generator = np.random.default_rng(seed)
    begins = generator.integers(0, count, size=(draws, blocks))
    places = (begins[:, :, None] + np.arange(block)).reshape(draws, -1)[:, :count] % count
    result: Floats = values[places].mean(axis=1)
    return result
