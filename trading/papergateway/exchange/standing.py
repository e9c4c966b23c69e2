"""Where a live order stands, in the words of the wire."""

from dataclasses import replace
from datetime import datetime

from trading.papergateway.exchange.floor import Floor
from trading.papergateway.exchange.rows import OrderRow


def order_stand(floor: Floor, row: OrderRow, now: datetime, *, is_told: bool = False) -> OrderRow:
    """The order with its status as of now, which is told when it changed or when `is_told` asks for it."""
    status, why_held = _standing(floor, row, now)
    stood = replace(row, status=status, why_held=why_held)
    if is_told or stood != row:
        floor.order_put(stood)
        floor.say(stood.report())
    return stood


def _standing(floor: Floor, row: OrderRow, now: datetime) -> tuple[str, str]:
    """Submitted while it may trade; PreSubmitted while it waits for hours, its parent or its trigger."""
    waits_for_trigger = row.stop_price is not None and not row.is_triggered
    reasons = ["child"] * floor.is_held(row) + ["trigger"] * waits_for_trigger
    if reasons or not floor.works(row, now):
        return "PreSubmitted", ",".join(reasons)
    return "Submitted", ""
