"""What an account can still pay for or deliver, with its open orders counted."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from trading.papergateway.exchange.commissions import fill_commission
from trading.papergateway.exchange.floor import Floor
from trading.papergateway.exchange.rows import OrderRow

# Regulation T (12 CFR 220.12): half of a stock's value to open it; FINRA Rule 4210(c): a quarter to keep it.
INITIAL_MARGIN, MAINTENANCE_MARGIN = Decimal("0.5"), Decimal("0.25")


def order_cost(row: OrderRow) -> Decimal:
    """What the rest of an order is counted with: its value at the price kept for it, and the commission."""
    if not row.remaining:
        return Decimal(0)
    fee = fill_commission(row.filled, row.spent, row.commission, row.remaining, row.reserve_price)
    return row.remaining * row.reserve_price + fee


def reserved(floor: Floor, account: str, *, without: str = "") -> Decimal:
    """What open buys of an account are counted with; orders that wait for their parent are not."""
    return sum(
        (
            order_cost(row)
            for row in floor.live()
            if row.order.account == account
            and row.is_buy
            and row.is_transmitted
            and row.key != without
            and not floor.is_held(row)
        ),
        Decimal(0),
    )


def position_value(floor: Floor, account: str, now: datetime) -> Decimal:
    """What an account's positions are worth at last prices; short ones count negative."""
    return sum(
        (
            row.quantity * floor.last(row.con_id, now)
            for row in floor.positions
            if row.account == account and row.quantity
        ),
        Decimal(0),
    )


def gross_value(floor: Floor, account: str, now: datetime) -> Decimal:
    """What an account's positions are worth at last prices, short ones counted like long ones."""
    return sum(
        (
            abs(row.quantity) * floor.last(row.con_id, now)
            for row in floor.positions
            if row.account == account and row.quantity
        ),
        Decimal(0),
    )


def buying_power(floor: Floor, account: str, now: datetime, *, without: str = "") -> Decimal:
    """What an account may still buy for: free cash, or twice the free equity of a margin account."""
    row = floor.account(account)
    kept = reserved(floor, account, without=without)
    if not row.is_margin:
        return row.cash - kept
    equity = row.cash + position_value(floor, account, now)
    free = equity - gross_value(floor, account, now) * INITIAL_MARGIN
    return max(Decimal(0), free / INITIAL_MARGIN - kept)


def deliverable(floor: Floor, row: OrderRow) -> Decimal:
    """Shares that an order may sell: those held, less what other open sales take.

    Orders that cancel each other take the shares once.
    """
    taken: dict[str, Decimal] = defaultdict(Decimal)
    for each in floor.live():
        if each.key == row.key or not _sells_same(floor, each, row):
            continue
        group = group_of(each) or each.key
        if group != group_of(row):
            taken[group] = max(taken[group], each.remaining)
    held = floor.position(row.order.account, row.order.con_id).quantity
    return max(Decimal(0), held) - sum(taken.values(), Decimal(0))


def refusal_words(floor: Floor, row: OrderRow, now: datetime) -> str:
    """Why the account cannot carry the order; empty if it can."""
    if floor.is_held(row):
        return ""
    account = floor.account(row.order.account)
    if not row.is_buy and not account.is_margin:
        return _delivery_words(row, deliverable(floor, row))
    cost = order_cost(row)
    if account.is_margin:
        cost = _opening_quantity(floor, row) * row.reserve_price
    power = buying_power(floor, row.order.account, now, without=row.key)
    if cost <= max(power, Decimal(0)):
        return ""
    return f"Available funds are insufficient: the order needs {cost:f} USD and {power:f} USD are free"


def group_of(row: OrderRow) -> str:
    """The name under which orders cancel or reduce each other: their group's, or their parent's."""
    order = row.order
    if order.oca_group:
        return f"{order.account}/{order.oca_group}"
    return f"{order.client_id}/{order.parent_id}/children" if order.parent_id else ""


def _sells_same(floor: Floor, each: OrderRow, row: OrderRow) -> bool:
    return (
        not each.is_buy
        and each.is_transmitted
        and each.order.account == row.order.account
        and each.order.con_id == row.order.con_id
        and not floor.is_held(each)
    )


def _delivery_words(row: OrderRow, free: Decimal) -> str:
    if row.remaining <= free:
        return ""
    return f"A cash account cannot be short: {row.remaining:f} are to be sold and {free:f} are free"


def _opening_quantity(floor: Floor, row: OrderRow) -> Decimal:
    """Shares of the order that open or enlarge a position instead of closing one."""
    held = floor.position(row.order.account, row.order.con_id).quantity
    against = -held if row.is_buy else held
    return max(Decimal(0), row.remaining - max(Decimal(0), against))
