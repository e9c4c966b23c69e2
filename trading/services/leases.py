"""Leasing orders for sending: written down, with the number they will bear, before a byte goes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from common.build import build_digest
from common.transactions import write_transaction
from trading.engine.order_events import LeaseExpired, Leased, RefusedLocally
from trading.engine.records import ContractFacts, OrderKind, OrderState, OrderTicket, Side, TimeInForce
from trading.models import Contract, Gateway, Order
from trading.selectors.controls import stop_standing
from trading.services.gateways import gateway_fence
from trading.services.order_steps import facts_of, history_add, order_take, orders_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendable:
    """An order that is leased: everything that goes to the broker.

    `parent_order_id` is the broker's number of the order it waits for, 0 without one; the last of a bracket
    is transmitted and takes the others with it.
    """

    order_id: UUID
    account: str
    contract: ContractFacts
    ticket: OrderTicket
    broker_order_id: int
    parent_order_id: int
    transmit: bool


@write_transaction
def orders_lease(*, gateway_id: UUID, epoch: int, numbers: Sequence[int], now: datetime) -> list[Sendable]:
    """Lease the oldest orders that wait, at most one for each number; what must not be sent is refused.

    `numbers` are unused order numbers of the client, rising. Raises FencedOut when the gateway has another
    owner. A bracket is leased whole or not at all.
    """
    gateway = gateway_fence(gateway_id, epoch)
    waiting = _waiting(gateway, limit=len(numbers))
    locked = orders_lock([order.pk for order in waiting])
    leased: list[Order] = []
    for number, order in zip(numbers, [locked[row.pk] for row in waiting], strict=False):
        if refusal := _refusal(gateway, order):
            order_take(order, RefusedLocally(reason=refusal), now=now)
            continue
        order_take(order, Leased(epoch=epoch), now=now, detail={"number": number})
        order.broker_order_id, order.client_id, order.sent_at = number, gateway.client_id, now
        order.save(update_fields=["broker_order_id", "client_id", "sent_at"])
        gateway.order_id_floor = max(gateway.order_id_floor, number)
        leased.append(order)
    gateway.save(update_fields=["order_id_floor"])
    return _sendables(gateway, leased)


@write_transaction
def leases_expire(*, gateway_id: UUID, epoch: int, now: datetime) -> int:
    """Doubt every order that an earlier owner was sending; returns how many."""
    gateway_fence(gateway_id, epoch)
    left = Order.objects.filter(
        Q(epoch__lt=epoch), account__gateway_id=gateway_id, state=OrderState.SENDING
    ).values_list("pk", flat=True)
    return sum(
        order_take(order, LeaseExpired(epoch=order.epoch or 0), now=now)
        for order in orders_lock(list(left)).values()
    )


@write_transaction
def cancels_lease(*, gateway_id: UUID, epoch: int, now: datetime, before: datetime) -> list[Order]:
    """Orders whose cancellation has to be written to the broker: wanted, and not asked for since `before`."""
    gateway_fence(gateway_id, epoch)
    wanted = (
        Order.objects.select_for_update(of=("self",))
        .filter(account__gateway_id=gateway_id, cancel_wanted_at__isnull=False)
        .filter(state__in=[OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED, OrderState.UNKNOWN])
        .filter(broker_order_id__isnull=False)
        .filter(Q(cancel_sent_at__isnull=True) | Q(cancel_sent_at__lt=before))
        .order_by("pk")
    )
    rows = list(wanted)
    for order in rows:
        order.cancel_sent_at = now
        order.save(update_fields=["cancel_sent_at"])
        history_add(order, kind="CancelSent", now=now)
    return rows


@write_transaction
def changes_lease(*, gateway_id: UUID, epoch: int, now: datetime) -> list[Sendable]:
    """Changes that have to be written to the broker, each once; an order in doubt is never changed."""
    gateway = gateway_fence(gateway_id, epoch)
    wanted = (
        Order.objects.select_for_update(of=("self",))
        .filter(account__gateway_id=gateway_id, wanted__isnull=False, wanted__sent_at__isnull=True)
        .filter(state__in=[OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED])
        .filter(cancel_wanted_at__isnull=True)
        .order_by("pk")
    )
    rows = list(wanted)
    for order in rows:
        order.wanted = {**(order.wanted or {}), "sent_at": now.isoformat()}
        order.save(update_fields=["wanted", "updated_at"])
        history_add(order, kind="ChangeSent", now=now, detail=order.wanted)
    return _sendables(gateway, rows)


def ticket_of(order: Order) -> OrderTicket:
    """The order as a ticket, with the change that is on its way to the broker."""
    wanted: dict[str, Any] = order.wanted or {}
    values = {name: wanted.get(name, getattr(order, name)) for name in CHANGEABLE}
    return OrderTicket(
        side=Side(order.side),
        kind=OrderKind(order.kind),
        time_in_force=TimeInForce(order.time_in_force),
        trail_percent=order.trail_percent,
        good_till=order.good_till,
        outside_hours=order.outside_hours,
        oca_group=order.oca_group,
        parent_id=order.parent_id,
        quantity=_decimal(values["quantity"]) or order.quantity,
        limit_price=_decimal(values["limit_price"]),
        stop_price=_decimal(values["stop_price"]),
        trail_amount=_decimal(values["trail_amount"]),
    )
