"""Orders and their fills, as a client of the exchange sees them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.trading.papergateway.exchange.paper_market import (
    ACME,
    CASH,
    CLIENT,
    FUND,
    GLOBEX,
    MARGIN,
    NOW,
    at,
    codes,
    commissions,
    fills,
    limit,
    order,
    paper_market,
    report_of,
    status_of,
    statuses,
)
from trading.papergateway.exchange.base import ExchangeBook
from trading.papergateway.exchange.records import CommissionReport, ExecutionReport, OrderError, OrderReport

D = Decimal
SECOND = timedelta(seconds=1)


def test_the_book_is_what_the_gateway_asks_for() -> None:
    book: ExchangeBook = paper_market()

    assert book.accounts == (CASH, MARGIN)


def test_a_market_order_is_filled_at_the_other_side_and_told_in_the_order_of_the_wire() -> None:
    book = paper_market()
    events = book.place(order(1), NOW)

    assert [type(event) for event in events] == [OrderReport, ExecutionReport, OrderReport, CommissionReport]
    assert statuses(events) == [(1, "Submitted"), (1, "Filled")]
    assert fills(events) == [(1, D(10), D("100.01"))]
    assert commissions(events) == [(D("1.00"), None)]
    assert book.cash(CASH) == D("98998.90")
    assert [(each.quantity, each.average_cost) for each in book.positions()] == [(D(10), D("100.11"))]


def test_a_sale_is_filled_at_the_bid_and_gains_what_it_brings_less_average_cost() -> None:
    book = paper_market(held=[(CASH, ACME, "100", "90.00")])
    events = book.place(order(1, "SELL", "40"), NOW)

    assert fills(events) == [(1, D(40), D("99.99"))]
    assert commissions(events) == [(D("1.00"), D("398.60"))]
    assert book.cash(CASH) == D("103998.60")


def test_a_limit_order_waits_for_its_price_and_is_never_filled_beyond_it() -> None:
    book = paper_market()
    assert statuses(book.place(limit(1, "99.50"), NOW)) == [(1, "Submitted")]
    assert book.advance(NOW + SECOND) == []
    events = book.set_price(ACME, D("99.20"), NOW + 2 * SECOND)

    assert fills(events) == [(1, D(10), D("99.21"))]


def test_an_order_larger_than_what_is_shown_is_filled_second_by_second() -> None:
    book = paper_market()
    book.set_price(ACME, D(100), NOW, size=D(40))
    events = book.place(order(1, quantity="100"), NOW)

    assert fills(events) == [(1, D(40), D("100.01"))]
    assert report_of(book, 1).remaining == 60
    assert fills(book.advance(NOW + 5 * SECOND)) == [(1, D(40), D("100.01")), (1, D(20), D("100.01"))]
    assert [fee.commission for _, fee in book.executions(None)] == [D("1.00"), D(0), D(0)]
    assert [fill.executed_at for fill, _ in book.executions(NOW + SECOND)] == [NOW + SECOND, NOW + 2 * SECOND]


def test_an_immediate_order_is_cancelled_for_what_is_not_filled_at_once() -> None:
    book = paper_market()
    book.set_price(ACME, D(100), NOW, size=D(40))
    events = book.place(limit(1, "100.01", quantity="100", tif="IOC"), NOW)

    assert fills(events) == [(1, D(40), D("100.01"))]
    assert codes(events) == [(1, 202)]
    assert (report_of(book, 1).status, report_of(book, 1).filled) == ("Cancelled", D(40))


def test_a_stop_waits_for_the_last_price_and_then_takes_the_market() -> None:
    book = paper_market(held=[(CASH, ACME, "10", "90")])
    assert statuses(book.place(order(1, "SELL", kind="STP", aux_price="98"), NOW)) == [(1, "PreSubmitted")]
    assert report_of(book, 1).why_held == "trigger"
    assert book.set_price(ACME, D("98.01"), NOW) == []
    events = book.set_price(ACME, D("98.00"), NOW)

    assert statuses(events) == [(1, "Submitted"), (1, "Filled")]
    assert fills(events) == [(1, D(10), D("97.99"))]


def test_a_stop_limit_becomes_a_limit_that_may_wait() -> None:
    book = paper_market()
    book.place(order(1, kind="STP LMT", aux_price="102", limit_price="102.50"), NOW)
    assert statuses(book.set_price(ACME, D("103"), NOW)) == [(1, "Submitted")]
    assert fills(book.set_price(ACME, D("102.49"), NOW)) == [(1, D(10), D("102.50"))]


@pytest.mark.parametrize("trail", [{"aux_price": "2"}, {"trailing_percent": "2"}])
def test_a_trailing_stop_follows_the_market_up_and_not_down(trail: dict[str, str]) -> None:
    book = paper_market(held=[(CASH, ACME, "10", "90")])
    book.place(order(1, "SELL", kind="TRAIL", **trail), NOW)
    assert book.set_price(ACME, D("98.01"), NOW) == []
    assert book.set_price(ACME, D("110"), NOW) == []
    assert book.set_price(ACME, D("108.01"), NOW) == []
    events = book.set_price(ACME, D("107.80"), NOW)

    assert fills(events) == [(1, D(10), D("107.79"))]


def test_a_trailing_purchase_follows_down_from_the_stop_it_was_given() -> None:
    book = paper_market()
    book.place(order(1, kind="TRAIL", aux_price="1", trail_stop_price="105"), NOW)
    assert book.set_price(ACME, D("95"), NOW) == []
    assert fills(book.set_price(ACME, D("96"), NOW)) == [(1, D(10), D("96.01"))]


def test_a_trailing_stop_on_a_moving_market_sells_its_trail_below_the_high() -> None:
    book = paper_market(held=[(CASH, ACME, "10", "90")], prices={})
    book.place(order(1, "SELL", kind="TRAIL", aux_price="0.60", tif="GTC"), NOW)
    lasts = [book.quote(ACME, NOW).last or D(0)]
    moment = NOW
    while status_of(book, 1) != "Filled":
        moment += SECOND
        book.advance(moment)
        lasts.append(book.quote(ACME, moment).last or D(0))

    assert lasts[-1] <= max(lasts) - D("0.60")
    assert all(last > max(lasts[: place + 1]) - D("0.60") for place, last in enumerate(lasts[:-1]))


def test_orders_for_the_close_are_filled_at_the_close() -> None:
    book = paper_market(prices={})
    book.place(order(1, kind="MOC"), NOW)
    book.place(order(2, kind="LOC", limit_price="150"), NOW)
    book.place(order(3, kind="LOC", limit_price="50"), NOW)
    assert [status_of(book, number) for number in (1, 2, 3)] == ["Submitted"] * 3
    events = book.advance(at("22:00:00"))
    close = book.close(ACME, NOW.date())

    assert fills(events) == [(1, D(10), close), (2, D(10), close)]
    assert status_of(book, 3) == "Cancelled"
    assert {fill.executed_at for fill, _ in book.executions(None)} == {at("21:00:00")}


def test_in_the_last_ten_minutes_orders_for_the_close_are_neither_taken_nor_taken_back() -> None:
    book = paper_market()
    book.place(order(1, kind="MOC"), at("20:49:59"))

    assert codes(book.place(order(2, kind="MOC"), at("20:50:00"))) == [(2, 201)]
    assert codes(book.cancel(CLIENT, 1, at("20:50:00"))) == [(1, 161)]
    assert book.cancel_all(at("20:50:01")) == []
    assert status_of(book, 1) == "Submitted"


def test_a_held_price_is_the_close_and_a_halt_leaves_none() -> None:
    book = paper_market()
    book.place(order(1, kind="MOC"), NOW)
    book.place(order(2, kind="MOC", con_id=GLOBEX), NOW)
    book.halt(GLOBEX, NOW)
    events = book.advance(at("21:00:00"))

    assert fills(events) == [(1, D(10), D(100))]
    assert status_of(book, 2) == "Cancelled"


def test_a_day_order_ends_at_the_close_and_a_lasting_one_goes_on_the_next_day() -> None:
    book = paper_market()
    book.place(limit(1, "90"), NOW)
    book.place(limit(2, "90", tif="GTC"), NOW)
    events = book.advance(at("21:00:00"))

    assert codes(events) == [(1, 202)]
    assert statuses(events) == [(1, "Cancelled"), (2, "PreSubmitted")]
    later = at("15:00:00", NOW.date().replace(day=27))
    assert statuses(book.advance(later)) == [(2, "Submitted")]
    assert fills(book.set_price(ACME, D(89), later)) == [(2, D(10), D("89.01"))]


def test_an_order_good_till_a_moment_ends_then() -> None:
    book = paper_market()
    book.place(limit(1, "90", tif="GTD", good_till=at("16:00:00")), NOW)
    assert book.advance(at("15:59:59")) == []
    book.advance(at("18:00:00"))

    assert (status_of(book, 1), report_of(book, 1).completed_at) == ("Cancelled", at("16:00:00"))


def test_an_order_at_night_is_remarked_upon_and_waits_for_the_next_session() -> None:
    book = paper_market()
    events = book.place(order(1), at("23:00:00"))
    title = "Order Message:\nBUY 10 ACME NASDAQ\nWarning: "

    assert [event.words for event in events if isinstance(event, OrderError)] == [
        f"{title}your order will not be placed at the exchange until 2026-11-27 09:30:00 US/Eastern"
    ]
    assert codes(events) == [(1, 399)]
    assert statuses(events) == [(1, "PreSubmitted")]
    opens = at("14:30:00", NOW.date().replace(day=27))
    assert fills(book.advance(opens)) == [(1, D(10), D("100.01"))]
    assert report_of(book, 1).completed_at == opens


def test_a_limit_may_trade_in_early_and_late_hours_if_it_asks_to() -> None:
    early = at("10:00:00")
    book = paper_market(now=early)
    assert codes(book.place(limit(1, "101"), early)) == [(1, 399)]
    assert fills(book.place(limit(2, "101", outside_rth=True), early)) == [(2, D(10), D("100.01"))]
    assert codes(book.place(order(3, outside_rth=True), early)) == [(3, 2109), (3, 399)]
    book.place(limit(4, "90", outside_rth=True), NOW)
    book.advance(at("22:00:00"))
    assert status_of(book, 4) == "Submitted"
    book.advance(at("01:00:00", NOW.date().replace(day=26)))
    assert status_of(book, 4) == "Cancelled"


def test_an_endless_market_trades_at_night_and_says_what_it_is() -> None:
    book = paper_market(is_always_open=True)
    events = book.place(order(1), at("23:00:00"))
    title = "Order Message:\nBUY 10 ACME NASDAQ\nWarning: "

    assert fills(events) == [(1, D(10), D("100.01"))]
    assert [event.words for event in events if isinstance(event, OrderError)] == [
        f"{title}this paper market never closes; its prices between real closes are invented"
    ]
    assert codes(book.place(order(2), at("15:00:00", NOW.date().replace(day=27)))) == []


def test_a_halt_stops_fills_until_trading_resumes() -> None:
    book = paper_market()
    book.halt(ACME, NOW)
    assert fills(book.place(order(1), NOW)) == []
    assert book.advance(NOW + timedelta(minutes=5)) == []
    assert fills(book.resume(ACME, NOW + timedelta(minutes=6))) == [(1, D(10), D("100.01"))]


def test_a_fund_trades_in_fractions_and_a_stock_does_not() -> None:
    book = paper_market(prices={FUND: "20"})

    assert codes(book.place(order(1, quantity="0.5"), NOW)) == [(1, 10243)]
    events = book.place(order(2, quantity="0.5", con_id=FUND), NOW)
    assert fills(events) == [(2, D("0.5"), D("20.01"))]
    assert commissions(events) == [(D("0.01"), None)]


def test_numbers_of_clients_rise_each_for_itself() -> None:
    book = paper_market()
    book.place(limit(5, "90"), NOW)
    book.place(limit(6, "90.001"), NOW)

    assert (book.next_order_id(CLIENT), book.next_order_id(8)) == (7, 1)


def test_time_that_goes_back_is_not_believed() -> None:
    book = paper_market()
    book.advance(NOW + timedelta(hours=1))
    book.place(order(1), NOW)

    assert report_of(book, 1).completed_at == NOW + timedelta(hours=1)
    assert book.executions(NOW + timedelta(hours=2)) == []
