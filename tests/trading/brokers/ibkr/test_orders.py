"""Tickets become the package's orders: every field that matters, and none of the wrong ones."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from trading.brokers.ibkr.orders import ib_contract, ib_order, wire_number, wire_time
from trading.brokers.ibkr.package import Order
from trading.engine.records import ContractFacts, OrderKind, OrderTicket, Side, TimeInForce

UNSET = Order().lmtPrice
FACTS = ContractFacts(con_id=265598, symbol="AAPL", primary_exchange="NASDAQ")


def ticket(kind: OrderKind, **more: Any) -> OrderTicket:
    return OrderTicket(side=Side.BUY, quantity=Decimal(10), kind=kind, **more)


def prices(order: Any) -> tuple[Any, ...]:
    fields = (order.lmtPrice, order.auxPrice, order.trailStopPrice, order.trailingPercent)
    return tuple(None if value == UNSET else value for value in fields)


def test_a_contract_is_named_by_its_number_and_its_words() -> None:
    contract = ib_contract(FACTS)
    assert (contract.conId, contract.symbol, contract.secType) == (265598, "AAPL", "STK")
    assert (contract.exchange, contract.primaryExchange, contract.currency) == ("SMART", "NASDAQ", "USD")


def test_each_order_gets_a_contract_object_of_its_own() -> None:
    assert ib_contract(FACTS) is not ib_contract(FACTS)


@pytest.mark.parametrize(
    ("asked", "order_type", "expected"),
    [
        (ticket(OrderKind.MARKET), "MKT", (None, None, None, None)),
        (ticket(OrderKind.LIMIT, limit_price=Decimal("101.5")), "LMT", (101.5, None, None, None)),
        (ticket(OrderKind.STOP, stop_price=Decimal(90)), "STP", (None, 90.0, None, None)),
        (
            ticket(OrderKind.STOP_LIMIT, stop_price=Decimal(90), limit_price=Decimal(89)),
            "STP LMT",
            (89.0, 90.0, None, None),
        ),
        (ticket(OrderKind.TRAILING_STOP, trail_amount=Decimal(2)), "TRAIL", (None, 2.0, None, None)),
        (
            ticket(OrderKind.TRAILING_STOP, trail_percent=Decimal(5), stop_price=Decimal(95)),
            "TRAIL",
            (None, None, 95.0, 5.0),
        ),
        (ticket(OrderKind.MARKET_ON_CLOSE), "MOC", (None, None, None, None)),
        (ticket(OrderKind.LIMIT_ON_CLOSE, limit_price=Decimal(100)), "LOC", (100.0, None, None, None)),
    ],
)
def test_a_kind_of_order_carries_its_own_prices(
    asked: OrderTicket, order_type: str, expected: tuple[float | None, ...]
) -> None:
    order = ib_order(asked, account="DU1")
    assert (order.orderType, prices(order)) == (order_type, expected)


def test_a_price_that_the_kind_does_not_read_stays_behind() -> None:
    asked = ticket(OrderKind.MARKET, limit_price=Decimal(1), stop_price=Decimal(2))
    assert prices(ib_order(asked, account="DU1")) == (None, None, None, None)


def test_what_names_an_order_is_written_out() -> None:
    order = ib_order(
        OrderTicket(side=Side.SELL, quantity=Decimal("1.5")),
        account="DU1",
        order_id=7,
        order_ref="0198c0de",
        parent_order_id=6,
        transmit=False,
    )
    assert (order.action, order.totalQuantity, order.account) == ("SELL", 1.5, "DU1")
    assert (order.orderId, order.orderRef, order.parentId, order.transmit) == (7, "0198c0de", 6, False)


@pytest.mark.parametrize(
    ("time_in_force", "words"),
    [
        (TimeInForce.DAY, "DAY"),
        (TimeInForce.GOOD_TILL_CANCELLED, "GTC"),
        (TimeInForce.IMMEDIATE_OR_CANCEL, "IOC"),
    ],
)
def test_the_time_in_force_is_said_so_that_no_preset_fills_it(time_in_force: TimeInForce, words: str) -> None:
    order = ib_order(ticket(OrderKind.MARKET, time_in_force=time_in_force), account="DU1")
    assert (order.tif, order.goodTillDate) == (words, "")


def test_a_good_till_date_order_ends_at_a_moment_in_utc() -> None:
    asked = ticket(
        OrderKind.MARKET,
        time_in_force=TimeInForce.GOOD_TILL_DATE,
        good_till=datetime(2026, 12, 31, 20, 59, tzinfo=UTC),
    )
    order = ib_order(asked, account="DU1")
    assert (order.tif, order.goodTillDate) == ("GTD", "20261231-20:59:00")


def test_orders_of_a_group_work_one_at_a_time() -> None:
    alone = ib_order(ticket(OrderKind.MARKET), account="DU1")
    bound = ib_order(ticket(OrderKind.MARKET, oca_group="b-1"), account="DU1")
    assert [(alone.ocaGroup, alone.ocaType), (bound.ocaGroup, bound.ocaType)] == [("", 0), ("DU1:b-1", 1)]


def test_trading_outside_hours_is_asked_for() -> None:
    assert ib_order(ticket(OrderKind.MARKET, outside_hours=True), account="DU1").outsideRth is True


def test_an_amount_goes_to_the_wire_digit_for_digit_or_not_at_all() -> None:
    assert repr(wire_number(Decimal("123456.78901"))) == "123456.78901"
    with pytest.raises(ValueError, match=r"^1\.23456789012345678901 has more digits"):
        wire_number(Decimal("1.23456789012345678901"))


def test_a_moment_is_written_in_utc() -> None:
    assert wire_time(datetime.fromisoformat("2026-07-01T09:30:00-04:00")) == "20260701-13:30:00"
