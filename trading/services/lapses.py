"""Giving up orders that waited too long to be sent: nobody is surprised by them hours later."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from common.transactions import write_transaction
from trading.engine.lapses import lapse_reason
from trading.engine.order_events import Expired
from trading.engine.records import OrderState, TimeInForce
from trading.models import Order
from trading.selectors.locked_orders import orders_lock
from trading.services.market_hours import session_end
from trading.services.order_steps import order_take

# Each pass holds the locks of so many orders at most.
AT_ONCE = 200


def order_lapse_reason(order: Order, now: datetime) -> str:
    """Why an order that waits to be sent is given up; empty while it may be sent.

    What waits for another order goes with it: a bracket is sent whole or not at all.
    """
    first = order.parent or order
    return lapse_reason(
        placed_at=first.created_at,
        now=now,
        within=timedelta(seconds=settings.ORDER_PENDING_SECONDS),
        time_in_force=TimeInForce(first.time_in_force),
        session_ends=session_end(first.created_at),
        good_till=first.good_till,
    )


def orders_lapse(*, now: datetime) -> int:
    """Cancel every order that waited too long to be sent, and free what it held back; returns how many.

    It needs no gateway and no daemon: orders must not wait for either to come back. One that is leased in
    the same moment is decided by its row's lock.
    """
    waiting = Order.objects.filter(state=OrderState.PENDING).select_related("parent")
    due = [order.pk for order in waiting.order_by("pk") if order_lapse_reason(order, now)]
    return sum(_lapse(due[place : place + AT_ONCE], now) for place in range(0, len(due), AT_ONCE))


@write_transaction
def _lapse(keys: list[UUID], now: datetime) -> int:
    rows = orders_lock(keys).values()
    reasons = [(order, order_lapse_reason(order, now)) for order in rows if order.state == OrderState.PENDING]
    return sum(order_take(order, Expired(reason=reason), now=now) for order, reason in reasons if reason)
