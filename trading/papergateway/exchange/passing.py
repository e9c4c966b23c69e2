"""How time passes: second by second where an order could act, in leaps where none can."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from trading.papergateway.exchange.ending import order_end
from trading.papergateway.exchange.filling import order_fill
from trading.papergateway.exchange.floor import Floor
from trading.papergateway.exchange.matching import AUCTIONS, limit_allows, trade_price, trade_quantity
from trading.papergateway.exchange.rows import OrderRow
from trading.papergateway.exchange.standing import order_stand
from trading.papergateway.exchange.triggers import may_act, watched

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def time_pass(floor: Floor, now: datetime) -> None:
    """Let everything happen that happens until `now`. Time does not go back."""
    if floor.clock is None:
        floor.clock = now
    while (instant := _next_instant(floor, now)) is not None:
        floor.clock = instant
        _happen(floor, instant)
    floor.clock = max(floor.clock, now)


def market_meet(floor: Floor, now: datetime) -> None:
    """Let every order meet the market as it is now."""
    for row in floor.live():
        order_work(floor, floor.current(row), now)


def order_work(floor: Floor, row: OrderRow, at: datetime) -> None:
    """Let an order meet the market once: it may be triggered, filled in part or in whole, or ended."""
    if not floor.works(row, at):
        return
    order = row.order
    quote = floor.quote(order.con_id, at)
    if not quote.is_halted:
        seen = watched(row, floor.last(order.con_id, at), floor.tick(order.con_id))
        if seen.is_triggered != row.is_triggered:
            seen = order_stand(floor, seen, at)
        floor.order_put(seen)
        row = seen
        price = trade_price(row, quote)
        if price is not None:
            row = order_fill(floor, row, trade_quantity(row, quote), price, at)
    if row.is_live and order.tif == "IOC":
        order_end(floor, row, at, words="not filled at once")


def _next_instant(floor: Floor, now: datetime) -> datetime | None:
    """The next moment until `now` at which something can happen; None if there is none."""
    live = floor.live()
    if not live or floor.clock is None:
        return None
    clock = floor.clock
    moments = [row.expires_at for row in live if row.expires_at is not None and row.expires_at > clock]
    boundary = floor.calendar.next_boundary(clock)
    if boundary is not None:
        moments.append(boundary)
    limit = min([*moments, now])
    second = _next_second(floor, [row for row in live if floor.works(row, clock)], limit)
    if second is not None:
        return second
    return limit if limit in moments and limit > clock else None


def _next_second(floor: Floor, working: Sequence[OrderRow], limit: datetime) -> datetime | None:
    """The first whole second after the clock and until `limit` at which one of the orders may act."""
    if not working or floor.clock is None:
        return None
    instant = floor.clock.replace(microsecond=0) + SECOND
    while instant <= limit:
        if any(_may_act(floor, row, instant) for row in working):
            return instant
        instant = instant.replace(second=0) + MINUTE
    return None


def _may_act(floor: Floor, row: OrderRow, instant: datetime) -> bool:
    con_id = row.order.con_id
    hold = floor.holds.get(str(con_id))
    if row.order.order_type in AUCTIONS or (hold is not None and hold.is_halted):
        return False
    tick = floor.tick(con_id)
    if hold is not None and hold.last is not None:
        is_moved = watched(row, hold.last, tick) != row
        return is_moved or trade_price(row, floor.quote(con_id, instant)) is not None
    span = floor.market.range_of_minute(con_id, instant)
    return span is None or may_act(row, span.low, span.high, tick)


def _happen(floor: Floor, instant: datetime) -> None:
    for row in floor.live():
        current = floor.current(row)
        if current.is_live and current.expires_at is not None and current.expires_at <= instant:
            _expire(floor, current, instant)
    for row in floor.live():
        order_stand(floor, row, instant)
    for row in floor.live():
        current = floor.current(row)
        if _may_act(floor, current, instant):
            order_work(floor, current, instant)


def _expire(floor: Floor, row: OrderRow, instant: datetime) -> None:
    """End an order at its time; one for the close is filled at the close if its limit allows."""
    if row.order.order_type in AUCTIONS and row.is_transmitted and not floor.is_held(row):
        price = _closing_price(floor, row, instant)
        if price is not None and limit_allows(row, price):
            order_fill(floor, row, row.remaining, price, instant)
            return
    order_end(floor, row, instant, words="its time has passed")


def _closing_price(floor: Floor, row: OrderRow, instant: datetime) -> Decimal | None:
    hold = floor.holds.get(str(row.order.con_id))
    if hold is not None and hold.is_halted:
        return None
    if hold is not None and hold.last is not None:
        return hold.last
    return floor.market.closing_price(row.order.con_id, instant)
