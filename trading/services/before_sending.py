"""What is looked at once more before an accepted order is written to the broker, the first time or again."""

from datetime import datetime
from uuid import UUID

from trading.engine.records import OrderState
from trading.models import Gateway, Order
from trading.selectors.orders import groups_spent

OVER = frozenset({OrderState.REJECTED, OrderState.CANCELLED})


def sending_rank(order: Order) -> tuple[datetime, bool, UUID]:
    """Oldest first, a parent ahead of its children."""
    return order.created_at, order.parent_id is not None, order.pk


def gateway_refusal(gateway: Gateway) -> str:
    """Why nothing at all goes out through this gateway; empty when it takes orders."""
    return "" if gateway.is_enabled and not gateway.is_read_only else "The gateway takes no orders."


def order_refusal(order: Order, *, stop: str, parent: Order | None) -> str:
    """Why an order that was accepted must not be sent after all; empty when it may be.

    `stop` is the reason of a kill switch that reaches it, `parent` the order whose fill it waits for.
    """
    if stop:
        return f"Trading is stopped: {stop}"
    if parent is not None and parent.state in OVER:
        return "The order that it waits for is over."
    if _is_spent(order):
        return "Another order of its group has filled."
    return ""


def _is_spent(order: Order) -> bool:
    """Whether what the order was to trade has been traded by one that was to end it.

    The broker ends orders of a group that it knows; this one it does not know yet.
    """
    return bool(order.oca_group and groups_spent([(order.account_id, order.oca_group)]))
