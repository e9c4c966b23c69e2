"""What harvesting adds, reckoned by hand: credits, alpha, liquidation, and what the stand-ins did."""

from dataclasses import replace

import numpy as np
import pytest

from taxharvest.quant.backtest.assumptions import Use
from taxharvest.quant.backtest.credits import Rates, credits_of
from taxharvest.quant.backtest.histories import Histories
from taxharvest.quant.backtest.measures import Measures, growth_to_end, measured, money_weighted
from taxharvest.quant.backtest.schedules import years_of
from taxharvest.quant.backtest.simulation import Rules, Walk, walk
from tests.taxharvest.quant.backtest.accounts import drawn_history, history, rules, untouched

USUAL = Rates(short=0.35, long=0.15)
NOTHING = Rates(short=0.0, long=0.0)
YEARS = ("2020-01-02", "2020-03-02", "2021-01-04", "2022-01-03")


def figures(one: Histories, run: Rules, rates: Rates, use: Use = Use.GAINS, cost: float = 0.0) -> Measures:
    walked = walk(one, run)
    left_alone = walk(one, untouched(one))
    saved = credits_of(walked, np.stack([years_of(days) for days in one.days]), rates, use, cost)
    return measured(one, walked, left_alone, saved, rates)


def test_a_saving_is_put_to_work_in_the_untouched_account() -> None:
    # 0.20 is lost at 80 and saves 0.07; that grows by half to 0.105 until the end, where the account is 1.20.
    one = history(YEARS, [[100.0], [80.0], [120.0], [120.0]])
    told = figures(one, rules(one, keeps_wash_rule=False), USUAL)
    held = 732 / 365.25

    assert told.gross[0] == pytest.approx(0.20)
    assert told.saved[0] == pytest.approx(0.07)
    assert told.alpha[0] == pytest.approx(1.305 ** (1 / held) - 1.2 ** (1 / held))
    # Sold: 0.40 of gain in the account and 0.035 in the fund at 15 %; untouched, 0.20 of gain.
    after = 1.305 - 0.15 * 0.40 - 0.15 * 0.035
    assert told.alpha_after[0] == pytest.approx(after ** (1 / held) - 1.17 ** (1 / held))
    assert told.tracking[0] == pytest.approx(0.0, abs=1e-12)


def test_what_a_stand_in_gains_is_tracking_and_no_alpha() -> None:
    # The name stands still from 80 on, its stand-in doubles while it is parked.
    still = [[100.0], [80.0], [80.0], [80.0]]
    plain = history(YEARS, still)
    lucky = replace(plain, stand_in=np.array([[[1.0], [1.0], [2.0], [2.0]]]))
    none, luck = (figures(one, rules(one), NOTHING) for one in (plain, lucky))

    assert none.tracking[0] == pytest.approx(0.0, abs=1e-12)
    assert luck.tracking[0] > 0.3
    assert luck.alpha[0] == none.alpha[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("keeps_wash_rule", [True, False])
def test_at_rates_of_zero_nothing_is_gained_before_or_after_liquidation(keeps_wash_rule: bool) -> None:
    one = drawn_history(9)
    told = figures(one, rules(one, keeps_wash_rule=keeps_wash_rule), NOTHING)

    assert told.gross[0] > 0.1
    assert told.alpha[0] == pytest.approx(0.0, abs=1e-12)
    assert told.alpha_after[0] == pytest.approx(0.0, abs=1e-12)


def test_costs_take_their_share_of_everything_traded() -> None:
    one = history(YEARS, [[100.0], [80.0], [120.0], [120.0]])
    told = figures(one, rules(one, keeps_wash_rule=False), USUAL, cost=0.01)

    assert told.saved[0] == pytest.approx(0.07 - 0.01 * 1.6)


def test_within_the_cap_a_loss_comes_off_income_year_by_year_and_the_rest_meets_the_last_gain() -> None:
    # 0.20 of 100,000 is 20,000: 3,000 a year in 2020, 2021 and 2022, 11,000 left.
    one = history(YEARS, [[100.0], [80.0], [120.0], [120.0]])
    walked = walk(one, rules(one, keeps_wash_rule=False))
    saved = credits_of(walked, np.stack([years_of(one.days[0])]), USUAL, Use.INCOME, 0.0)

    assert saved.saved[0].tolist() == pytest.approx([0.0, 0.35 * 0.03, 0.35 * 0.03, 0.35 * 0.03])
    assert saved.carried[0] == pytest.approx(0.11)


def test_a_dollar_grows_as_the_account_does_whatever_is_paid_in() -> None:
    one = history(YEARS, [[100.0], [80.0], [120.0], [120.0]])
    paid: Walk = walk(
        one, replace(untouched(one), deposits=np.array([[False, True, False, False]]), deposit=5.0)
    )

    assert growth_to_end(paid)[0].tolist() == pytest.approx([1.2, 1.5, 1.0, 1.0])


def test_the_money_weighted_rate_solves_what_was_paid_in() -> None:
    paid_in = np.array([[1.0, 0.0, 1.0]])
    age = np.array([[2.0, 1.5, 1.0]])
    end = np.array([1.1**2 + 1.1])

    assert money_weighted(paid_in, age, end)[0] == pytest.approx(0.10)
