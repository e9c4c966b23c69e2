"""Intervals by blocks that are drawn again."""

import numpy as np
import pytest

from mlrecs.quant.evaluation.intervals import Interval, Places, blocks_of, drawn, interval_of, measured


def test_blocks_cover_every_day_once_and_the_rest_joins_the_last() -> None:
    blocks = blocks_of(10, 4)
    assert [block.tolist() for block in blocks] == [[0, 1, 2, 3], [4, 5, 6, 7, 8, 9]]
    assert [block.tolist() for block in blocks_of(3, 4)] == [[0, 1, 2]]


def test_draws_are_seeded_and_keep_blocks_whole() -> None:
    blocks = blocks_of(12, 4)
    one, again, other = ([places.tolist() for places in drawn(blocks, draws=5, seed=s)] for s in (1, 1, 2))
    assert one == again != other
    whole = {tuple(block) for block in (b.tolist() for b in blocks)}
    assert all({tuple(places[i : i + 4]) for i in (0, 4, 8)} <= whole for places in one)


def test_draws_without_a_figure_are_left_out() -> None:
    def measure(places: Places) -> np.typing.NDArray[np.float64]:
        return np.array([float("nan") if 0 not in places else 1.0])

    found = measured(measure, blocks_of(8, 4), draws=40, seed=1)
    assert 0 < len(found) < 40


def test_a_difference_that_is_always_the_same_has_no_width() -> None:
    draws = np.column_stack([np.arange(50.0) + 2, np.arange(50.0)])
    assert interval_of(draws, 0, 1, 2.0) == Interval(2.0, 2.0, 2.0)


def test_the_interval_of_a_mean_has_the_width_that_theory_gives() -> None:
    values = np.random.default_rng(3).normal(size=2000)

    def measure(places: Places) -> np.typing.NDArray[np.float64]:
        return np.array([values[places].mean(), 0.0])

    draws = measured(measure, blocks_of(2000, 10), draws=1000, seed=1)
    found = interval_of(draws, 0, 1, float(values.mean()))
    assert found.high - found.low == pytest.approx(2 * 1.96 / 2000**0.5, rel=0.15)
