"""What a fill does to cash and to a position: at average cost, with nothing lost to rounding."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from common.money import quantize
from trading.papergateway.exchange.rows import AccountRow, FillRow, PositionRow


def cash_change(quantity: Decimal, price: Decimal, commission: Decimal) -> Decimal:
    """What a fill of a signed quantity does to cash."""
    return -quantity * price - commission


def position_after(
    position: PositionRow, quantity: Decimal, price: Decimal, commission: Decimal
) -> tuple[PositionRow, Decimal | None]:
    """The position after a fill of a signed quantity, and the gain where the fill closed something.

    What closes leaves at average cost, rounded to eight places; the rest of the cost stays, so that cash plus
    cost grows by exactly the gain. A fill that turns a position over splits its commission by shares.
    """
    if position.quantity * quantity >= 0:
        return _opened(position, quantity, price, commission), None
    held, size = abs(position.quantity), abs(quantity)
    closed = min(held, size)
    direction = position.quantity / held
    fee = commission if closed == size else quantize(commission * closed / size)
    cost = position.cost if closed == held else quantize(position.cost * closed / held)
    realised = direction * closed * price - cost - fee
    left = replace(position, quantity=position.quantity - direction * closed, cost=position.cost - cost)
    if closed == size:
        return left, realised
    return _opened(left, -direction * (size - closed), price, commission - fee), realised


def replayed(
    account: AccountRow, positions: Iterable[PositionRow], fills: Iterable[FillRow]
) -> tuple[AccountRow, dict[int, PositionRow], list[FillRow]]:
    """An account as its fills, oldest first, make it from what it opened with."""
    account = replace(account, cash=account.opening_cash, realised=Decimal(0))
    held = {
        each.con_id: replace(each, quantity=each.opening_quantity, cost=each.opening_cost)
        for each in positions
    }
    retold = []
    for fill in fills:
        realised = None
        if fill.quantity:
            con_id = fill.order.con_id
            before = held.get(con_id, PositionRow(account=account.name, con_id=con_id))
            held[con_id], realised = position_after(before, fill.signed_quantity, fill.price, fill.commission)
            account = account_after(account, fill.signed_quantity, fill.price, fill.commission, realised)
        retold.append(replace(fill, realised=realised))
    return account, held, retold


def account_after(
    account: AccountRow, quantity: Decimal, price: Decimal, commission: Decimal, realised: Decimal | None
) -> AccountRow:
    """An account after a fill of a signed quantity."""
    return replace(
        account,
        cash=account.cash + cash_change(quantity, price, commission),
        realised=account.realised + (realised or 0),
    )


def _opened(position: PositionRow, quantity: Decimal, price: Decimal, commission: Decimal) -> PositionRow:
    return replace(
        position,
        quantity=position.quantity + quantity,
        cost=position.cost + quantity * price + commission,
    )
