"""Stops: where they stand, how they trail, and when the last price reaches them."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from trading.papergateway.exchange.matching import STOPS
from trading.papergateway.exchange.records import PaperOrder
from trading.papergateway.exchange.rows import OrderRow

HUNDRED = Decimal(100)


def first_stop(order: PaperOrder, last: Decimal, tick: Decimal) -> Decimal | None:
    """Where a stop stands when its order comes in; None for orders without one."""
    if order.order_type not in STOPS:
        return None
    if order.order_type != "TRAIL":
        return order.aux_price
    return trailed_stop(order, last, tick) if order.trail_stop_price is None else order.trail_stop_price


def trailed_stop(order: PaperOrder, last: Decimal, tick: Decimal) -> Decimal:
    """The stop that trails a last price: below it for a sale, above it for a purchase, on a tick."""
    if order.trailing_percent is not None:
        distance = last * order.trailing_percent / HUNDRED
    else:
        distance = order.aux_price or Decimal(0)
    stop = last + distance if order.action == "BUY" else last - distance
    return (stop / tick).to_integral_value(rounding=ROUND_HALF_UP) * tick


def watched(row: OrderRow, last: Decimal, tick: Decimal) -> OrderRow:
    """The order after a last price: its stop may have moved, or be triggered.

    IBKR watches the last price of US stocks. A trailing stop only moves towards the market.
    """
    if row.stop_price is None or row.is_triggered:
        return row
    stop = row.stop_price
    if row.order.order_type == "TRAIL":
        trailed = trailed_stop(row.order, last, tick)
        stop = min(stop, trailed) if row.is_buy else max(stop, trailed)
    is_reached = last >= stop if row.is_buy else last <= stop
    return replace(row, stop_price=stop, is_triggered=is_reached)


def may_act(row: OrderRow, low: Decimal, high: Decimal, tick: Decimal) -> bool:
    """Whether the order can do anything while the last price stays between `low` and `high`.

    Never wrong in saying no: the bid is never above the last price, nor the ask below it.
    """
    if row.stop_price is not None and not row.is_triggered:
        return watched(row, low, tick) != row or watched(row, high, tick) != row
    limit = row.order.limit_price
    if row.order.order_type not in {"LMT", "STP LMT"} or limit is None:
        return True
    return low <= limit if row.is_buy else high >= limit
