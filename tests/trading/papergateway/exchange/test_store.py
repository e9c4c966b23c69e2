"""What is kept, how little of it is written, and that it comes back."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.trading.papergateway.exchange.paper_market import (
    ACME,
    CASH,
    CLIENT,
    NOW,
    fills,
    limit,
    order,
    paper_market,
    report_of,
)
from trading.papergateway.exchange.rows import OrderRow
from trading.papergateway.exchange.store import decode, encode

D = Decimal


def test_a_row_survives_being_made_plain() -> None:
    row = OrderRow(
        order=limit(1, "99.50", good_till=NOW), perm_id=7, expires_at=NOW, spent=D("1.10"), why_held="child"
    )

    assert decode(OrderRow, json.loads(json.dumps(encode(row)))) == row


def test_a_field_that_an_older_state_lacks_takes_its_default() -> None:
    row = OrderRow(order=order(1), perm_id=7)
    data = encode(row)
    del data["why_held"]

    assert decode(OrderRow, data) == row


def test_a_restarted_book_has_the_same_orders_fills_cash_and_numbers() -> None:
    book = paper_market()
    book.place(order(1), NOW)
    book.place(limit(2, "90"), NOW)
    twin = paper_market(cash="1")
    twin.restore(json.loads(json.dumps(book.state(), sort_keys=True)))

    assert twin.open_orders() == book.open_orders()
    assert twin.completed_orders() == book.completed_orders()
    assert twin.executions(None) == book.executions(None)
    assert (twin.cash(CASH), twin.next_order_id(CLIENT)) == (D("98998.90"), 3)
    assert twin.quote(ACME, NOW) == book.quote(ACME, NOW)
    twin.place(order(3), NOW)
    assert report_of(twin, 3).perm_id == report_of(book, 2).perm_id + 1
    assert len({fill.exec_id for fill, _ in twin.executions(None)}) == 2


def test_fills_come_back_in_the_order_in_which_they_happened() -> None:
    book = paper_market()
    for number in range(1, 12):
        book.place(order(number, quantity="1"), NOW + timedelta(seconds=number))
    twin = paper_market()
    twin.restore(dict(sorted(book.state().items())))

    assert twin.executions(None) == book.executions(None)


def test_only_rows_that_changed_are_drained() -> None:
    book = paper_market()
    book.place(limit(1, "90"), NOW)
    book.drain()
    book.place(limit(2, "90"), NOW)

    assert sorted(book.drain()) == ["client:7", "counter:book", "order:7/2"]
    assert book.drain() == {}
    book.advance(NOW + timedelta(hours=1))
    assert book.drain() == {}
    book.cancel(CLIENT, 1, NOW + timedelta(hours=1))
    assert sorted(book.drain()) == ["counter:book", "order:7/1"]


def test_a_row_that_is_gone_is_drained_as_nothing() -> None:
    book = paper_market(prices={ACME: "100"})
    book.drain()
    book.release_price(ACME, NOW)

    assert book.drain()[f"hold:{ACME}"] is None


def test_what_a_fill_costs_to_keep_does_not_grow_with_the_book() -> None:
    book = paper_market()
    sizes = []
    for number in range(1, 200):
        book.place(order(number, quantity="1"), NOW)
        sizes.append(len(json.dumps(book.drain())))

    assert max(sizes[150:]) < sizes[10] + 100


def test_time_that_passed_while_the_book_was_down_is_made_up_for() -> None:
    book = paper_market(prices={})
    book.place(limit(1, "100.50", tif="GTC"), NOW)
    book.place(order(2, quantity="9", kind="STP", aux_price="101.50"), NOW)
    twin = paper_market(prices={})
    twin.restore(book.state())
    later = NOW + timedelta(hours=3)
    events = book.advance(later)

    assert fills(events) != []
    assert twin.advance(later) == events


def test_a_state_without_counters_is_refused() -> None:
    with pytest.raises(ValueError, match="no counters"):
        paper_market().restore({})
