"""Sending again what surely never reached the broker: within its time, and under a new number."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from common.transactions import write_transaction
from trading.engine.order_events import Rejected
from trading.engine.orders import PROOFS_OF_ABSENCE
from trading.engine.records import OrderState
from trading.models import Gateway, Order
from trading.selectors.controls import stops_standing
from trading.selectors.locked_orders import orders_lock
from trading.selectors.orders import facts_of
from trading.services.before_sending import gateway_refusal, order_refusal, sending_rank
from trading.services.gateways import gateway_fence
from trading.services.leases import Sendable, number_give, sendables
from trading.services.order_steps import Steps

TOO_LATE = "It never reached the broker, and its time has passed: the price may be another by now."


@write_transaction
def orders_resend(
    *, gateway_id: UUID, epoch: int, numbers: Sequence[int], now: datetime, within: timedelta
) -> list[Sendable]:
    """Lease orders again that the broker has proven twice not to know, at most one for each number.

    One that is older than `within`, or that a stop forbids, is refused instead: it surely does not live.
    Raises FencedOut when the gateway has another owner.
    """
    gateway = gateway_fence(gateway_id, epoch)
    locked = orders_lock(_absent(gateway_id)[: len(numbers)])
    stops = stops_standing({order.account_id for order in locked.values()})
    steps = Steps(now)
    leased: list[Order] = []
    for number, order in zip(numbers, sorted(locked.values(), key=sending_rank), strict=False):
        if not facts_of(order).may_be_resent or order.epoch != epoch:
            continue
        if refusal := _refusal(gateway, order, now, within, stops[order.account_id]):
            steps.take(order, Rejected(reason=refusal), words=refusal)
            continue
        number_give(steps, gateway, order, number, now, detail={"again": True})
        leased.append(order)
    steps.write()
    gateway.save(update_fields=["order_id_floor"])
    return sendables(gateway, leased, are_new=True)


def _absent(gateway_id: UUID) -> list[UUID]:
    """Orders that may be sent again, the oldest first."""
    rows = Order.objects.filter(account__gateway_id=gateway_id, state=OrderState.UNKNOWN)
    rows = rows.filter(absences__gte=PROOFS_OF_ABSENCE, lives=[]).order_by("created_at", "pk")
    return [row.pk for row in rows if facts_of(row).may_be_resent]


def _refusal(gateway: Gateway, order: Order, now: datetime, within: timedelta, stop: str) -> str:
    if refusal := gateway_refusal(gateway):
        return refusal
    if now - order.created_at > within:
        return TOO_LATE
    return order_refusal(order, stop=stop, parent=order.parent)
