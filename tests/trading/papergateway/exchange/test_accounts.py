"""Positions at average cost: nothing is lost to rounding, and nothing is counted twice."""

from decimal import Decimal

import pytest

from tests.trading.papergateway.exchange.paper_market import (
    ACME,
    CASH,
    GLOBEX,
    MARGIN,
    NOW,
    limit,
    order,
    paper_market,
)
from trading.papergateway.exchange.accounts import position_after
from trading.papergateway.exchange.records import MarginReport, OrderError
from trading.papergateway.exchange.rows import PositionRow

D = Decimal


def position(quantity: str = "0", cost: str = "0") -> PositionRow:
    return PositionRow(account=CASH, con_id=ACME, quantity=D(quantity), cost=D(cost))


@pytest.mark.parametrize(
    ("before", "fill", "after", "realised"),
    [
        # Opening and enlarging: the commission is part of the cost.
        (("0", "0"), ("10", "100", "1"), ("10", "1001"), None),
        (("10", "1001"), ("10", "110", "1"), ("20", "2102"), None),
        (("0", "0"), ("-10", "100", "1"), ("-10", "-999"), None),
        # Closing a part, and the whole.
        (("20", "2102"), ("-10", "120", "1"), ("10", "1051"), "148"),
        (("10", "1051"), ("-10", "100", "1"), ("0", "0"), "-52"),
        (("-10", "-999"), ("4", "90", "1"), ("-6", "-599.4"), "38.6"),
        # Thirds: what is rounded away from one part stays in the other.
        (("3", "100"), ("-1", "40", "0"), ("2", "66.66666667"), "6.66666667"),
        # Turning over: three of five shares close, and bear three fifths of the commission.
        (("3", "300"), ("-5", "110", "1"), ("-2", "-219.6"), "29.4"),
        (("-3", "-300"), ("5", "90", "1"), ("2", "180.4"), "29.4"),
    ],
)
def test_a_fill_moves_a_position_at_average_cost(
    before: tuple[str, str], fill: tuple[str, str, str], after: tuple[str, str], realised: str | None
) -> None:
    result, gain = position_after(position(*before), *map(D, fill))

    assert (result.quantity, result.cost) == (D(after[0]), D(after[1]))
    assert gain == (None if realised is None else D(realised))


def test_the_summary_of_a_cash_account_counts_reserves_against_its_cash() -> None:
    book = paper_market(cash="5000", held=[(CASH, ACME, "10", "90")])
    book.place(limit(1, "90"), NOW)
    lines = {tag: value for tag, value, _ in book.summary(CASH, NOW)}

    assert lines == {
        "NetLiquidation": D(6000),
        "TotalCashValue": D(5000),
        "SettledCash": D(5000),
        "AvailableFunds": D("4099.00"),
        "ExcessLiquidity": D("4099.00"),
        "BuyingPower": D("4099.00"),
        "EquityWithLoanValue": D(5000),
        "GrossPositionValue": D(1000),
        "InitMarginReq": D(1000),
        "MaintMarginReq": D(1000),
        "RealizedPnL": D(0),
        "UnrealizedPnL": D(100),
    }
    assert {currency for _, _, currency in book.summary(CASH, NOW)} == {"USD"}


def test_the_summary_of_a_margin_account_borrows_half() -> None:
    book = paper_market(cash="1000", held=[(MARGIN, ACME, "10", "90"), (MARGIN, GLOBEX, "-5", "50")])
    lines = {tag: value for tag, value, _ in book.summary(MARGIN, NOW)}

    assert (lines["NetLiquidation"], lines["GrossPositionValue"]) == (D(1800), D(1200))
    assert (lines["InitMarginReq"], lines["MaintMarginReq"]) == (D(600), D(300))
    assert (lines["AvailableFunds"], lines["ExcessLiquidity"]) == (D(1200), D(1500))
    assert (lines["BuyingPower"], lines["UnrealizedPnL"]) == (D(2400), D(150))


def test_a_what_if_tells_what_an_order_would_do_and_does_nothing() -> None:
    book = paper_market(cash="1000", held=[(MARGIN, ACME, "10", "90")])
    state = book.state()
    report = book.what_if(limit(1, "99", account=MARGIN), NOW)

    assert isinstance(report, MarginReport)
    assert report.commission == D("1.00")
    assert (report.initial_margin_before, report.initial_margin_after) == (D(500), D(1000))
    assert (report.maintenance_margin_before, report.maintenance_margin_after) == (D(250), D(500))
    assert (report.equity_before, report.equity_after) == (D(2000), D(2009))
    assert book.state() == state


def test_a_what_if_of_a_cash_account_holds_the_whole_value() -> None:
    report = paper_market(held=[(CASH, ACME, "10", "90")]).what_if(order(1, "SELL", "4"), NOW)

    assert isinstance(report, MarginReport)
    assert (report.initial_margin_before, report.initial_margin_after) == (D(1000), D(600))


def test_a_what_if_says_why_an_order_would_be_refused() -> None:
    book = paper_market(cash="10")
    dear, wrong = book.what_if(order(1), NOW), book.what_if(limit(1, "1.005"), NOW)

    assert isinstance(dear, OrderError) and isinstance(wrong, OrderError)  # noqa: PT018
    assert (dear.code, wrong.code) == (201, 110)
    assert book.next_order_id(dear.client_id) == 1


def test_an_account_that_is_not_there_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        paper_market().cash("DU999")
