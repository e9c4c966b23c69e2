"""How orders end without being filled, and what ends with them."""

from dataclasses import replace
from datetime import datetime

from trading.papergateway.exchange.floor import Floor
from trading.papergateway.exchange.rows import OrderRow

CANCELLED, REFUSED = 202, 201
PREFIXES = {CANCELLED: "Order Canceled - reason:", REFUSED: "Order rejected - reason:"}


def order_end(floor: Floor, row: OrderRow, at: datetime, *, words: str, code: int = CANCELLED) -> None:
    """End an order, and the children that wait for it.

    Code 202 is a cancellation; 201 a refusal, after which the order is Inactive. The words are told with it.
    """
    is_refusal = code != CANCELLED
    row = replace(
        row,
        status="Inactive" if is_refusal else "Cancelled",
        why_held="",
        reject_reason=words if is_refusal else "",
        completed_at=at,
    )
    floor.order_put(row)
    floor.say_error(row.order, code, f"{PREFIXES[code]}{words}")
    floor.say(row.report())
    for child in children(floor, row):
        order_end(floor, child, at, words="the parent order ended")


def children(floor: Floor, row: OrderRow) -> list[OrderRow]:
    """The live orders that are attached to an order."""
    return [
        each
        for each in floor.live()
        if each.order.parent_id == row.order.order_id and each.order.client_id == row.order.client_id
    ]
