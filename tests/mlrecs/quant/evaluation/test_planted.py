"""Planted anomalies change exactly the days and assets that they say."""

import numpy as np
import pytest

from mlrecs.quant.evaluation.planted import KINDS, plant
from mlrecs.quant.universe import universe_returns

REAL = universe_returns()[2][5000:5400]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_plants_the_same_and_the_real_returns_stay(kind: str) -> None:
    before = REAL.copy()
    one, again, other = (plant(kind, REAL, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(REAL, before)
    assert np.array_equal(one.returns, again.returns)
    assert not np.array_equal(one.returns, other.returns)


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_one_in_every_thirty_six_days(kind: str) -> None:
    planted = plant(kind, REAL, seed=1)
    assert planted.days.sum() == 11 * KINDS[kind].days
    assert set(planted.assets.sum(axis=1).tolist()) == {0, KINDS[kind].assets or 20}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "stale"])
def test_nothing_else_is_changed(kind: str) -> None:
    planted = plant(kind, REAL, seed=1)
    assert np.array_equal(planted.returns[~planted.assets], REAL[~planted.assets])
    assert (planted.returns[planted.assets] != REAL[planted.assets]).mean() > 0.98


def test_a_price_that_stood_still_catches_up() -> None:
    planted = plant("stale", REAL, seed=1)
    assert (planted.returns[planted.assets] == 0).all()
    assert planted.returns.sum(axis=0) == pytest.approx(REAL.sum(axis=0))


def test_a_bad_tick_comes_back() -> None:
    planted = plant("bad_tick", REAL, seed=1)
    assert planted.returns.sum(axis=0) == pytest.approx(REAL.sum(axis=0))


def test_a_flip_is_the_opposite_and_loud_is_three_times() -> None:
    flipped, loud = plant("flipped", REAL, seed=1), plant("loud", REAL, seed=1)
    assert flipped.returns[flipped.assets] == pytest.approx(-REAL[flipped.assets])
    assert loud.returns[loud.assets] == pytest.approx(3 * REAL[loud.assets])
