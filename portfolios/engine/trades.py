"""Purchases, sales and opening positions: the rows that make and close lots."""

from portfolios.engine.records import (
    FindingKind,
    LotOrigin,
    PositionEffect,
    TransactionKind,
    TransactionRecord,
)
from portfolios.engine.units import to_units
from portfolios.engine.walk import Money, Position, Walk, plain

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
        f"{sentence} on {row.trade_date}: {plain(missing)} more than the book knows of, so the gain on "
        "them is not known.",
    )


def _open_short(walk: Walk, position: Position, row: TransactionRecord, quantity: int, money: Money) -> None:
    walk.open(position, row, quantity, money, LotOrigin.SHORT, acquired=row.trade_date, is_short=True)
    position.move(row.trade_date, -quantity)
