"""From which loss on it is worth selling rather than waiting."""

import numpy as np

from taxharvest.quant.backtest.assumptions import Threshold
from taxharvest.quant.backtest.credits import Rates
from taxharvest.quant.backtest.thresholds import WEEKS_TO_LONG, loss_wanted, threshold_rule

USUAL = Rates(short=0.35, long=0.15)


def test_a_livelier_share_must_fall_further() -> None:
    wanted = [float(loss_wanted(sigma, 0.35, 0.15, has_window=True)[26]) for sigma in (0.1, 0.3, 0.5)]
    assert wanted == sorted(wanted)
    assert wanted[0] < wanted[-1]


def test_a_loss_about_to_turn_long_term_is_taken_sooner_than_one_of_half_a_year() -> None:
    wanted = loss_wanted(0.3, 0.35, 0.15, has_window=True)
    assert wanted[WEEKS_TO_LONG - 1] < wanted[26]


def test_what_was_just_bought_is_closed_for_a_month_under_the_rule_alone() -> None:
    assert loss_wanted(0.3, 0.35, 0.15, has_window=True)[:5].tolist() == [1.0] * 5
    assert loss_wanted(0.3, 0.35, 0.15, has_window=False)[:5].max() < 0.2


def test_without_taxes_no_loss_is_worth_selling() -> None:
    assert loss_wanted(0.3, 0.0, 0.0, has_window=True).tolist() == [1.0] * (WEEKS_TO_LONG + 1)


def test_fixed_thresholds_look_at_neither_age_nor_volatility() -> None:
    volatility, age = np.full((1, 2), 0.5), np.zeros((1, 2, 3), dtype=np.int64)

    assert threshold_rule(Threshold.ANY, USUAL, has_window=True)(volatility, age).item() == 0.0
    assert threshold_rule(Threshold.LOSS_10, USUAL, has_window=True)(volatility, age).item() == 0.10


def test_the_option_rule_looks_up_the_nearest_volatility_and_whole_weeks() -> None:
    rule = threshold_rule(Threshold.OPTION, USUAL, has_window=True)
    told = rule(np.array([[0.32, 0.9]]), np.array([[[26 * 7 + 3], [4000]]]))

    assert told[0, 0, 0] == loss_wanted(0.3, 0.35, 0.15, has_window=True)[26]
    assert told[0, 1, 0] == loss_wanted(0.8, 0.35, 0.15, has_window=True)[WEEKS_TO_LONG]
