"""Walking forward sees nothing of the days after, pays for every trade, and counts its errors."""

import numpy as np
import pytest

from mlrecs.quant.optimise.methods import Method
from mlrecs.quant.optimise.problem import Floats, InfeasibleError
from mlrecs.quant.optimise.screens import Factor, screen_evidence, top_weights
from mlrecs.quant.optimise.walk_forward import (
    equal_weights,
    forecast_ratio,
    hit_rate,
    nothing,
    walk,
    walk_method,
)
from tests.mlrecs.quant.optimise.series import factor_returns, real_returns

FIT, STEP = 120, 40


def test_days_after_a_choice_change_nothing_about_it() -> None:
    returns = factor_returns(5, 260, seed=6)
    altered = returns.copy()
    altered[160:] = np.random.default_rng(9).permutation(altered[160:])
    seen: list[list[Floats]] = [[], []]

    for place, series in enumerate((returns, altered)):
        walk_choices = seen[place]

        def choose(past: Floats, held: Floats, kept: list[Floats] = walk_choices) -> Floats:
            kept.append(past)
            return held

        walk(series, choose, fit=FIT, step=STEP)

    assert np.array_equal(seen[0][0], seen[1][0])
    assert np.array_equal(seen[0][1], seen[1][1])
    assert not np.array_equal(seen[0][3], seen[1][3])


def test_a_method_makes_the_same_of_the_past_whatever_comes() -> None:
    returns = factor_returns(5, 260, seed=6)
    altered = returns.copy()
    altered[200:] *= -3

    first = walk_method(returns, Method.MINIMUM_VARIANCE, fit=FIT, step=STEP)
    second = walk_method(altered, Method.MINIMUM_VARIANCE, fit=FIT, step=STEP)

    assert first.returns[:80] == pytest.approx(second.returns[:80], abs=1e-12)


def test_doing_nothing_lets_weights_drift() -> None:
    returns = np.zeros((3, 2))
    returns[1:, 0] = 1.0

    assert nothing(returns, fit=1) == pytest.approx([0.5, 2 / 3])


def test_every_change_is_paid_for_on_its_day() -> None:
    returns = np.zeros((4, 2))

    found = walk(returns, lambda _past, _held: np.array([1.0, 0.0]), fit=2, step=1, cost=0.01)

    assert found.returns == pytest.approx([-0.01, 0.0])


def test_a_step_without_an_answer_keeps_what_is_held() -> None:
    def fails(_past: Floats, _held: Floats) -> Floats:
        raise InfeasibleError("none")

    found = walk(factor_returns(3, 100, seed=1), fails, fit=60, step=20)

    assert (found.failed, found.traded) == (2, 0.0)


def test_equal_weights_come_back_at_every_step() -> None:
    returns = np.zeros((4, 2))
    returns[2, 0] = 1.0

    found = equal_weights(returns, fit=2, step=1)

    assert found.returns == pytest.approx([0.5, -0.0005 * 1 / 3])


def test_hits_and_forecasts_are_counted_by_step() -> None:
    found = walk(factor_returns(4, 300, seed=2), lambda _past, held: held, fit=60, step=60)

    assert hit_rate(found) == 0.0  # nothing was changed, so nothing came out calmer
    low, middle, high = forecast_ratio(found)
    assert low <= middle <= high


def test_the_best_third_is_held() -> None:
    assert top_weights(np.array([3.0, 1.0, 2.0, 5.0, 4.0, 0.0])).tolist() == [0, 0, 0, 0.5, 0.5, 0]


def test_only_low_volatility_clears_its_bar_on_the_twenty_stocks() -> None:
    """And it gives up return for it, which is told with it."""
    found = {one.factor: one for one in screen_evidence(real_returns()[1])}

    assert [factor for factor, one in found.items() if one.is_clear] == [Factor.LOW_VOLATILITY]
    calm = found[Factor.LOW_VOLATILITY]
    assert (round(calm.calmer.value, 3), round(calm.more.value, 3)) == (0.181, -0.042)
    assert round(found[Factor.MOMENTUM].deflated, 2) == 0.62
