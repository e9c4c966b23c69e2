"""Orders as the rules see them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from trading.engine.order_lives import OrderLife, OrderLives
from trading.engine.orders import OrderFacts
from trading.engine.records import OrderState
from trading.models import Order


def facts_of(order: Order) -> OrderFacts:
    """The order as the rules see it."""
    return OrderFacts(
        id=order.pk,
        quantity=order.quantity,
        state=OrderState(order.state),
        filled=order.filled,
        average_price=order.average_price,
        attempt=order.attempt,
        epoch=order.epoch or 0,
        is_cancel_wanted=order.cancel_wanted_at is not None,
        is_expired=order.is_expired,
        lives=_lives(order.lives),
        absences=order.absences,
        inquiry=order.inquiry,
        reason=order.words,
        version=order.version,
    )


def _lives(rows: Sequence[dict[str, Any]]) -> OrderLives:
    return tuple(
        OrderLife(perm_id=row["perm_id"], has_ended=row["has_ended"], told_filled=Decimal(row["told_filled"]))
        for row in rows
    )
