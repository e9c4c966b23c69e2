"""Measures on numbers that can be reckoned by hand."""

import numpy as np

from mlrecs.quant.risk.measures import (
    beta_of,
    concentration_of,
    deviations_of,
    fall_of,
    portfolio_returns,
    still_share,
    tail_shares,
    variance_shares,
)

NAN = float("nan")


def test_the_others_stand_for_a_young_holding() -> None:
    values = np.array([[NAN, 0.01], [NAN, 0.02], [0.10, 0.01]])
    returns, first = portfolio_returns(values, np.array([0.2, 0.8]))

    assert first == 0
    assert returns.round(6).tolist() == [0.01, 0.02, 0.028]


def test_days_on_which_too_little_is_known_are_left_out() -> None:
    values = np.array([[NAN, 0.01], [0.10, 0.01]])
    returns, first = portfolio_returns(values, np.array([0.5, 0.5]))

    assert (first, returns.round(6).tolist()) == (1, [0.055])
    assert portfolio_returns(np.full((3, 1), NAN), np.array([1.0]))[1] == 3


def test_more_than_everything_cannot_be_lost() -> None:
    returns, _ = portfolio_returns(np.array([[-0.6]]), np.array([2.0]))

    assert returns.tolist() == [-0.9999]


def test_the_deepest_fall_has_its_high_and_its_low() -> None:
    found = fall_of(np.array([0.10, -0.20, -0.10, 0.50, -0.05]))

    assert (found.peak, found.trough) == (1, 3)
    assert round(found.worst, 6) == -0.28
    assert round(found.now, 6) == -0.05
    assert found.path.round(6).tolist() == [0.0, -0.2, -0.28, 0.0, -0.05]


def test_beta_is_the_slope_on_the_common_days() -> None:
    index = np.random.default_rng(1).normal(0, 0.01, 300)
    own = 1.5 * index
    own[:10] = NAN
    found = beta_of(own, index)

    assert found is not None
    assert (round(found.value, 9), round(found.error, 9), round(found.correlation, 9), found.days) == (
        1.5, 0.0, 1.0, 252,
    )  # fmt: skip
    assert beta_of(own[:60], index[:60]) is None
    assert beta_of(own[10:], np.zeros(290)) is None


def test_shares_of_variance_add_up_and_a_hedge_takes_from_them() -> None:
    move = np.random.default_rng(2).normal(0, 0.01, 200)
    values = np.column_stack([move, move, -move])
    shares = variance_shares(values, np.array([0.5, 0.3, 0.1]))

    assert shares.round(6).tolist() == [0.714286, 0.428571, -0.142857]
    assert variance_shares(np.zeros((5, 2)), np.array([0.5, 0.5])).tolist() == [0.0, 0.0]


def test_shares_of_the_tail_are_those_of_the_worst_days() -> None:
    values = np.zeros((40, 2))
    values[7], values[8], values[20] = (-0.3, -0.1), (-0.1, -0.1), (-0.01, 0.0)

    assert tail_shares(values, np.array([0.5, 0.5])).round(6).tolist() == [0.666667, 0.333333]
    assert tail_shares(np.ones((40, 1)), np.array([1.0])).tolist() == [0.0]


def test_concentration_counts_gross_weights() -> None:
    found = concentration_of([0.5, -0.25, 0.25])

    assert (found.herfindahl, found.largest, found.top_five) == (0.375, 0.5, 1.0)
    assert round(found.effective, 6) == 2.666667


def test_the_volatility_of_a_column_is_over_the_days_that_it_has() -> None:
    found = deviations_of(np.array([[0.03, NAN], [0.03, 0.01], [0.03, -0.01]]))

    assert found.round(9).tolist() == [0.03, 0.01]


def test_days_without_movement_count_since_the_first_return() -> None:
    values = np.array([[NAN, 0.01], [0.0, 0.01], [0.02, 0.0], [0.01, 0.01]])

    assert still_share(values).round(6).tolist() == [0.333333, 0.25]
