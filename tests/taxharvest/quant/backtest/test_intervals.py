"""Intervals over overlapping starts."""

import numpy as np
import pytest

from taxharvest.quant.backtest.intervals import Interval, block_interval, ratio_interval
from taxharvest.quant.backtest.market import Floats


def slow(count: int = 120) -> Floats:
    """Values that hang together as overlapping starts do: a mean of forty neighbours."""
    noise = np.random.default_rng(1).normal(size=count + 40)
    return np.convolve(noise, np.ones(40) / 40, mode="valid")[:count].astype(np.float64)


def width(told: Interval) -> float:
    """How wide an interval is; none is an error."""
    if told.low is None or told.high is None:
        raise AssertionError("there is no interval")
    return told.high - told.low


def test_blocks_as_long_as_the_overlap_give_a_wider_interval_than_single_starts() -> None:
    values = slow()
    alone, together = (block_interval(values, block=block, seed=2) for block in (1, 40))

    assert alone.mean == together.mean == pytest.approx(float(values.mean()))
    assert width(together) > 2 * width(alone)


def test_every_start_is_drawn_as_often_as_any_other() -> None:
    # With blocks that stopped at the ends, the first and last starts would hardly be drawn.
    values = np.zeros(60)
    values[0] = 60.0
    told = block_interval(values, block=20, seed=3, draws=20_000)

    assert told.low == 0.0
    assert told.high == 3.0


def test_there_is_no_interval_with_no_more_starts_than_one_block_holds() -> None:
    values = np.array([1.0, 2.0, 3.0])

    assert block_interval(values, block=3, seed=1).low is None
    assert ratio_interval(values, values, block=3, seed=1).high is None


def test_one_seed_gives_one_interval() -> None:
    values = slow()

    assert block_interval(values, block=40, seed=5) == block_interval(values, block=40, seed=5)
    assert block_interval(values, block=40, seed=5) != block_interval(values, block=40, seed=6)


def test_the_cost_of_a_part_that_is_always_three_quarters_is_a_quarter() -> None:
    values = slow() + 10
    told = ratio_interval(values * 0.75, values, block=40, seed=4)

    assert (told.mean, told.low, told.high) == pytest.approx((0.25, 0.25, 0.25))
