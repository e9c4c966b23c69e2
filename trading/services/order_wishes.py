"""Wishes about an order that was accepted: to cancel it, and to change it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from common.audit import audit_record
from common.errors import Conflict, InvalidInput, NotFound
from common.money import ARITHMETIC
from common.transactions import write_transaction
from portfolios.engine.records import LotChoice
from trading.engine.named_lots import lots_of_fill
from trading.engine.order_events import CancelWanted
from trading.engine.records import OrderState, OrderTicket
from trading.engine.trade_requests import OrderWanted, TradeRequest
from trading.models import Order
from trading.selectors.locked_orders import orders_lock
from trading.selectors.tickets import CHANGEABLE, lots_named, ticket_of
from trading.services.acceptance import (
    TradeRefused,
    accounts_lock,
    refusal_note,
    refuse_if_against,
    reserved_per_share,
    verdict_json,
)
from trading.services.judging import Prepared, Sitting, looked_again, orders_judge, orders_prepare
from trading.services.nudges import nudge
from trading.services.order_steps import history_add, order_take, order_tell

LIVING = frozenset({OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED})


@write_transaction
def order_cancel(user: User, order_id: UUID, *, now: datetime) -> Order:
    """Ask for the cancellation of an order; one that was not sent yet ends at once. It stays possible always.

    Raises NotFound for an order that is not the user's to trade, Conflict for one that is over.
    """
    order = _order_of(user, order_id)
    if OrderState(order.state).is_final:
        raise Conflict(f"The order is {order.get_state_display().lower()} already.", code="order-over")
    order_take(order, CancelWanted(), now=now, actor_id=user.pk)
    audit_record(actor_id=user.pk, action="order.cancel", subject=order, detail={})
    order_tell(order)
    transaction.on_commit(partial(nudge, order.account.gateway_id))
    return order


def order_change(
    user: User,
    order_id: UUID,
    changes: Mapping[str, Decimal],
    *,
    signed_in_at: datetime | None,
    now: datetime,
    confirmed: frozenset[str] = frozenset(),
) -> Order:
    """Ask for a change of an order's quantity or prices, judged by all controls as a new order would be.

    `changes` names columns of `CHANGEABLE`. Raises NotFound, InvalidInput by field, TradeRefused, and
    Conflict for an order that cannot be changed now.
    """
    if unknown := set(changes) - set(CHANGEABLE):
        raise InvalidInput(f"{', '.join(sorted(unknown))} cannot be changed.", code="invalid-input")
    order = Order.objects.tradable_by(user).select_related("parent").filter(pk=order_id).first()
    if order is None:
        raise NotFound("There is no such order.", code="not-found")
    ticket = replace(ticket_of(order), **dict[str, Any](changes))
    wanted = OrderWanted(
        portfolio_id=order.portfolio_id,
        instrument_id=order.instrument_id,
        ticket=ticket,
        lots=_lots_left(order, ticket),
        filled=order.filled,
    )
    request = TradeRequest(orders=(wanted,), confirmed=confirmed, origin=order.origin)
    sitting = Sitting(user=user, request=request, signed_in_at=signed_in_at, now=now)
    prepared = orders_prepare(sitting)
    try:
        return _change(sitting, prepared, order_id, wanted.ticket)
    except TradeRefused as refused:
        refusal_note(sitting, prepared, refused)
        raise


@write_transaction
def _change(sitting: Sitting, prepared: list[Prepared], order_id: UUID, ticket: OrderTicket) -> Order:
    accounts_lock(prepared)
    order = _order_of(sitting.user, order_id)
    _refuse_unchangeable(order, ticket)
    (judged,) = orders_judge(sitting, looked_again(sitting, prepared), [order.pk], own=order)
    refuse_if_against([judged])
    before = {name: getattr(order, name) for name in CHANGEABLE}
    values = {name: getattr(ticket, name) for name in CHANGEABLE}
    order.wanted = {name: f"{value:f}" for name, value in values.items() if value is not None}
    # Until the broker has said which of the two holds, both are covered.
    per_share = reserved_per_share(judged.reserved or Decimal(0), ticket.quantity)
    order.reserved_per_share = max(order.reserved_per_share, per_share)
    left = max(order.quantity, ticket.quantity) - order.filled
    order.reserved = ARITHMETIC.multiply(order.reserved_per_share, left)
    order.notional = max(order.notional, judged.notional or Decimal(0))
    order.verdicts = [verdict_json(verdict) for verdict in judged.verdicts]
    order.save(
        update_fields=["wanted", "reserved_per_share", "reserved", "notional", "verdicts", "updated_at"]
    )
    detail = {
        name: [None if before[name] is None else f"{before[name]:f}", order.wanted.get(name)]
        for name in CHANGEABLE
        if before[name] != values[name]
    }
    history_add(order, kind="ChangeWanted", now=sitting.now, detail=detail, actor_id=sitting.user.pk)
    audit_record(actor_id=sitting.user.pk, action="order.change", subject=order, detail=detail)
    order_tell(order)
    transaction.on_commit(partial(nudge, order.account.gateway_id))
    return order


def _refuse_unchangeable(order: Order, ticket: OrderTicket) -> None:
    if order.state not in LIVING or order.cancel_wanted_at is not None:
        raise Conflict(
            "Only an order that is working at the broker can be changed.", code="order-not-working"
        )
    if order.wanted is not None:
        raise Conflict("An earlier change has not been answered by the broker yet.", code="change-under-way")
    if ticket.quantity <= order.filled:
        filled = format(order.filled.normalize(), "f")
        sentence = f"{filled} shares are filled already: cancel the order instead."
        raise InvalidInput(sentence, code="invalid-input", fields={"quantity": [sentence]})
    if all(getattr(order, name) == getattr(ticket, name) for name in CHANGEABLE):
        raise InvalidInput("Nothing would change.", code="invalid-input")


def _lots_left(order: Order, ticket: OrderTicket) -> tuple[LotChoice, ...]:
    """The lots that were named with the order, as far as they are for what is still to fill.

    A smaller order leaves those out that were named last.
    """
    left = ticket.quantity - order.filled
    return tuple(lots_of_fill(lots_named(order), before=order.filled, quantity=left))


def _order_of(user: User, order_id: UUID) -> Order:
    """The order, locked; one that the user may not trade is told from none by nothing."""
    if not Order.objects.tradable_by(user).filter(pk=order_id).exists():
        raise NotFound("There is no such order.", code="not-found")
    return orders_lock([order_id])[order_id]
