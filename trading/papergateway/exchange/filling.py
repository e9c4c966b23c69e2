"""A fill: shares and money change hands, and the orders bound to the filled one feel it."""

from dataclasses import replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from common.money import quantize
from trading.papergateway.exchange.accounts import account_after, position_after
from trading.papergateway.exchange.commissions import fill_commission
from trading.papergateway.exchange.ending import children, order_end
from trading.papergateway.exchange.floor import Floor
from trading.papergateway.exchange.funds import group_of
from trading.papergateway.exchange.noise import noise_number
from trading.papergateway.exchange.records import CommissionReport
from trading.papergateway.exchange.rows import FillRow, OrderRow
from trading.papergateway.exchange.standing import order_stand

CANCEL_WITH_BLOCK = 1
BOOK_NAMES = 1 << 32


def order_fill(floor: Floor, row: OrderRow, quantity: Decimal, price: Decimal, at: datetime) -> OrderRow:
    """The order after a part of it was filled, or ended when its account could not pay or deliver."""
    fee = fill_commission(row.filled, row.spent, row.commission, quantity, price)
    words = _shortfall(floor, row, quantity, price, fee)
    if words:
        order_end(floor, row, at, words=words)
        return floor.current(row)
    realised = _settle(floor, row, quantity, price, fee)
    before = row.remaining
    row = _order_after(row, quantity, price, fee, at)
    floor.order_put(row)
    fill = _fill_row(floor, row, quantity=quantity, fee=fee, realised=realised, at=at)
    floor.fills.put(fill)
    floor.say(fill.report(exchange_of(floor, fill)), row.report(), commission_report(floor, fill))
    _group_feel(floor, row, before, at)
    if not row.is_live:
        for child in children(floor, row):
            order_stand(floor, child, at)
    return row


def commission_report(floor: Floor, fill: FillRow) -> CommissionReport:
    """What a fill cost and gained, as clients are told it."""
    return CommissionReport(
        exec_id=fill.exec_id,
        commission=fill.commission,
        currency=floor.account(fill.order.account).currency,
        realised=fill.realised,
    )


def exchange_of(floor: Floor, fill: FillRow) -> str:
    """Where a fill happened."""
    return floor.market.contracts[fill.order.con_id].primary_exchange


def _shortfall(floor: Floor, row: OrderRow, quantity: Decimal, price: Decimal, fee: Decimal) -> str:
    account = floor.account(row.order.account)
    if account.is_margin:
        return ""
    if row.is_buy:
        return "" if quantity * price + fee <= account.cash else "The account's cash does not pay for it"
    held = floor.position(account.name, row.order.con_id).quantity
    # A sale of very little may cost more than it brings.
    is_paid = account.cash + quantity * price >= fee
    return "" if quantity <= held and is_paid else "The account does not hold what is sold"


def _settle(floor: Floor, row: OrderRow, quantity: Decimal, price: Decimal, fee: Decimal) -> Decimal | None:
    signed = quantity if row.is_buy else -quantity
    account = floor.account(row.order.account)
    position = floor.position(account.name, row.order.con_id)
    position, realised = position_after(position, signed, price, fee)
    floor.positions.put(position)
    floor.accounts.put(account_after(account, signed, price, fee, realised))
    return realised


def _order_after(row: OrderRow, quantity: Decimal, price: Decimal, fee: Decimal, at: datetime) -> OrderRow:
    is_full = row.remaining == quantity
    return replace(
        row,
        filled=row.filled + quantity,
        spent=row.spent + quantity * price,
        commission=row.commission + fee,
        last_fill_price=price,
        status="Filled" if is_full else "Submitted",
        why_held="",
        completed_at=at if is_full else None,
    )


def _fill_row(
    floor: Floor, row: OrderRow, *, quantity: Decimal, fee: Decimal, realised: Decimal | None, at: datetime
) -> FillRow:
    """The fill that brought the order to where it stands."""
    number = floor.fill_number_next()
    book = noise_number(BOOK_NAMES, floor.market.seed, "book")
    return FillRow(
        number=number,
        base_id=f"{book:08x}.{number:08x}.01",
        revision=1,
        order=row.order,
        perm_id=row.perm_id,
        executed_at=at,
        quantity=quantity,
        price=row.last_fill_price,
        cumulative=row.filled,
        average_price=row.average_price,
        commission=fee,
        realised=realised,
    )


def _group_feel(floor: Floor, row: OrderRow, before: Decimal, at: datetime) -> None:
    """Cancel or reduce the other orders of a group by the part of this one that was filled."""
    group = group_of(row)
    if not group:
        return
    for other in floor.live():
        if other.key == row.key or group_of(other) != group:
            continue
        if row.order.oca_type == CANCEL_WITH_BLOCK or not row.remaining:
            order_end(floor, other, at, words="another order of its group was filled")
        else:
            _reduce(floor, other, row.remaining, before, at)


def _reduce(floor: Floor, other: OrderRow, left: Decimal, before: Decimal, at: datetime) -> None:
    """Keep the share `left` / `before` of what is still to be filled, in whole steps."""
    step = floor.market.contracts[other.order.con_id].size_increment
    exact = quantize(other.remaining * left / before)
    kept = (exact / step).to_integral_value(rounding=ROUND_FLOOR) * step
    if not kept:
        order_end(floor, other, at, words="another order of its group was filled")
        return
    order = replace(other.order, quantity=other.filled + kept)
    order_stand(floor, replace(other, order=order), at, is_told=True)
