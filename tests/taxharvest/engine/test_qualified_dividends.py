"""Days held around the ex-dividend day, and dividends that a sale turns ordinary."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxharvest.engine.qualified_dividends import (
    PREFERRED,
    DividendShare,
    days_in_window,
    is_qualified,
    lost_by_sale,
    qualified_from,
)

EX = date(2024, 7, 12)
AROUND = st.dates(date(2024, 3, 1), date(2024, 12, 1))


def share(acquired: str, amount: str = "100", ex_dividend: date = EX) -> DividendShare:
    return DividendShare(
        amount=Decimal(amount), acquired=date.fromisoformat(acquired), ex_dividend=ex_dividend
    )


def test_the_day_of_sale_counts_and_the_day_of_purchase_does_not() -> None:
    # IRS Pub 550 (2024), Qualified Dividends, Examples 1 and 2.
    assert days_in_window(date(2024, 7, 5), date(2024, 8, 8), EX) == 34
    assert days_in_window(date(2024, 7, 11), date(2024, 9, 13), EX) == 61


def test_shares_that_stay_are_held_to_the_end_of_the_window() -> None:
    assert days_in_window(date(2020, 1, 2), None, EX) == 121
    assert days_in_window(date(2024, 7, 11), None, EX) == 61


def test_days_of_diminished_risk_do_not_count() -> None:
    # IRS Pub 550 (2024), Example 3: an option reduces the risk of loss on some of the days.
    hedged = [EX + timedelta(days=days) for days in range(5)]
    outside = [EX + timedelta(days=61), date(2024, 1, 1)]

    assert days_in_window(date(2024, 7, 11), None, EX, hedged=[*hedged, *hedged, *outside]) == 56
    assert is_qualified(date(2024, 7, 11), None, EX)
    assert not is_qualified(date(2024, 7, 11), None, EX, hedged=hedged)


def test_preferred_stock_with_long_periods_needs_more_than_90_days_of_181() -> None:
    assert days_in_window(date(2020, 1, 2), None, EX, test=PREFERRED) == 181
    assert not is_qualified(EX - timedelta(days=31), EX + timedelta(days=59), EX, test=PREFERRED)
    assert is_qualified(EX - timedelta(days=31), EX + timedelta(days=60), EX, test=PREFERRED)


def test_the_first_sale_that_keeps_a_dividend_qualified() -> None:
    assert qualified_from(date(2024, 7, 11), EX) == date(2024, 9, 10)
    assert qualified_from(date(2024, 6, 12), EX) == date(2024, 8, 12)


def test_an_old_lot_keeps_its_dividend_from_the_ex_dividend_day() -> None:
    assert qualified_from(date(2020, 1, 2), EX) == EX


def test_shares_bought_on_the_ex_dividend_day_have_no_such_sale() -> None:
    assert qualified_from(EX, EX) is None


def test_a_sale_inside_the_window_turns_the_dividends_of_young_lots_ordinary() -> None:
    lots = [
        share("2024-07-01", "40"),  # 45 days by the sale
        share("2020-01-02", "25"),  # old enough
        share("2024-07-12", "10"),  # never qualified
        share("2024-07-01", "5", date(2024, 10, 11)),  # not yet received
    ]

    assert lost_by_sale(lots, date(2024, 8, 15)) == 40
    assert lost_by_sale(lots, date(2024, 8, 30)) == 40
    assert lost_by_sale(lots, date(2024, 8, 31)) == 0


@pytest.mark.parametrize("sale_day", [date(2024, 7, 11), date(2024, 12, 1)])
def test_a_sale_before_the_dividend_or_long_after_loses_nothing(sale_day: date) -> None:
    assert lost_by_sale([share("2024-07-01")], sale_day) == 0


@given(AROUND, AROUND)
def test_the_first_day_is_the_first_on_which_the_days_are_enough(acquired: date, sold: date) -> None:
    first = qualified_from(acquired, EX)
    if acquired < EX <= sold:
        assert is_qualified(acquired, sold, EX) is (first is not None and sold >= first)


@given(AROUND, AROUND)
def test_days_held_are_the_days_of_the_window_counted_one_by_one(acquired: date, sold: date) -> None:
    window = [EX + timedelta(days=offset) for offset in range(-60, 61)]

    assert days_in_window(acquired, sold, EX) == sum(acquired < day <= sold for day in window)
