"""Fills that are told anew."""

from decimal import Decimal

import pytest

from tests.trading.papergateway.exchange.paper_market import (
    ACME,
    CASH,
    NOW,
    commissions,
    fills,
    order,
    paper_market,
    report_of,
    statuses,
)
from trading.papergateway.exchange.book import PaperBook

D = Decimal


def traded() -> tuple[PaperBook, str, str]:
    """Ten shares bought at 100.01 and four sold at 99.99, with the names of both fills."""
    book = paper_market()
    book.place(order(1), NOW)
    book.place(order(2, "SELL", "4"), NOW)
    bought, sold = (fill.exec_id for fill, _ in book.executions(None))
    return book, bought, sold


def test_fills_have_names_of_their_own_that_end_in_the_first_telling() -> None:
    _, bought, sold = traded()

    assert bought != sold
    assert bought.endswith(".01")
    assert sold.endswith(".01")


def test_a_corrected_price_is_told_under_the_next_number_and_makes_cash_and_gains_anew() -> None:
    book, bought, sold = traded()
    assert book.cash(CASH) == D("99397.86")
    events = book.correct_execution(bought, price=D("95.01"))

    assert fills(events) == [(1, D(10), D("95.01"))]
    assert [fill.exec_id for fill, _ in book.executions(None)] == [bought[:-2] + "02", sold]
    assert book.cash(CASH) == D("99447.86")
    assert [fee.realised for _, fee in book.executions(None)] == [None, D("18.52")]
    assert (report_of(book, 1).average_price, report_of(book, 1).commission) == (D("95.01"), D("1.00"))
    assert fills(book.correct_execution(bought[:-2] + "02", price=D("96.01"))) == [(1, D(10), D("96.01"))]


def test_a_busted_fill_leaves_no_shares_and_costs_nothing() -> None:
    book, _, sold = traded()
    events = book.bust_execution(sold)

    assert fills(events) == [(2, D(0), D("99.99"))]
    assert commissions(events) == [(D(0), None)]
    assert statuses(events) == [(2, "Filled")]
    assert report_of(book, 2).filled == 0
    assert book.positions()[0].quantity == 10
    assert book.cash(CASH) == D("98998.90")


def test_a_correction_of_one_part_moves_what_was_filled_after_it() -> None:
    book = paper_market()
    book.set_price(ACME, D(100), NOW, size=D(6))
    book.place(order(1), NOW)
    book.advance(NOW.replace(second=1))
    first, second = (fill.exec_id for fill, _ in book.executions(None))
    book.correct_execution(first, quantity=D(5))

    assert [fill.cumulative for fill, _ in book.executions(None)] == [D(5), D(9)]
    assert report_of(book, 1).filled == 9
    book.bust_execution(second)
    assert report_of(book, 1).filled == 5


def test_an_unknown_fill_and_one_larger_than_its_order_are_refused() -> None:
    book, bought, _ = traded()
    before = book.state()

    with pytest.raises(ValueError, match="there is no fill"):
        book.correct_execution("nothing.01")
    with pytest.raises(ValueError, match="larger than its order"):
        book.correct_execution(bought, quantity=D(11))
    assert book.state() == before
