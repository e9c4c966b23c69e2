"""Measures against hand cases and the published example of the deflated Sharpe ratio."""

import numpy as np
import pytest

from mlrecs.quant.optimise.measures import (
    deepest_fall,
    deflated,
    difference,
    excess,
    fared,
    lucky_sharpe,
    tail_loss,
    volatility,
)
from tests.mlrecs.quant.optimise.series import wave


def test_the_worked_example_of_the_deflated_sharpe_ratio() -> None:
    """Bailey and Lopez de Prado 2014: a ratio of 2.5 a year, the best of 100 trials, is .90 sure."""
    lucky = lucky_sharpe(1 / 2 / 250, 100)
    found = deflated(2.5 / 250**0.5, lucky, days=1250, skewness=-3, kurtosis_=10)

    assert (round(lucky, 4), round(found, 4)) == (0.1132, 0.9004)


def test_one_trial_has_no_luck_to_deflate() -> None:
    assert lucky_sharpe(0.5, 1) == 0.0


def test_the_tail_loss_counts_the_day_on_the_edge_in_part() -> None:
    returns = np.array([-0.10, -0.04, *[0.01] * 28])  # a twentieth of 30 days: one and a half

    assert tail_loss(returns) == pytest.approx((0.10 + 0.5 * 0.04) / 1.5)


def test_the_deepest_fall_begins_at_the_start_too() -> None:
    assert deepest_fall(np.array([-0.5, 0.5, 0.1])) == pytest.approx(0.5)
    assert deepest_fall(np.array([0.1, -0.2, 0.05])) == pytest.approx(0.2)


def test_volatility_growth_and_sharpe_are_by_the_year() -> None:
    returns = np.tile([0.02, -0.01], 126)
    found = fared(returns)

    assert found.volatility == pytest.approx(returns.std(ddof=1) * 252**0.5)
    assert found.growth == pytest.approx((1.02 * 0.99) ** 126 - 1)
    assert found.sharpe == pytest.approx(0.005 * 252 / found.volatility)


def test_half_the_moves_are_half_the_volatility_in_every_draw() -> None:
    other = wave(1) / 100 + wave(4) / 300
    found = difference(other / 2, other, volatility, seed=1, draws=50)

    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    assert found.is_gain


def test_the_same_series_gains_nothing() -> None:
    found = excess(wave(1), wave(1), seed=1, draws=50)

    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)
    assert not found.is_gain


def test_one_seed_draws_the_same_interval() -> None:
    draw = np.random.default_rng(0)
    mine, other = draw.normal(size=(2, 500)) / 100

    assert excess(mine, other, seed=7) == excess(mine, other, seed=7)
