"""Changing an order that lives, and taking orders back."""

from dataclasses import replace
from datetime import datetime

from trading.papergateway.exchange.checks import DUPLICATE_ID, FILLED, MISMATCH, MODIFY_FAILED, Refusal
from trading.papergateway.exchange.ending import order_end
from trading.papergateway.exchange.floor import Floor
from trading.papergateway.exchange.funds import refusal_words
from trading.papergateway.exchange.matching import AUCTIONS
from trading.papergateway.exchange.passing import order_work
from trading.papergateway.exchange.placing import (
    expiry,
    is_past_cut_off,
    order_transmit,
    refusal_of,
    reserve_price,
)
from trading.papergateway.exchange.records import OrderError, PaperOrder
from trading.papergateway.exchange.rows import OrderRow
from trading.papergateway.exchange.standing import order_stand
from trading.papergateway.exchange.triggers import first_stop

NOT_FOUND, NOT_CANCELLABLE, WRONG_STATE = 10147, 10148, 161
# What makes an order the order that it is.
LASTING = ("account", "con_id", "action", "oca_group", "parent_id")
STOP_FIELDS = ("order_type", "aux_price", "trail_stop_price", "trailing_percent")


def order_change(floor: Floor, row: OrderRow, order: PaperOrder, now: datetime) -> None:
    """Give a live order new words. After a refusal it lives on as it was, which is told."""
    refusal = _change_refusal(floor, row, order, now)
    changed = _changed(floor, row, order, now) if refusal is None else row
    if refusal is None and changed.is_transmitted:
        words = refusal_words(floor, changed, now)
        refusal = Refusal(code=MODIFY_FAILED, words=f"Modify order failed. {words}") if words else None
    if refusal is not None:
        floor.say_error(row.order, refusal.code, refusal.words)
        floor.say(row.report())
    elif order.transmit and not changed.is_transmitted:
        order_transmit(floor, changed, now)
    else:
        order_work(floor, order_stand(floor, changed, now, is_told=True), now)


def order_change_ended(floor: Floor, row: OrderRow, order: PaperOrder) -> None:
    """Refuse the words for an order that has ended."""
    if row.status == "Filled":
        floor.say_error(order, FILLED, "Can't modify a filled order")
    else:
        floor.say_error(order, DUPLICATE_ID, "Duplicate order id")


def order_cancel(floor: Floor, client_id: int, order_id: int, now: datetime) -> None:
    """Take an order back, or say why that cannot be."""
    row = floor.order(client_id, order_id)
    if row is None:
        words = f"OrderId {order_id} that needs to be cancelled is not found."
        floor.say(OrderError(client_id=client_id, order_id=order_id, code=NOT_FOUND, words=words))
    elif not row.is_live:
        words = f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {row.status}."
        floor.say_error(row.order, NOT_CANCELLABLE, words)
    elif not is_cancellable(floor, row, now):
        words = f"Cancel attempted when order is not in a cancellable state. Order permId = {row.perm_id}"
        floor.say_error(row.order, WRONG_STATE, words)
    else:
        order_end(floor, row, now, words="")


def is_cancellable(floor: Floor, row: OrderRow, now: datetime) -> bool:
    """Whether an order can be taken back: one for the close cannot shortly before it."""
    is_at_market = row.is_transmitted and not floor.is_held(row)
    return not (row.order.order_type in AUCTIONS and is_at_market and is_past_cut_off(floor, now))


def _change_refusal(floor: Floor, row: OrderRow, order: PaperOrder, now: datetime) -> Refusal | None:
    if any(getattr(order, name) != getattr(row.order, name) for name in LASTING):
        return Refusal(code=MISMATCH, words="Order being modified does not match original order")
    refusal = refusal_of(floor, order, now)
    if refusal is not None:
        return refusal
    if order.quantity <= row.filled:
        words = f"Modify order failed. {row.filled:f} are filled already"
        return Refusal(code=MODIFY_FAILED, words=words)
    return None


def _changed(floor: Floor, row: OrderRow, order: PaperOrder, now: datetime) -> OrderRow:
    stop, is_triggered = row.stop_price, row.is_triggered
    if any(getattr(order, name) != getattr(row.order, name) for name in STOP_FIELDS):
        stop = first_stop(order, floor.last(order.con_id, now), floor.tick(order.con_id))
        is_triggered = False
    return replace(
        row,
        order=order,
        stop_price=stop,
        is_triggered=is_triggered,
        reserve_price=reserve_price(floor, order, now),
        expires_at=expiry(floor, order, now),
    )
