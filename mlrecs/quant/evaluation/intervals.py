"""How sure a difference between two scores is: blocks of days drawn again, everything measured anew."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlrecs.quant.arrays import FloatArray

Places = NDArray[np.int64]
# Gives the measure of every contestant on the days at these places, in their order.
Measure = Callable[[Places], FloatArray]


@dataclass(frozen=True, slots=True)
class Interval:
    """The middle 95 per cent of a difference over all draws, and the difference itself."""

    difference: float
    low: float
    high: float


def blocks_of(count: int, length: int) -> list[Places]:
    """Days 0 to `count` in blocks of `length`; a rest that is shorter joins the last."""
    starts = list(range(0, max(count - length + 1, 1), length))
    ends = [*starts[1:], count]
    return [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]


def drawn(blocks: Sequence[Places], *, draws: int, seed: int) -> Iterator[Places]:
    """As many blocks as there are, drawn with replacement, `draws` times; blocks stay whole.

    Days next to each other are alike, so single days would make intervals too narrow (Künsch 1989).
    """
    chance = np.random.default_rng(seed)
    for _ in range(draws):
        chosen = chance.integers(0, len(blocks), size=len(blocks))
        yield np.concatenate([blocks[place] for place in chosen])


def measured(measure: Measure, blocks: Sequence[Places], *, draws: int, seed: int) -> FloatArray:
    """The measures over all draws, draws by contestants; draws that give no figure are left out."""
    rows = np.array([measure(places) for places in drawn(blocks, draws=draws, seed=seed)])
    return np.asarray(rows[np.isfinite(rows).all(axis=1)], dtype=np.float64)


def interval_of(draws: FloatArray, one: int, other: int, difference: float) -> Interval:
    """The interval of the difference between two contestants, both measured on the same draws."""
    low, high = np.quantile(draws[:, one] - draws[:, other], (0.025, 0.975))
    return Interval(difference, float(low), float(high))
