"""Accounts walked through histories small enough to be reckoned by hand, and properties of long ones."""

from dataclasses import replace

import numpy as np
import pytest

from taxharvest.quant.backtest.assumptions import Review
from taxharvest.quant.backtest.histories import with_perfect_stand_in
from taxharvest.quant.backtest.simulation import Walk, walk
from taxharvest.quant.backtest.trades import Purchase, Sale, TradeRecord
from tests.taxharvest.quant.backtest.accounts import at_least, drawn_history, history, rules, untouched

THREE_DAYS = ("2020-01-31", "2020-03-02", "2020-04-02")
FLOWS = ("loss_short", "loss_long", "back_short", "back_long", "traded", "paid_in", "before", "after")


def told(walked: Walk, name: str) -> list[float]:
    return [round(float(value), 10) for value in getattr(walked, name)[0]]


def test_three_prices_without_the_rule_by_hand() -> None:
    # A dollar at 100 is worth 0.80 at 80: 0.20 lost; bought back, it is worth 1.20 at 120, 0.40 above basis.
    one = history(THREE_DAYS, [[100.0], [80.0], [120.0]])
    walked = walk(one, rules(one, keeps_wash_rule=False))

    assert told(walked, "loss_short") == [0.0, 0.2, 0.0]
    assert told(walked, "traded") == [0.0, 1.6, 0.0]
    assert (round(walked.end[0], 10), round(walked.end_short[0], 10), walked.end_long[0]) == (1.2, 0.4, 0.0)


def test_three_prices_with_the_rule_by_hand() -> None:
    # 0.80 is parked at 50 and is worth 0.88 at 55 when the window is over, 31 days later: a gain of 0.08.
    stand_in = np.array([[40.0], [50.0], [55.0]])
    one = history(THREE_DAYS, [[100.0], [80.0], [120.0]], stand_in)
    walked = walk(one, rules(one))

    assert told(walked, "loss_short") == [0.0, 0.2, 0.0]
    assert told(walked, "back_short") == [0.0, 0.0, 0.08]
    assert (round(walked.end[0], 10), walked.end_short[0], walked.end_long[0]) == (0.88, 0.0, 0.0)


def test_the_way_back_begins_on_the_31st_day() -> None:
    days = ("2020-01-02", "2020-03-02", "2020-04-01", "2020-04-02")
    record = TradeRecord()
    one = history(days, [[100.0], [90.0], [95.0], [95.0]])
    walk(one, rules(one), record)

    back = [trade for trade in record.trades if isinstance(trade, Sale) and trade.is_parked]
    assert [np.datetime64(trade.day, "D") for trade in back] == [np.datetime64("2020-04-02")]


def test_nothing_is_sold_at_a_loss_within_thirty_days_of_its_purchase() -> None:
    days = ("2020-01-02", "2020-02-01", "2020-02-02")
    one = history(days, [[100.0], [90.0], [90.0]])

    assert told(walk(one, rules(one)), "loss_short") == [0.0, 0.0, 0.1]
    assert told(walk(one, rules(one, keeps_wash_rule=False)), "loss_short") == [0.0, 0.1, 0.0]


def test_a_loss_on_the_anniversary_is_short_and_on_the_day_after_long() -> None:
    days = ("2020-03-10", "2021-03-10", "2021-03-11")
    falling = history(days, [[100.0], [100.0], [90.0]])
    sooner = history(days, [[100.0], [90.0], [90.0]])

    assert told(walk(falling, rules(falling)), "loss_long") == [0.0, 0.0, 0.1]
    assert told(walk(sooner, rules(sooner)), "loss_short") == [0.0, 0.1, 0.0]


def test_a_threshold_leaves_smaller_losses_alone() -> None:
    one = history(THREE_DAYS, [[100.0], [91.0], [89.0]])
    walked = walk(one, rules(one, threshold=at_least(0.10)))

    assert told(walked, "loss_short") == [0.0, 0.0, 0.11]


def test_a_gain_on_the_way_back_can_be_waited_out() -> None:
    stand_in = np.array([[40.0], [50.0], [55.0]])
    one = history(THREE_DAYS, [[100.0], [80.0], [120.0]], stand_in)
    walked = walk(one, replace(rules(one), returns_at_a_gain=False))

    assert told(walked, "back_short") == [0.0, 0.0, 0.0]
    assert round(float(walked.end_short[0]), 10) == 0.08


