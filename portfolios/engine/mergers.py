"""Mergers and changes of symbol: lots of one instrument become lots of another, or cash, or both."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from common.money import ARITHMETIC
from portfolios.engine.figures import day_text
from portfolios.engine.lots import OpenLot, rescaled
from portfolios.engine.positions import Money, Position
from portfolios.engine.records import DisposalCause, FindingKind, LotOrigin, TransactionRecord
from portfolios.engine.trades import note_excess, open_unknown
from portfolios.engine.units import divide, to_units
from portfolios.engine.walk import Walk, plain, unknown_piece


def merger(walk: Walk, position: Position, row: TransactionRecord) -> None:
    """Exchanges lots for those of another instrument; with basis and dates (IRC 354, 358, 1223(1)).

    Cash beside the shares is a gain up to the gain realised, never a loss (IRC 356). Cash alone is a sale.
    A change of symbol is a merger one for one without cash.
    """
    stated = to_units(row.quantity)
    is_short = stated > 0 or (not stated and not position.longs.quantity)
    held = position.side(is_short=is_short).quantity
    given_up = abs(stated) or held
    received = abs(to_units(row.counter_quantity or Decimal(0)))
    cash = to_units(row.amount)
    if cash < 0 and not is_short:
        return walk.unusable(row, "a merger pays cash or none, it does not cost any")
    if row.counterpart_id is not None and not received:
        return walk.unusable(row, "a merger into another instrument needs a quantity of it")
    if not given_up:
        return _nothing_to_exchange(walk, row)
    if given_up > held:
        note_excess(
            walk, row, f"A merger takes {plain(given_up)} where {plain(held)} were held", given_up - held
        )
    if row.counterpart_id is not None:
        target = walk.position(row.portfolio_id, row.counterpart_id)
        _exchange(walk, position, target, row, is_short=is_short, given_up=given_up, received=received)
    else:
        money = walk.money(position, row, -cash if is_short else cash)
        walk.close(position, row, given_up, money, is_short=is_short, cause=DisposalCause.MERGER)
    gone = min(given_up, held)
    position.move(row.trade_date, gone if is_short else -gone)
    return None


def _nothing_to_exchange(walk: Walk, row: TransactionRecord) -> None:
    walk.note(
        FindingKind.NO_POSITION,
        row,
        f"The book holds nothing that this could apply to on {day_text(row.trade_date)}.",
    )
    if row.counterpart_id is not None and row.counter_quantity is not None:
        arrived = to_units(row.counter_quantity)
        target = walk.position(row.portfolio_id, row.counterpart_id)
        open_unknown(walk, target, row, arrived)
        target.move(row.trade_date, arrived)


def _exchange(
    walk: Walk,
    position: Position,
    target: Position,
    row: TransactionRecord,
    *,
    is_short: bool,
    given_up: int,
    received: int,
) -> None:
    target.move(row.trade_date, -received if is_short else received)
    pieces = walk.take(position, row, given_up, is_short=is_short)
    held = sum(piece.quantity for piece in pieces)
    known = max(divide(received * held, given_up), 1) if held else 0
    if row.amount:
        if is_short:
            _forget_basis(walk, row, pieces)
        else:
            _pay_boot(walk, position, row, pieces, given_up)
    is_rename = received == given_up and not row.amount
    if is_rename:
        walk.washes.renamed(position, target)
    exchanged = rescaled(pieces, known) if held else []
    for lot in walk.successors(row, exchanged, LotOrigin.MERGER):
        if not is_rename:
            # Shares of another company that came without tax were not bought (IRC 1091(a)).
            lot.purchase = None
        target.side(is_short=is_short).add(lot)
        walk.washes.moved(target, lot, row.trade_date)
    if received > known:
        open_unknown(walk, target, row, known - received if is_short else received - known)


def _forget_basis(walk: Walk, row: TransactionRecord, pieces: list[OpenLot]) -> None:
    walk.note(
        FindingKind.ALLOCATION_UNKNOWN,
        row,
        "Cash was paid on a short position that merged: what remains of its proceeds is not known.",
    )
    for piece in pieces:
        piece.forget_basis()


def _pay_boot(
    walk: Walk, position: Position, row: TransactionRecord, pieces: list[OpenLot], given_up: int
) -> None:
    """Recognises the gain that the cash brings, lot by lot, and leaves each piece its new basis."""
    if row.price is None:
        walk.note(
            FindingKind.ALLOCATION_UNKNOWN,
            row,
            "Cash came with the shares, and the market value of the shares is not known, so neither is the "
            "gain nor the new basis.",
        )
    weights = [piece.quantity for piece in pieces]
    missing = given_up - sum(weights)
    if missing:
        pieces = [*pieces, unknown_piece(row, missing)]
        weights.append(missing)
    boots = walk.money(position, row, to_units(row.amount)).shared(weights)
    values = _values(walk, position, row, weights)
    for piece, boot, value in zip(pieces, boots, values, strict=True):
        own = base = None
        if value is not None and piece.currency == boot.currency:
            own = _set_against(piece.basis, boot.own, value.own)
        if value is not None:
            base = _set_against(piece.basis_base, boot.base, value.base)
        if piece.currency != boot.currency and piece.basis is not None:
            _note_currencies(walk, row, piece)
        sold = replace(piece, basis=own, basis_base=base, loss_basis=None)
        walk.dispose(position, row, sold, boot, cause=DisposalCause.MERGER)
        piece.basis = None if piece.basis is None or own is None else piece.basis - own
        piece.basis_base = None if piece.basis_base is None or base is None else piece.basis_base - base
        piece.loss_basis = None if piece.loss_basis is None or base is None else piece.loss_basis - base


def _values(
    walk: Walk, position: Position, row: TransactionRecord, weights: list[int]
) -> Sequence[Money | None]:
    """The market value of the shares received for each piece, None while no price is known."""
    if row.price is None or row.counter_quantity is None:
        return [None] * len(weights)
    total = to_units(ARITHMETIC.multiply(row.price, row.counter_quantity))
    return walk.money(position, row, total).shared(weights)


def _set_against(basis: int | None, boot: int | None, value: int | None) -> int | None:
    """The basis set against the cash: cash less the gain, which is at most the cash and never a loss."""
    if basis is None or boot is None or value is None:
        return None
    return boot - max(min(boot + value - basis, boot), 0)


def _note_currencies(walk: Walk, row: TransactionRecord, piece: OpenLot) -> None:
    walk.note(
        FindingKind.ALLOCATION_UNKNOWN,
        row,
        f"Cash came in {row.currency} on a lot in {piece.currency}: its basis is known in the base "
        "currency only.",
    )
