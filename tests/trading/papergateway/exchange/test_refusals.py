"""What the exchange refuses, and with which code."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.trading.papergateway.exchange.paper_market import (
    ACME,
    CASH,
    CLIENT,
    MARGIN,
    NOW,
    at,
    codes,
    fills,
    limit,
    order,
    paper_market,
    report_of,
    status_of,
    statuses,
)
from trading.papergateway.exchange.records import OrderError

D = Decimal


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"con_id": 4}, 200),
        ({"account": "DU999"}, 321),
        ({"action": "HOLD"}, 321),
        ({"order_type": "PEG MID"}, 387),
        ({"quantity": D(0)}, 321),
        ({"quantity": D(-5)}, 321),
        ({"quantity": D("NaN")}, 321),
        ({"quantity": D(2_000_000_000)}, 321),
        ({"quantity": D("1.5")}, 10243),
        ({"tif": "FOK"}, 321),
        ({"tif": "GTD"}, 321),
        ({"tif": "GTD", "good_till": NOW}, 321),
        ({"order_type": "LMT"}, 321),
        ({"order_type": "LMT", "limit_price": D("NaN")}, 321),
        ({"order_type": "LMT", "limit_price": D("-1")}, 321),
        ({"order_type": "LMT", "limit_price": D("100.005")}, 110),
        ({"order_type": "STP"}, 321),
        ({"order_type": "STP", "aux_price": D("99.999")}, 110),
        ({"order_type": "STP", "aux_price": D(99), "tif": "IOC"}, 111),
        ({"order_type": "STP LMT", "aux_price": D(99)}, 321),
        ({"order_type": "MOC", "tif": "GTC"}, 113),
        ({"order_type": "TRAIL"}, 321),
        ({"order_type": "TRAIL", "aux_price": D(1), "trailing_percent": D(1)}, 321),
        ({"order_type": "TRAIL", "aux_price": D(0)}, 321),
        ({"order_type": "TRAIL", "trailing_percent": D(100)}, 321),
        ({"order_type": "TRAIL", "aux_price": D(1), "trail_stop_price": D("99.001")}, 110),
    ],
)
def test_an_order_with_wrong_words_is_refused_and_leaves_nothing(fields: dict[str, Any], code: int) -> None:
    book = paper_market()
    events = book.place(replace(order(1), **fields), NOW)

    assert codes(events) == [(1, code)]
    assert len(events) == 1
    assert (book.open_orders(), book.completed_orders(), book.next_order_id(CLIENT)) == ([], [], 2)


def test_a_purchase_beyond_the_cash_is_refused_with_its_commission_counted() -> None:
    book = paper_market(cash="1000")
    events = book.place(limit(1, "100"), NOW)

    assert codes(events) == [(1, 201)]
    assert statuses(events) == [(1, "Inactive")]
    assert report_of(book, 1).reject_reason == (
        "Available funds are insufficient: the order needs 1001.00 USD and 1000 USD are free"
    )
    assert statuses(paper_market(cash="1001").place(limit(1, "100"), NOW)) == [(1, "Submitted")]


def test_open_purchases_reserve_their_cash_until_they_end() -> None:
    book = paper_market(cash="1500")
    book.place(limit(1, "95"), NOW)
    assert codes(book.place(limit(2, "95"), NOW)) == [(2, 201)]
    book.cancel(CLIENT, 1, NOW)
    assert codes(book.place(limit(3, "95"), NOW)) == []


def test_a_purchase_that_the_market_made_too_dear_is_cancelled_and_not_filled() -> None:
    book = paper_market(cash="1010")
    book.place(order(1, kind="STP", aux_price="100.50"), NOW)
    events = book.set_price(ACME, D(120), NOW)

    assert fills(events) == []
    assert status_of(book, 1) == "Cancelled"
    assert book.cash(CASH) == 1010


def test_a_cash_account_cannot_sell_what_it_does_not_hold_nor_sell_it_twice() -> None:
    book = paper_market(held=[(CASH, ACME, "10", "90")])

    assert codes(book.place(limit(1, "120", "SELL", "11"), NOW)) == [(1, 201)]
    assert codes(book.place(limit(2, "120", "SELL", "6"), NOW)) == []
    assert codes(book.place(limit(3, "120", "SELL", "5"), NOW)) == [(3, 201)]
    assert codes(book.place(limit(4, "120", "SELL", "4"), NOW)) == []


def test_a_child_sale_that_finds_no_shares_is_cancelled() -> None:
    book = paper_market()
    book.place(order(1), NOW)
    book.place(limit(2, "100", "SELL", parent_id=1, transmit=False), NOW)
    book.place(limit(3, "99", quantity="1", transmit=False), NOW)
    book.place(limit(4, "99", "SELL", "20", parent_id=3), NOW)
    events = book.set_price(ACME, D("98"), NOW)
    assert fills(events) == [(3, D(1), D("98.01"))]
    events = book.set_price(ACME, D("99.50"), NOW)

    assert (fills(events), status_of(book, 4)) == ([], "Cancelled")


def test_a_margin_account_may_go_short_and_buys_for_twice_its_money() -> None:
    book = paper_market(cash="1000")

    assert codes(book.place(limit(1, "100", account=MARGIN, quantity="21"), NOW)) == [(1, 201)]
    assert fills(book.place(order(2, "SELL", "5", account=MARGIN), NOW)) == [(2, D(5), D("99.99"))]
    assert book.positions()[0].quantity == -5
    assert fills(book.place(order(3, account=MARGIN, quantity="5"), NOW)) == [(3, D(5), D("100.01"))]
    assert book.positions() == []


def test_a_number_that_was_used_is_refused_whatever_became_of_its_order() -> None:
    book = paper_market()
    book.place(order(3), NOW)
    book.place(limit(4, "90"), NOW)
    book.cancel(CLIENT, 4, NOW)

    assert codes(book.place(order(3), NOW)) == [(3, 104)]
    assert codes(book.place(order(4), NOW)) == [(4, 103)]
    assert codes(book.place(order(2), NOW)) == [(2, 103)]
    assert len(book.executions(None)) == 1


def test_cancelling_what_is_not_there_or_has_ended_is_refused() -> None:
    book = paper_market()
    book.place(order(1), NOW)

    assert codes(book.cancel(CLIENT, 9, NOW)) == [(9, 10147)]
    assert book.cancel(CLIENT, 1, NOW) == [
        OrderError(
            client_id=CLIENT,
            order_id=1,
            code=10148,
            words="OrderId 1 that needs to be cancelled cannot be cancelled, state: Filled.",
        )
    ]
    assert codes(book.cancel(8, 1, NOW)) == [(1, 10147)]


def test_an_immediate_order_needs_an_open_market() -> None:
    book = paper_market()

    assert codes(book.place(order(1, tif="IOC"), at("23:00:00"))) == [(1, 201)]


def test_a_change_is_made_under_the_same_number_and_keeps_its_place() -> None:
    book = paper_market()
    book.place(limit(1, "90"), NOW)
    before = report_of(book, 1).perm_id
    events = book.place(limit(1, "91", quantity="20"), NOW)

    assert statuses(events) == [(1, "Submitted")]
    assert (report_of(book, 1).perm_id, report_of(book, 1).remaining) == (before, D(20))
    assert fills(book.place(limit(1, "101", quantity="20"), NOW)) == [(1, D(20), D("100.01"))]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"action": "SELL"}, 105),
        ({"con_id": 1002}, 105),
        ({"limit_price": D("90.001")}, 110),
        ({"quantity": D(40)}, 134),
        ({"quantity": D(5000)}, 134),
    ],
)
def test_a_refused_change_leaves_the_order_as_it_was(fields: dict[str, Any], code: int) -> None:
    book = paper_market()
    book.set_price(ACME, D(100), NOW, size=D(40))
    book.place(limit(1, "100.01", quantity="100"), NOW)
    before = report_of(book, 1)
    events = book.place(replace(before.order, **fields), NOW)

    assert codes(events) == [(1, code)]
    assert statuses(events) == [(1, "Submitted")]
    assert report_of(book, 1) == before


def test_a_changed_stop_moves_its_trigger() -> None:
    book = paper_market(held=[(CASH, ACME, "10", "90")])
    book.place(order(1, "SELL", kind="STP", aux_price="98"), NOW)
    book.place(order(1, "SELL", kind="STP", aux_price="97"), NOW)
    assert fills(book.set_price(ACME, D("97.50"), NOW)) == []
    assert fills(book.set_price(ACME, D("96.50"), NOW)) == [(1, D(10), D("96.49"))]


def test_everything_is_cancelled_at_once() -> None:
    book = paper_market()
    book.place(limit(1, "90"), NOW)
    book.place(limit(2, "91", transmit=False), NOW)

    assert codes(book.cancel_all(NOW + timedelta(seconds=1))) == [(1, 202), (2, 202)]
    assert book.open_orders() == []
