"""Leasing orders for sending: written down, with the number they will bear, before a byte goes out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from common.build import build_digest
from common.transactions import write_transaction
from trading.engine.order_events import Expired, Leased, LeaseExpired, RefusedLocally
from trading.engine.records import ContractFacts, OrderState, OrderTicket
from trading.models import Contract, Gateway, Order
from trading.selectors.controls import stops_standing
from trading.selectors.locked_orders import orders_lock
from trading.selectors.tickets import contract_facts, ticket_of
from trading.services.before_sending import gateway_refusal, order_refusal, sending_rank
from trading.services.gateways import gateway_fence
from trading.services.lapses import order_lapse_reason
from trading.services.order_steps import Steps, history_add, order_take


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
    locked = orders_lock(_waiting(gateway, most=len(numbers)))
    stops = stops_standing({order.account_id for order in locked.values()})
    unused, steps = iter(numbers), Steps(now)
    leased: list[Order] = []
    for order in sorted(locked.values(), key=sending_rank):
        if order.state != OrderState.PENDING:
            continue  # cancelled between the look and the lock
        if lapsed := order_lapse_reason(order, now):
            steps.take(order, Expired(reason=lapsed))
            continue
        if refusal := _refusal(gateway, order, locked, stops[order.account_id]):
            steps.take(order, RefusedLocally(reason=refusal))
            continue
        number_give(steps, gateway, order, next(unused), now, detail={})
        leased.append(order)
    steps.write()
    if leased:
        gateway.save(update_fields=["order_id_floor"])
    return sendables(gateway, leased, are_new=True)


def number_give(
    steps: Steps, gateway: Gateway, order: Order, number: int, now: datetime, *, detail: dict[str, Any]
) -> None:
    """Lease an order under an unused number of the gateway's client."""
    steps.take(order, Leased(epoch=gateway.epoch), detail={"number": number, **detail})
    order.broker_order_id, order.client_id, order.sent_at = number, gateway.client_id, now
    steps.also(order, "broker_order_id", "client_id", "sent_at")
    gateway.order_id_floor = max(gateway.order_id_floor, number)


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
    return sendables(gateway, rows, are_new=False)


def _waiting(gateway: Gateway, *, most: int) -> list[UUID]:
    """The oldest orders that wait, at most that many; a bracket is among them whole or not at all."""
    rows = Order.objects.filter(account__gateway=gateway, state=OrderState.PENDING)
    oldest = rows.order_by("created_at", "pk").values_list("pk", "parent_id")[: 2 * most]
    families: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for key, parent_id in oldest:
        families[parent_id or key].append(key)
    chosen: list[UUID] = []
    for members in families.values():
        if len(chosen) + len(members) > most:
            break
        chosen += members
    return chosen


def _refusal(gateway: Gateway, order: Order, locked: dict[UUID, Order], stop: str) -> str:
    """Why an order that was accepted must not be sent after all; empty when it may be."""
    if refusal := gateway_refusal(gateway):
        return refusal
    if order.build != build_digest():
        return "The order was accepted by another build of the product."
    parent = locked.get(order.parent_id) if order.parent_id else None
    return order_refusal(order, stop=stop, parent=parent or order.parent)


def sendables(gateway: Gateway, orders: Sequence[Order], *, are_new: bool) -> list[Sendable]:
    """What goes to the broker; the last new order of a bracket transmits the ones before it."""
    instruments = {order.instrument_id for order in orders}
    rows = Contract.objects.filter(gateway=gateway, instrument__in=instruments)
    contracts = {row.instrument_id: contract_facts(row) for row in rows}
    # Of each bracket the last that is named; an order without a parent and without children is its own.
    lasts = set({order.parent_id or order.pk: order.pk for order in orders}.values())
    numbers = {order.pk: order.broker_order_id or 0 for order in orders}
    return [
        Sendable(
            order_id=order.pk,
            account=order.account.code,
            contract=contracts[order.instrument_id],
            ticket=ticket_of(order),
            broker_order_id=order.broker_order_id or 0,
            parent_order_id=_parent_number(order, numbers),
            transmit=not are_new or order.pk in lasts,
        )
        for order in orders
    ]


def _parent_number(order: Order, numbers: dict[UUID, int]) -> int:
    if order.parent is None:
        return 0
    return numbers.get(order.parent.pk) or order.parent.broker_order_id or 0
