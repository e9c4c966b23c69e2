"""Stored orders and contracts as the rules see them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from portfolios.engine.records import LotChoice
from trading.engine.records import ContractFacts, OrderKind, OrderTicket, Side, TimeInForce
from trading.models import Contract, Order

# What can be changed of an order that lives at the broker.
CHANGEABLE = ("quantity", "limit_price", "stop_price", "trail_amount")


def contract_facts(row: Contract) -> ContractFacts:
    """What can be traded, as the broker named it."""
    return ContractFacts(
        con_id=row.con_id,
        symbol=row.symbol,
        kind=row.kind,
        exchange=row.exchange,
        primary_exchange=row.primary_exchange,
        currency=row.currency,
        name=row.name,
        min_tick=_plain(row.min_tick),
        size_increment=_plain(row.size_increment),
    )


def ticket_of(order: Order | Any) -> OrderTicket:
    """The order, or a row of its columns, as a ticket, with the change that somebody wants if any."""
    wanted: dict[str, Any] = order.wanted or {}
    values = {name: _amount(wanted.get(name)) or getattr(order, name) for name in CHANGEABLE}
    return OrderTicket(
        side=Side(order.side),
        kind=OrderKind(order.kind),
        time_in_force=TimeInForce(order.time_in_force),
        trail_percent=order.trail_percent,
        good_till=order.good_till,
        outside_hours=order.outside_hours,
        oca_group=order.oca_group,
        parent_id=order.parent_id,
        **values,
    )


def lots_named(order: Order) -> tuple[LotChoice, ...]:
    """The lots that were named on the ticket, in their order."""
    return tuple(
        LotChoice(lot_id=UUID(lot["lot_id"]), quantity=Decimal(lot["quantity"])) for lot in order.lots
    )


def _plain(value: Decimal) -> Decimal:
    """The same number without the zeros that its column keeps: people read it."""
    return Decimal(format(value.normalize(), "f"))


def _amount(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
