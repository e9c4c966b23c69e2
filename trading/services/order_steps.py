"""The one way to change how an order stands: a lawful step of the rules, written down with its history."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.audit import events_write
from common.bulk import rows_insert
from common.models import OutboxEvent
from common.money import quantize
from trading.engine.order_events import OrderEvent as Step
from trading.engine.orders import OrderFacts, order_step
from trading.models import Order, OrderEvent
from trading.selectors.orders import facts_of

ZERO = Decimal(0)
STEP_FIELDS = (
    "state", "state_since", "words", "version", "cancel_wanted_at", "attempt", "epoch", "lives", "absences",
    "inquiry", "is_expired", "filled", "average_price", "reserved", "finished_at", "acknowledged_at",
    "updated_at",
)  # fmt: skip


class Steps:
    """Steps of orders whose rows the caller has locked: taken one by one, written together at the end.

    Each order is written once; all history and all news in one statement each, in the order in which it
    happened. Everything is in the caller's transaction.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._changed: dict[UUID, Order] = {}
        self._fields: dict[UUID, set[str]] = {}
        self._lines: list[OrderEvent] = []
        self._news: list[OutboxEvent] = []

    def take(
        self,
        order: Order,
        step: Step,
        *,
        words: str = "",
        detail: dict[str, Any] | None = None,
        actor_id: UUID | None = None,
    ) -> bool:
        """Let `step` happen to an order; returns whether it changed anything.

        Raises UnlawfulStep when the step cannot happen.
        """
        before = facts_of(order)
        after = order_step(before, step)
        if after is before:
            return False
        _adopt(order, before, after, self._now)
        self.also(order, *STEP_FIELDS)
        self._lines.append(
            history_line(
                order,
                kind=type(step).__name__,
                now=self._now,
                before=before.state,
                words=words or after.reason,
                detail=detail,
                actor_id=actor_id,
            )
        )
        if (before.state, before.filled) != (after.state, after.filled):
            self._news.append(order_news(order))
        return True

    def also(self, order: Order, *fields: str) -> None:
        """See that these columns of the order are written too."""
        self._changed[order.pk] = order
        self._fields.setdefault(order.pk, set()).update(fields)

    def write(self) -> None:
        """Write what was taken."""
        for key in sorted(self._changed):
            self._changed[key].save(update_fields=self._fields[key])
        rows_insert(self._lines, self._news)


def order_take(order: Order, step: Step, *, now: datetime, **line: Any) -> bool:
    """Let `step` happen to an order whose row the caller has locked; returns whether it changed anything.

    A change is written with its history and told to the pages, in the caller's transaction. Raises
    UnlawfulStep when the step cannot happen.
    """
    steps = Steps(now)
    is_news = steps.take(order, step, **line)
    steps.write()
    return is_news


def history_line(
    order: Order,
    *,
    kind: str,
    now: datetime,
    before: str = "",
    words: str = "",
    detail: dict[str, Any] | None = None,
    actor_id: UUID | None = None,
) -> OrderEvent:
    """One line of the order's history, not written yet."""
    return OrderEvent(
        order=order,
        at=now,
        kind=kind,
        before=before or order.state,
        after=order.state,
        words=words[:300],
        detail=detail or {},
        actor_id=actor_id,
    )


def history_add(order: Order, **line: Any) -> None:
    """Write one line of the order's history; see `history_line`."""
    history_line(order, **line).save(force_insert=True)


def order_tell(order: Order) -> None:
    """Tell pages and sockets how the order stands."""
    events_write([order_news(order)])


def order_news(order: Order) -> OutboxEvent:
    """What pages and sockets are told of the order as it stands, not written yet."""
    return OutboxEvent(
        topic="order.changed",
        household_id=order.portfolio.household_id,
        payload={
            "order": str(order.pk),
            "portfolio": str(order.portfolio_id),
            "state": order.state,
            "filled": f"{order.filled:f}",
            "quantity": f"{order.quantity:f}",
        },
    )


def _adopt(order: Order, before: OrderFacts, after: OrderFacts, now: datetime) -> None:
    if after.state is not before.state:
        order.state_since = now
    order.state, order.words, order.version = after.state, after.reason[:300], after.version
    order.attempt, order.epoch = after.attempt, after.epoch
    order.absences, order.inquiry, order.is_expired = after.absences, after.inquiry, after.is_expired
    order.filled, order.average_price = after.filled, after.average_price
    order.lives = [
        {"perm_id": life.perm_id, "has_ended": life.has_ended, "told_filled": f"{life.told_filled:f}"}
        for life in after.lives
    ]
    if after.is_cancel_wanted and order.cancel_wanted_at is None:
        order.cancel_wanted_at = now
    if after.lives and order.acknowledged_at is None:
        order.acknowledged_at = now
    order.reserved = _still_reserved(order, after)
    order.finished_at = (order.finished_at or now) if after.state.is_final else None


def _still_reserved(order: Order, after: OrderFacts) -> Decimal:
    """What is held back goes down with the fills, whose money has left, and ends with the order."""
    return ZERO if after.state.is_final else quantize(order.reserved_per_share * after.remaining)
