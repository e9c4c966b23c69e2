"""Orders that hang together: parents and children, and groups that cancel or reduce each other."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.trading.papergateway.exchange.paper_market import (
    ACME,
    CASH,
    CLIENT,
    MARGIN,
    NOW,
    codes,
    fills,
    limit,
    order,
    paper_market,
    report_of,
    status_of,
    statuses,
)
from trading.papergateway.exchange.book import PaperBook

D = Decimal


def bracket(book: PaperBook, *, price: str = "99") -> list[list[tuple[int, str]]]:
    """A purchase with its profit taker and its stop; what was told after each."""
    return [
        statuses(book.place(limit(1, price, transmit=False), NOW)),
        statuses(book.place(limit(2, "110", "SELL", parent_id=1, transmit=False), NOW)),
        statuses(book.place(order(3, "SELL", kind="STP", aux_price="95", parent_id=1), NOW)),
    ]


def test_a_bracket_waits_until_its_last_order_sends_them_all() -> None:
    assert bracket(paper_market()) == [
        [(1, "PreSubmitted")],
        [(2, "PreSubmitted")],
        [(1, "Submitted"), (2, "PreSubmitted"), (3, "PreSubmitted")],
    ]


def test_an_order_that_was_not_sent_does_not_trade() -> None:
    book = paper_market()
    book.place(order(1, transmit=False), NOW)
    assert book.advance(NOW + timedelta(minutes=1)) == []
    assert fills(book.place(order(1), NOW)) == [(1, D(10), D("100.01"))]


def test_children_wait_for_the_fill_of_their_parent() -> None:
    book = paper_market()
    bracket(book)
    assert [report_of(book, number).why_held for number in (1, 2, 3)] == ["", "child", "child,trigger"]
    assert report_of(book, 2).parent_perm_id == report_of(book, 1).perm_id
    events = book.set_price(ACME, D("98.50"), NOW)

    assert fills(events) == [(1, D(10), D("98.51"))]
    assert statuses(events)[-2:] == [(2, "Submitted"), (3, "PreSubmitted")]
    assert report_of(book, 3).why_held == "trigger"


def test_a_filled_child_cancels_its_sibling() -> None:
    book = paper_market()
    bracket(book, price="101")
    events = book.set_price(ACME, D("111"), NOW)

    assert fills(events) == [(2, D(10), D("110.99"))]
    assert [status_of(book, number) for number in (1, 2, 3)] == ["Filled", "Filled", "Cancelled"]
    assert book.positions() == []


def test_a_cancelled_parent_takes_its_children_along() -> None:
    book = paper_market()
    bracket(book)
    assert codes(book.cancel(CLIENT, 1, NOW)) == [(1, 202), (2, 202), (3, 202)]
    assert book.open_orders() == []
    assert [each.order.order_id for each in book.completed_orders()] == [1, 2, 3]


def test_a_refused_parent_takes_its_children_along() -> None:
    book = paper_market(cash="500")
    bracket(book)

    assert [status_of(book, number) for number in (1, 2, 3)] == ["Inactive", "Cancelled", "Cancelled"]


def test_a_child_of_a_filled_parent_works_at_once() -> None:
    book = paper_market()
    book.place(order(1), NOW)
    assert statuses(book.place(limit(2, "110", "SELL", parent_id=1), NOW)) == [(2, "Submitted")]


def test_a_child_of_nobody_or_of_an_ended_parent_is_refused() -> None:
    book = paper_market()
    book.place(limit(1, "90"), NOW)
    book.cancel(CLIENT, 1, NOW)

    assert codes(book.place(limit(2, "110", "SELL", parent_id=1), NOW)) == [(2, 201)]
    assert codes(book.place(limit(3, "110", "SELL", parent_id=77), NOW)) == [(3, 135)]


@pytest.mark.parametrize(("oca_type", "left"), [(1, None), (2, "30"), (3, "30")])
def test_a_part_fill_cancels_or_reduces_the_others_of_its_group(oca_type: int, left: str | None) -> None:
    book = paper_market(held=[(CASH, ACME, "100", "90")])
    group = {"oca_group": "exit", "oca_type": oca_type}
    book.place(order(1, "SELL", "50", "STP", aux_price="80", **group), NOW)
    book.set_price(ACME, D(100), NOW, size=D(40))
    events = book.place(limit(2, "99.99", "SELL", "100", **group), NOW)

    assert fills(events) == [(2, D(40), D("99.99"))]
    if left is None:
        assert status_of(book, 1) == "Cancelled"
    else:
        assert report_of(book, 1).order.quantity == D(left)
    book.advance(NOW + timedelta(seconds=5))
    assert status_of(book, 1) == "Cancelled"


def test_a_group_reduced_below_one_share_is_cancelled() -> None:
    book = paper_market(held=[(CASH, ACME, "100", "90")])
    book.place(limit(1, "120", "SELL", "1", oca_group="exit"), NOW)
    book.set_price(ACME, D(100), NOW, size=D(40))
    book.place(limit(2, "99.99", "SELL", "100", oca_group="exit"), NOW)

    assert status_of(book, 1) == "Cancelled"


def test_groups_of_two_accounts_do_not_meet() -> None:
    book = paper_market()
    book.place(limit(1, "90", oca_group="entry", account=MARGIN), NOW)
    book.place(order(2, oca_group="entry"), NOW)

    assert status_of(book, 1) == "Submitted"


def test_a_group_may_sell_the_same_shares_once() -> None:
    book = paper_market(held=[(CASH, ACME, "100", "90")])
    book.place(limit(1, "120", "SELL", "100", oca_group="exit"), NOW)
    assert codes(book.place(order(2, "SELL", "100", "STP", aux_price="80", oca_group="exit"), NOW)) == []
    assert codes(book.place(limit(3, "120", "SELL", "1"), NOW)) == [(3, 201)]