def test_a_deposit_leaves_out_the_name_that_was_just_sold_at_a_loss() -> None:
    prices = [[100.0, 100.0], [100.0, 100.0], [80.0, 100.0]]
    record = TradeRecord()
    one = history(THREE_DAYS, prices)
    only_last = np.array([[False, False, True]])
    walk(one, replace(rules(one), deposits=only_last, deposit=0.5), record)

    last = record.trades[-1]
    assert isinstance(last, Purchase)
    assert (last.name, last.money, last.is_parked) == (1, 0.5, False)


def test_a_deposit_that_finds_no_name_waits_in_cash() -> None:
    one = history(THREE_DAYS, [[100.0], [100.0], [80.0]])
    walked = walk(one, replace(rules(one), deposits=np.array([[False, False, True]]), deposit=0.5))

    assert told(walked, "after")[-1] == 1.3
    assert round(float(walked.end[0]), 10) == 1.3


@pytest.mark.parametrize("keeps_wash_rule", [True, False])
def test_nothing_that_happens_later_changes_what_was_done_before(keeps_wash_rule: bool) -> None:
    known = 400
    one = drawn_history(7)
    shuffled = np.random.default_rng(8).permutation(np.arange(known, one.days.shape[1]))
    order = np.concatenate([np.arange(known), shuffled])
    other = replace(one, prices=one.prices[:, order], stand_in=one.stand_in[:, order])
    run = rules(one, keeps_wash_rule=keeps_wash_rule, deposit=0.01)
    first, second = walk(one, run), walk(other, run)

    for name in FLOWS:
        assert np.array_equal(getattr(first, name)[:, :known], getattr(second, name)[:, :known]), name
    assert not np.array_equal(first.gross[:, known:], second.gross[:, known:])


def test_without_taxes_harvesting_changes_nothing_where_the_share_is_bought_back() -> None:
    one = drawn_history(3)
    harvested = walk(one, rules(one, keeps_wash_rule=False, deposit=0.01))
    left_alone = walk(one, untouched(one, deposit=0.01))

    assert harvested.gross.sum() > 0.1
    assert harvested.end == pytest.approx(left_alone.end, rel=1e-12)


def test_without_taxes_the_rule_changes_nothing_where_the_stand_in_moves_like_the_name() -> None:
    one = with_perfect_stand_in(drawn_history(4))
    harvested, left_alone = walk(one, rules(one)), walk(one, untouched(one))

    assert harvested.gross.sum() > 0.1
    assert harvested.end == pytest.approx(left_alone.end, rel=1e-12)


@pytest.mark.parametrize("keeps_wash_rule", [True, False])
def test_what_was_paid_in_and_all_gains_make_up_the_worth(keeps_wash_rule: bool) -> None:
    one = drawn_history(5)
    walked = walk(one, rules(one, keeps_wash_rule=keeps_wash_rule, deposit=0.01))
    realised = walked.back_short.sum() + walked.back_long.sum() - walked.gross.sum()
    open_gain = walked.end_short[0] + walked.end_long[0]

    assert walked.end[0] == pytest.approx(walked.paid_in.sum() + realised + open_gain, rel=1e-12)


def test_more_frequent_reviews_find_more_without_the_rule() -> None:
    one = drawn_history(6)
    found = [
        float(walk(one, rules(one, review=review, keeps_wash_rule=False)).gross.sum()) for review in Review
    ]

    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)


def test_histories_side_by_side_are_walked_as_if_alone() -> None:
    pair = [drawn_history(11), drawn_history(12)]
    both = replace(
        pair[0],
        **{
            name: np.concatenate([getattr(one, name) for one in pair])
            for name in ("days", "prices", "stand_in", "volatility")
        },
    )
    together = walk(both, rules(both, deposit=0.01))

    for place, one in enumerate(pair):
        alone = walk(one, rules(one, deposit=0.01))
        assert together.end[place] == pytest.approx(alone.end[0], rel=1e-12)
        assert np.allclose(together.gross[place], alone.gross[0], rtol=0, atol=1e-12)
