"""Taking a new order: what is refused, what is remarked, and when it is sent to the market."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from trading.papergateway.exchange.calendar import NEW_YORK, Phase, is_usual_hour
from trading.papergateway.exchange.checks import DUPLICATE_ID, NO_PARENT, REFUSED, Refusal, order_refusal
from trading.papergateway.exchange.ending import children, order_end
from trading.papergateway.exchange.floor import EXTENDED, Floor, is_extended
from trading.papergateway.exchange.funds import refusal_words
from trading.papergateway.exchange.matching import AUCTIONS, LIMITED
from trading.papergateway.exchange.passing import order_work
from trading.papergateway.exchange.records import PaperOrder
from trading.papergateway.exchange.rows import ClientRow, OrderRow
from trading.papergateway.exchange.standing import order_stand
from trading.papergateway.exchange.triggers import first_stop

# NYSE Rule 7.35B: orders for the close are neither taken nor taken back in the last ten minutes.
AUCTION_CUT_OFF = timedelta(minutes=10)
REMARK, HOURS_IGNORED = 399, 2109
NEVER_CLOSED = "this paper market never closes; its prices between real closes are invented"


def order_enter(floor: Floor, order: PaperOrder, now: datetime) -> None:
    """Take a new order, or say why not. Its number is used up either way."""
    refusal = _number_refusal(floor, order) or refusal_of(floor, order, now)
    if order.order_id >= floor.order_id_next(order.client_id):
        floor.clients.put(ClientRow(client_id=order.client_id, next_order_id=order.order_id + 1))
    if refusal is not None and refusal.code != REFUSED:
        floor.say_error(order, refusal.code, refusal.words)
        return
    row = order_preview(floor, order, now, perm_id=floor.perm_id_next())
    floor.order_put(row)
    if refusal is not None:
        order_end(floor, row, now, words=refusal.words, code=REFUSED)
        return
    _remarks(floor, row, now)
    if not order.transmit:
        order_stand(floor, row, now, is_told=True)
        return
    for each in _family(floor, row):
        order_transmit(floor, floor.current(each), now)


def order_transmit(floor: Floor, row: OrderRow, now: datetime) -> None:
    """Send an order to the market if its account can carry it; it may be filled at once."""
    if not row.is_live:
        return
    words = refusal_words(floor, row, now)
    if words:
        order_end(floor, row, now, words=words, code=REFUSED)
        return
    row = order_stand(floor, replace(row, is_transmitted=True), now, is_told=True)
    order_work(floor, row, now)


def order_preview(floor: Floor, order: PaperOrder, now: datetime, *, perm_id: int = 0) -> OrderRow:
    """The row that a new order would be, before it is sent; without a number of its own."""
    parent = floor.order(order.client_id, order.parent_id) if order.parent_id else None
    return OrderRow(
        order=order,
        perm_id=perm_id,
        parent_perm_id=0 if parent is None else parent.perm_id,
        is_transmitted=False,
        stop_price=first_stop(order, floor.last(order.con_id, now), floor.tick(order.con_id)),
        reserve_price=reserve_price(floor, order, now),
        expires_at=expiry(floor, order, now),
    )


def reserve_price(floor: Floor, order: PaperOrder, now: datetime) -> Decimal:
    """What a share of an order is counted with: its limit, its stop, or the price it would meet now."""
    if order.order_type in LIMITED and order.limit_price is not None:
        return order.limit_price
    if order.order_type == "STP" and order.aux_price is not None:
        return order.aux_price
    quote = floor.quote(order.con_id, now)
    side = quote.ask if order.action == "BUY" else quote.bid
    return floor.last(order.con_id, now) if side is None else side


def expiry(floor: Floor, order: PaperOrder, now: datetime) -> datetime | None:
    """When an order ends by itself: a day order at the next close; None if it does not."""
    if order.tif == "DAY":
        session = floor.calendar.upcoming(now, with_late=is_extended(order))
        return session.late_closes if is_extended(order) else session.closes
    return order.good_till if order.tif == "GTD" else None


def refusal_of(floor: Floor, order: PaperOrder, now: datetime) -> Refusal | None:
    """What is wrong with an order, by itself and at this hour."""
    accounts = tuple(account.name for account in floor.accounts)
    refusal = order_refusal(order, floor.market.contracts.get(order.con_id), accounts, now)
    return refusal or _parent_refusal(floor, order) or _hour_refusal(floor, order, now)


def is_past_cut_off(floor: Floor, now: datetime) -> bool:
    """Whether orders for today's close are neither taken nor taken back any more."""
    session = floor.calendar.latest(now)
    return session.closes - AUCTION_CUT_OFF <= now < session.closes


def _number_refusal(floor: Floor, order: PaperOrder) -> Refusal | None:
    if order.order_id >= floor.order_id_next(order.client_id):
        return None
    return Refusal(code=DUPLICATE_ID, words="Duplicate order id")


def _parent_refusal(floor: Floor, order: PaperOrder) -> Refusal | None:
    if not order.parent_id:
        return None
    parent = floor.order(order.client_id, order.parent_id)
    if parent is None:
        return Refusal(code=NO_PARENT, words=f"Can't find order with id = {order.parent_id}")
    if parent.is_live or parent.status == "Filled":
        return None
    return Refusal(code=REFUSED, words="The parent order has ended")


def _hour_refusal(floor: Floor, order: PaperOrder, now: datetime) -> Refusal | None:
    phase = floor.calendar.phase(now)
    if order.order_type in AUCTIONS and is_past_cut_off(floor, now):
        return Refusal(code=REFUSED, words="It is too late for an order at today's close")
    is_open = phase is Phase.REGULAR or (phase is not Phase.CLOSED and is_extended(order))
    if order.tif == "IOC" and not is_open:
        return Refusal(code=REFUSED, words="Exchange is closed")
    return None


def _remarks(floor: Floor, row: OrderRow, now: datetime) -> None:
    """Say what the client should know of an order that was taken."""
    order = row.order
    if order.outside_rth and order.order_type not in EXTENDED:
        words = "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored for this order type"
        floor.say_error(order, HOURS_IGNORED, words)
    contract = floor.market.contracts[order.con_id]
    title = f"Order Message:\n{order.action} {order.quantity:f} {contract.symbol} {contract.primary_exchange}"
    if floor.is_always_open:
        if not is_usual_hour(now):
            floor.say_error(order, REMARK, f"{title}\nWarning: {NEVER_CLOSED}")
        return
    opens = _opens_at(floor, order, now)
    if opens is not None:
        when = f"{opens.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S} US/Eastern"
        floor.say_error(
            order, REMARK, f"{title}\nWarning: your order will not be placed at the exchange until {when}"
        )


def _opens_at(floor: Floor, order: PaperOrder, now: datetime) -> datetime | None:
    """When an order can first trade, if that is not now."""
    phase = floor.calendar.phase(now)
    if phase is Phase.REGULAR or (phase is not Phase.CLOSED and is_extended(order)):
        return None
    session = floor.calendar.upcoming(now, with_late=is_extended(order))
    return session.early_opens if is_extended(order) else session.opens


def _family(floor: Floor, row: OrderRow) -> list[OrderRow]:
    """The orders that go out with this one: a child takes its parent and its siblings along."""
    parent = floor.parent(row)
    if parent is None or not parent.is_live:
        return [row]
    waiting = [each for each in children(floor, parent) if not each.is_transmitted]
    return [*([] if parent.is_transmitted else [parent]), *waiting]
