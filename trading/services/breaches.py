"""What has filled beyond its approval stops all trading, as soon as the fill is told."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from trading.models import Order
from trading.services.kill_switches import kill_switch_engage

ORIGIN = "control"
STOPPED = "Trading stops until somebody has looked."


def breaches_stop(orders: Sequence[Order], *, now: datetime) -> None:
    """Hold orders, as their fills have left them, against what was approved, and stop trading on a breach.

    Control 9 judges the next order by what is at the broker; this does not wait for one (SEC Release
    34-70694: nothing compared what left with what had been entered).
    """
    for order in orders:
        if sentence := _breach(order):
            kill_switch_engage(
                account=None, reason=f"{sentence} {STOPPED}", now=now, actor=None, origin=ORIGIN
            )


def _breach(order: Order) -> str:
    """How the order went beyond its approval; empty when it did not."""
    approved = _approved(order)
    if order.filled > approved:
        return f"{_plain(order.filled)} shares were filled where {_plain(approved)} were approved."
    if order.oca_group and order.filled and _is_group_beyond(order):
        return "Orders of which one was to end the other have filled both."
    return ""


def _approved(order: Order) -> Decimal:
    """Shares that may fill: the larger of both while a change is on its way."""
    approved: Decimal = order.quantity
    wanted = (order.wanted or {}).get("quantity")
    return approved if wanted is None else max(approved, Decimal(wanted))


def _is_group_beyond(order: Order) -> bool:
    """Whether the orders of a group have filled more together than one of them may."""
    group = Order.objects.filter(account_id=order.account_id, oca_group=order.oca_group)
    parts = (
        Fraction(filled) / Fraction(quantity) for filled, quantity in group.values_list("filled", "quantity")
    )
    return sum(parts) > 1


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
