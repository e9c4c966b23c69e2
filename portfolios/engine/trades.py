"""Purchases, sales and opening positions: the rows that make and close lots."""

from collections import deque
from collections.abc import Iterator

from common.money import ARITHMETIC
from portfolios.engine.figures import day_text
from portfolios.engine.lots import OpenLot
from portfolios.engine.positions import Money, Position
from portfolios.engine.records import (
    FindingKind,
    LotOrigin,
    PositionEffect,
    TransactionKind,
    TransactionRecord,
)
from portfolios.engine.units import to_units
from portfolios.engine.walk import Walk, plain

_ORIGINS = {TransactionKind.BUY: LotOrigin.BUY, TransactionKind.REINVEST: LotOrigin.REINVEST}


def buy(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Covers what is held short, then opens a long lot for the rest; fees are part of the cost.

    A purchase that only closes never opens a lot: what goes beyond the short position is a finding.
    """
    quantity = to_units(row.quantity)
    if quantity <= 0:
        return walk.unusable(row, "a purchase needs a positive quantity")
    cost = walk.money(position, row, -to_units(row.amount))
    held = position.shorts.quantity
    closing = quantity if row.position_effect is PositionEffect.CLOSE else min(quantity, held)
    if closing:
        to_close, cost = cost.shared([closing, quantity - closing])
        missing = walk.close(position, row, closing, to_close, is_short=True)
        if missing:
            note_excess(walk, row, f"Buys {plain(closing)} to close where {plain(held)} were short", missing)
        position.move(row.trade_date, closing - missing)
    opening = quantity - closing
    if opening:
        walk.open(position, row, opening, cost, _ORIGINS[row.kind], acquired=row.trade_date)
        position.move(row.trade_date, opening)
    return None


def sell(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Closes long lots by the portfolio's relief method; proceeds are net of fees.

    Only a sale that says that it opens a position goes short, for what is left after the long lots. Any
    other sale of more than is held is a finding, and the position ends at nothing.
    """
    quantity = -to_units(row.quantity)
    if quantity <= 0:
        return walk.unusable(row, "a sale needs a negative quantity")
    proceeds = walk.money(position, row, to_units(row.amount))
    held = position.longs.quantity
    closing = min(quantity, held) if row.position_effect is PositionEffect.OPEN else quantity
    if closing < quantity:
        proceeds, opened = proceeds.shared([closing, quantity - closing])
        _open_short(walk, position, row, quantity - closing, opened)
    if closing:
        missing = walk.close(position, row, closing, proceeds)
        if missing:
            note_excess(walk, row, f"Sells {plain(closing)} where {plain(held)} were held", missing)
        position.move(row.trade_date, missing - closing)
    return None


def opening(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Opens the lot of a position that was there before the book began, with what is known about it."""
    quantity = to_units(row.quantity)
    if not quantity:
        return walk.unusable(row, "an opening position needs a quantity")
    open_from_outside(walk, position, row, quantity, LotOrigin.OPENING)
    position.move(row.trade_date, quantity)
    return None


def open_from_outside(
    walk: Walk, position: Position, row: TransactionRecord, quantity: int, origin: LotOrigin
) -> None:
    """Opens a lot from the row's own `cost` and `acquired`, with a finding for either that is missing.

    `quantity` has the sign of the position and may be a part of the row's.
    """
    cost = None
    if row.cost is None:
        walk.note(
            FindingKind.BASIS_UNKNOWN, row, f"The cost of {plain(abs(quantity))} is not known, nor the gain."
        )
    else:
        stated = abs(to_units(row.quantity))
        cost = walk.money(position, row, to_units(row.cost))
        cost = cost.shared([abs(quantity), stated - abs(quantity)])[0]
    if row.acquired is None:
        walk.note(
            FindingKind.ACQUIRED_UNKNOWN,
            row,
            f"The day on which {plain(abs(quantity))} were acquired is not known, nor whether a gain is "
            "short-term or long-term.",
        )
    walk.open(position, row, abs(quantity), cost, origin, acquired=row.acquired, is_short=quantity < 0)


def gift(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Opens a lot with the donor's basis and day (IRC 1015(a), 1223(2)).

    Where the market value on the day of the gift (`price` a share) was lower than that basis, it is the basis
    for a loss. While it is not known, the basis is known for a gain alone, so it is left open.
    """
    quantity = to_units(row.quantity)
    if quantity <= 0:
        return walk.unusable(row, "a gift needs a positive quantity")
    cost = None if row.cost is None else walk.money(position, row, to_units(row.cost))
    if cost is None or row.price is None:
        walk.note(
            FindingKind.BASIS_UNKNOWN,
            row,
            f"A gift of {plain(quantity)} needs the donor's basis and the market value on that day: without "
            "both the gain is not known.",
        )
        cost = None
    lot = walk.open(position, row, quantity, cost, LotOrigin.GIFT, acquired=row.acquired)
    if cost is not None and row.price is not None:
        worth = to_units(ARITHMETIC.multiply(row.price, row.quantity))
        value = walk.money(position, row, worth).base
        if value is not None and cost.base is not None and value < cost.base:
            lot.loss_basis, lot.given = value, row.trade_date
    return position.move(row.trade_date, quantity)


def inheritance(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Opens a lot at the market value at death (IRC 1014), held long-term from the start (IRC 1223(9))."""
    quantity = to_units(row.quantity)
    if quantity <= 0:
        return walk.unusable(row, "an inheritance needs a positive quantity")
    cost = None if row.cost is None else walk.money(position, row, to_units(row.cost))
    if cost is None:
        walk.note(
            FindingKind.BASIS_UNKNOWN,
            row,
            f"The market value at death of {plain(quantity)} is not known, nor the gain.",
        )
    acquired = row.acquired or row.trade_date
    walk.open(position, row, quantity, cost, LotOrigin.INHERITANCE, acquired=acquired)
    return position.move(row.trade_date, quantity)


def delivery(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Closes a short position with shares held long (IRC 1233, short against the box).

    The gain is that of the shares delivered, for the proceeds of the short sale, and its term is judged on
    the day on which that was entered (1233(b), (d)). For the wash-sale rule the sale is dated there too when
    the shares were owned by then (Reg. 1.1091-1(g)).
    """
    quantity = -to_units(row.quantity)
    if quantity <= 0:
        return walk.unusable(row, "a delivery needs a negative quantity")
    able = min(position.longs.quantity, position.shorts.quantity)
    if quantity > able:
        held = f"Delivers {plain(quantity)} where {plain(able)} were held both long and short"
        note_excess(walk, row, held, quantity - able)
        quantity = able
    if quantity:
        sold = walk.take(position, row, quantity)
        covered = position.shorts.take(quantity, position.shorts)
        for piece, short in _paired(sold, covered):
            money = Money(short.currency, short.basis or 0, short.basis_base)
            closing = walk.dispose(position, row, piece, money, is_judged=False)
            entered = short.acquired or row.trade_date
            closing.held_until = entered
            was_owned = piece.acquired is not None and piece.acquired <= entered
            dated = entered if was_owned and walk.washes.policy.box_sold_at_entry else None
            walk.washes.closed(position, closing, sold=dated)
        walk.washes.settle(row)
    return None


def _paired(ones: list[OpenLot], others: list[OpenLot]) -> Iterator[tuple[OpenLot, OpenLot]]:
    """Pieces of equal size from two lists that add up to the same."""
    left, right = deque(ones), deque(others)
    while left and right:
        size = min(left[0].quantity, right[0].quantity)
        yield left[0].split_off(size), right[0].split_off(size)
        for pieces in (left, right):
            if not pieces[0].quantity:
                pieces.popleft()


def open_unknown(walk: Walk, position: Position, row: TransactionRecord, quantity: int) -> None:
    """Opens a lot for shares that arrived for a holding which the book does not know."""
    walk.open(
        position,
        row,
        abs(quantity),
        None,
        LotOrigin.OPENING,
        acquired=None,
        is_short=quantity < 0,
        label="lot-unknown",
    )


def note_excess(walk: Walk, row: TransactionRecord, sentence: str, missing: int) -> None:
    """Notes that a row closes more than there was, by `missing`."""
    walk.note(
        FindingKind.OVERSOLD,
        row,
        f"{sentence} on {day_text(row.trade_date)}: {plain(missing)} more than the book knows of, "
        "so the gain on them is not known.",
    )


def _open_short(walk: Walk, position: Position, row: TransactionRecord, quantity: int, money: Money) -> None:
    walk.open(position, row, quantity, money, LotOrigin.SHORT, acquired=row.trade_date, is_short=True)
    position.move(row.trade_date, -quantity)
