"""Telling a fill anew: corrections and busts, as an exchange sends them afterwards."""

from dataclasses import replace
from decimal import Decimal

from trading.papergateway.exchange.accounts import replayed
from trading.papergateway.exchange.filling import commission_report, exchange_of
from trading.papergateway.exchange.floor import Floor
from trading.papergateway.exchange.rows import FillRow, OrderRow


def fill_correct(floor: Floor, exec_id: str, *, quantity: Decimal | None, price: Decimal | None) -> None:
    """Tell a fill with another quantity or price; the commission stays. Quantity zero busts it.

    Cash, positions and gains become what they would be had it been so from the beginning. Raises ValueError
    for a fill that is not known, and for more shares than its order has.
    """
    fill = _fill(floor, exec_id)
    order = _order(floor, fill)
    quantity = fill.quantity if quantity is None else quantity
    if not 0 <= quantity <= fill.quantity + order.remaining:
        raise ValueError("a fill cannot be larger than its order")
    fill = replace(
        fill,
        revision=fill.revision + 1,
        quantity=quantity,
        price=fill.price if price is None else price,
        commission=fill.commission if quantity else Decimal(0),
    )
    floor.fills.put(fill)
    order = _order_retold(floor, order)
    _account_retold(floor, fill.order.account)
    fill = _fill(floor, exec_id)
    floor.say(fill.report(exchange_of(floor, fill)), order.report(), commission_report(floor, fill))


def _fill(floor: Floor, exec_id: str) -> FillRow:
    base_id = exec_id.rpartition(".")[0]
    for fill in floor.fills:
        if fill.base_id == base_id:
            return fill
    raise ValueError(f"there is no fill {exec_id}")


def _order(floor: Floor, fill: FillRow) -> OrderRow:
    order = floor.order(fill.order.client_id, fill.order.order_id)
    if order is None:
        raise ValueError(f"there is no order of fill {fill.exec_id}")
    return order


def _order_retold(floor: Floor, order: OrderRow) -> OrderRow:
    """Sum the fills of an order again, each with what had been filled after it."""
    told = replace(order, filled=Decimal(0), spent=Decimal(0), commission=Decimal(0))
    for fill in list(floor.fills):
        if fill.perm_id != order.perm_id:
            continue
        told = replace(
            told,
            filled=told.filled + fill.quantity,
            spent=told.spent + fill.quantity * fill.price,
            commission=told.commission + fill.commission,
            last_fill_price=fill.price,
        )
        floor.fills.put(replace(fill, cumulative=told.filled, average_price=told.average_price))
    floor.order_put(told)
    return told


def _account_retold(floor: Floor, name: str) -> None:
    account, positions, fills = replayed(
        floor.account(name),
        [row for row in floor.positions if row.account == name],
        [fill for fill in floor.fills if fill.order.account == name],
    )
    floor.accounts.put(account)
    for position in positions.values():
        floor.positions.put(position)
    for fill in fills:
        floor.fills.put(fill)
