"""Tickets and contracts in the words of the package: what goes to the broker, and nothing it could add to.

Every field whose default differs between accounts is written out, so that no preset of the account fills it.
"""

from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from trading.brokers.ibkr.package import Contract, Order
from trading.engine.records import ContractFacts, OrderKind, OrderTicket, Side, TimeInForce

ORDER_TYPES = MappingProxyType(
    {
        OrderKind.MARKET: "MKT",
        OrderKind.LIMIT: "LMT",
        OrderKind.STOP: "STP",
        OrderKind.STOP_LIMIT: "STP LMT",
        OrderKind.TRAILING_STOP: "TRAIL",
        OrderKind.MARKET_ON_CLOSE: "MOC",
        OrderKind.LIMIT_ON_CLOSE: "LOC",
    }
)
TIMES_IN_FORCE = MappingProxyType(
    {
        TimeInForce.DAY: "DAY",
        TimeInForce.GOOD_TILL_CANCELLED: "GTC",
        TimeInForce.IMMEDIATE_OR_CANCEL: "IOC",
        TimeInForce.GOOD_TILL_DATE: "GTD",
    }
)
ACTIONS = MappingProxyType({Side.BUY: "BUY", Side.SELL: "SELL"})
LIMIT_KINDS = frozenset({OrderKind.LIMIT, OrderKind.STOP_LIMIT, OrderKind.LIMIT_ON_CLOSE})
STOP_KINDS = frozenset({OrderKind.STOP, OrderKind.STOP_LIMIT})
CANCEL_WITH_BLOCK = 1  # of an OCA group one order works at a time, so two can never fill at once


def ib_contract(facts: ContractFacts) -> Any:
    """A new contract object of the package for `facts`."""
    return Contract(
        conId=facts.con_id,
        symbol=facts.symbol,
        secType=facts.kind,
        exchange=facts.exchange,
        primaryExchange=facts.primary_exchange,
        currency=facts.currency,
    )


def ib_order(
    ticket: OrderTicket, *, account: str, order_id: int = 0, order_ref: str = "", parent_order_id: int = 0,
    transmit: bool = True,
) -> Any:  # fmt: skip
    """The package's order for a ticket. Raises ValueError for an amount that the wire cannot carry."""
    order = Order(
        orderId=order_id,
        action=ACTIONS[ticket.side],
        totalQuantity=wire_number(ticket.quantity),
        orderType=ORDER_TYPES[ticket.kind],
        tif=TIMES_IN_FORCE[ticket.time_in_force],
        account=account,
        orderRef=order_ref,
        parentId=parent_order_id,
        transmit=transmit,
        outsideRth=ticket.outside_hours,
        ocaGroup=_group(account, ticket),
        ocaType=CANCEL_WITH_BLOCK if ticket.oca_group else 0,
    )
    _prices(order, ticket)
    if ticket.time_in_force is TimeInForce.GOOD_TILL_DATE and ticket.good_till is not None:
        order.goodTillDate = wire_time(ticket.good_till)
    return order


def _group(account: str, ticket: OrderTicket) -> str:
    """The group by its account too: two accounts of a login may well give theirs the same name."""
    return f"{account}:{ticket.oca_group}" if ticket.oca_group else ""


def _prices(order: Any, ticket: OrderTicket) -> None:
    """Prices go where the kind of order reads them; a ticket's other prices stay behind."""
    if ticket.kind in LIMIT_KINDS and ticket.limit_price is not None:
        order.lmtPrice = wire_number(ticket.limit_price)
    if ticket.kind in STOP_KINDS and ticket.stop_price is not None:
        order.auxPrice = wire_number(ticket.stop_price)
    if ticket.kind is OrderKind.TRAILING_STOP:
        _trail(order, ticket)


def _trail(order: Any, ticket: OrderTicket) -> None:
    if ticket.trail_percent is not None:
        order.trailingPercent = wire_number(ticket.trail_percent)
    elif ticket.trail_amount is not None:
        order.auxPrice = wire_number(ticket.trail_amount)
    if ticket.stop_price is not None:
        order.trailStopPrice = wire_number(ticket.stop_price)


def wire_number(value: Decimal) -> float:
    """`value` as the package wants it. Raises ValueError when the wire would carry another number."""
    number = float(value)
    if Decimal(repr(number)) != value:
        raise ValueError(f"{value} has more digits than an order can carry")
    return number


def wire_time(moment: datetime) -> str:
    """A moment in UTC as the broker reads it, `20261231-20:59:00`."""
    return moment.astimezone(UTC).strftime("%Y%m%d-%H:%M:%S")
