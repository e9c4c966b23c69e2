"""Changes of orders that live at the broker: taken over once the broker tells the new terms."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.money import quantize
from common.transactions import write_transaction
from trading.engine.records import BrokerOrder
from trading.models import Order
from trading.selectors.locked_orders import orders_lock
from trading.selectors.orders import facts_of
from trading.services.order_steps import history_add, order_tell
from trading.services.reports import orders_named

# Which figure of the broker's telling answers which field of the ticket.
ANSWERED = {"quantity": "quantity", "limit_price": "limit_price", "stop_price": "stop_price"}
OWN_PRICE = "reserved_per_share"


@write_transaction
def changes_confirm(*, gateway_id: UUID, told: Sequence[BrokerOrder], now: datetime) -> int:
    """Take over the wanted terms of the orders that the broker tells with them; returns how many."""
    wanting = Order.objects.filter(account__gateway_id=gateway_id, wanted__isnull=False)
    keys = set(wanting.values_list("pk", flat=True))
    if not keys:
        return 0
    named = {key: said for said, key in orders_named(gateway_id, told).items() if key in keys}
    confirmed = 0
    for key, order in orders_lock(list(named)).items():
        if order.wanted and "sent_at" in order.wanted and _is_told(order, named[key]):
            _take_over(order, now)
            confirmed += 1
    return confirmed


def _is_told(order: Order, said: BrokerOrder) -> bool:
    """Whether every wanted term that the broker tells is told as wanted."""
    wanted = order.wanted or {}
    terms = {field: Decimal(wanted[name]) for name, field in ANSWERED.items() if wanted.get(name)}
    return all(getattr(said, field) == value for field, value in terms.items())


def _take_over(order: Order, now: datetime) -> None:
    wanted = order.wanted or {}
    names = [name for name in (*ANSWERED, "trail_amount", OWN_PRICE) if wanted.get(name)]
    for name in names:
        setattr(order, name, Decimal(wanted[name]))
    order.wanted = None
    facts = facts_of(order)
    if not facts.state.is_final:
        order.reserved = quantize(order.reserved_per_share * facts.remaining)
    order.save(update_fields=[*names, "wanted", "reserved", "updated_at"])
    history_add(order, kind="ChangeTaken", now=now, detail={name: wanted[name] for name in names})
    order_tell(order)
