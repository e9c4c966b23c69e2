"""Transfers in kind: the very lots move between accounts, with cost, dates and holding period."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from portfolios.engine.figures import day_text
from portfolios.engine.lots import OpenLot
from portfolios.engine.positions import Position
from portfolios.engine.records import FindingKind, LotOrigin, TransactionKind, TransactionRecord
from portfolios.engine.trades import note_excess, open_from_outside
from portfolios.engine.units import to_units
from portfolios.engine.walk import Walk, plain

# The transfer, its instrument, and whether a short position moves.
TransferKey = tuple[UUID, UUID, bool]

_LEGS = frozenset({TransactionKind.TRANSFER_OUT, TransactionKind.TRANSFER_IN})


@dataclass(slots=True)
class _Transfer:
    """The legs of one transfer that are still to come, and lots that are on their way."""

    instrument_id: UUID
    outs: deque[TransactionRecord] = field(default_factory=deque)
    ins: int = 0
    parcel: deque[OpenLot] = field(default_factory=deque)
    sent_by: Position | None = None
    sent: TransactionRecord | None = None
    waiting: deque[tuple[Position, TransactionRecord]] = field(default_factory=deque)


class Transfers:
    """The transfers of a ledger: each leg finds the other one, whichever day comes first."""

    def __init__(self, rows: Iterable[TransactionRecord]) -> None:
        self._open: dict[TransferKey, _Transfer] = {}
        self._served: set[UUID] = set()
        for row in rows:
            key = _key(row)
            if key is not None and to_units(row.quantity):
                transfer = self._open.setdefault(key, _Transfer(key[1]))
                if row.kind is TransactionKind.TRANSFER_OUT:
                    transfer.outs.append(row)
                else:
                    transfer.ins += 1

    def leave(self, walk: Walk, position: Position, row: TransactionRecord) -> None:
        """Takes the lots out of an account; a leg that never arrives in the book is a finding."""
        quantity = to_units(row.quantity)
        if not quantity:
            return walk.unusable(row, "a transfer needs a quantity")
        key = _key(row)
        transfer = self._open[key] if key is not None else _Transfer(position.instrument_id)
        if row.id in self._served:
            return position.move(row.trade_date, quantity)
        pieces = _send(walk, position, row)
        if transfer.outs:
            transfer.outs.popleft()
        if not transfer.ins:
            return _note_unmatched(walk, row, abs(quantity), "did not arrive in any account of the book")
        transfer.parcel.extend(pieces)
        transfer.sent_by, transfer.sent = position, row
        return self._serve(walk, transfer)

    def arrive(self, walk: Walk, position: Position, row: TransactionRecord) -> None:
        """Brings lots into an account on the row's day.

        A leg dated before the one that sends takes the lots at once when the sender holds them by then,
        else it waits for them; the position moves on its own day in both cases.
        """
        quantity = to_units(row.quantity)
        if not quantity:
            return walk.unusable(row, "a transfer needs a quantity")
        position.move(row.trade_date, quantity)
        key = _key(row)
        transfer = self._open[key] if key is not None else _Transfer(position.instrument_id)
        transfer.waiting.append((position, row))
        return self._serve(walk, transfer)

    def finish(self, walk: Walk) -> None:
        """Notes what was sent and never arrived."""
        for transfer in self._open.values():
            lost = sum(lot.quantity for lot in transfer.parcel)
            if lost and transfer.sent is not None:
                _note_unmatched(walk, transfer.sent, lost, "did not arrive in any account of the book")

    def _serve(self, walk: Walk, transfer: _Transfer) -> None:
        """Delivers to who waits, first come first served, until lots are short that are still to be sent."""
        while transfer.waiting and (transfer.parcel or not transfer.outs or self._fetch(walk, transfer)):
            receiver, arrived = transfer.waiting.popleft()
            _deliver(walk, transfer, receiver, arrived)

    def _fetch(self, walk: Walk, transfer: _Transfer) -> bool:
        """Takes the lots of a leg that is dated later, if the sender holds them all now."""
        row = transfer.outs[0]
        sender = walk.position(row.portfolio_id, transfer.instrument_id)
        quantity = to_units(row.quantity)
        if sender.side(is_short=quantity > 0).quantity < abs(quantity):
            return False
        transfer.outs.popleft()
        self._served.add(row.id)
        transfer.parcel.extend(walk.take(sender, row, abs(quantity), is_short=quantity > 0))
        transfer.sent_by, transfer.sent = sender, row
        return True


def _deliver(walk: Walk, transfer: _Transfer, position: Position, row: TransactionRecord) -> None:
    quantity = to_units(row.quantity)
    pieces = _pieces(transfer.parcel, abs(quantity))
    if pieces and transfer.sent_by is not None:
        base = position.portfolio.base_currency
        if transfer.sent_by.portfolio.base_currency != base and _rebase(pieces, base):
            walk.note(
                FindingKind.RATE_MISSING,
                row,
                f"The lots came from an account that counts in another currency: their cost in {base} "
                "is not known.",
            )
    for lot in walk.successors(row, pieces, LotOrigin.TRANSFER):
        position.side(is_short=quantity < 0).add(lot)
        if quantity > 0:
            walk.washes.moved(position, lot, row.trade_date)
    left = abs(quantity) - sum(piece.quantity for piece in pieces)
    if left:
        if row.cost is None or row.acquired is None:
            _note_unmatched(walk, row, left, "left no account of the book")
        open_from_outside(walk, position, row, -left if quantity < 0 else left, LotOrigin.TRANSFER)


def _pieces(parcel: deque[OpenLot], quantity: int) -> list[OpenLot]:
    """Takes `quantity` out of the parcel, or all that is in it, in its order."""
    pieces: list[OpenLot] = []
    while quantity and parcel:
        lot = parcel[0]
        pieces.append(lot.split_off(min(quantity, lot.quantity)))
        quantity -= pieces[-1].quantity
        if not lot.quantity:
            parcel.popleft()
    return pieces


def _key(row: TransactionRecord) -> TransferKey | None:
    """What both legs share, or None for a row that is no leg of a transfer."""
    if row.kind not in _LEGS or row.transfer_id is None or row.instrument_id is None:
        return None
    is_short = row.quantity > 0 if row.kind is TransactionKind.TRANSFER_OUT else row.quantity < 0
    return row.transfer_id, row.instrument_id, is_short


def _send(walk: Walk, position: Position, row: TransactionRecord) -> list[OpenLot]:
    quantity = to_units(row.quantity)
    is_short = quantity > 0
    pieces = walk.take(position, row, abs(quantity), is_short=is_short)
    taken = sum(piece.quantity for piece in pieces)
    position.move(row.trade_date, taken if is_short else -taken)
    if taken < abs(quantity):
        sentence = f"Transfers {plain(abs(quantity))} where {plain(taken)} were held"
        note_excess(walk, row, sentence, abs(quantity) - taken)
    return pieces


def _rebase(pieces: list[OpenLot], base_currency: str) -> bool:
    """States the cost of lots in the receiver's base currency; returns whether a rate would be needed.

    Only a lot in that very currency has it without a rate of the day on which it was acquired.
    """
    known = True
    for piece in pieces:
        if piece.currency == base_currency:
            piece.cost_base, piece.basis_base = piece.cost, piece.basis
        else:
            piece.cost_base = piece.basis_base = None
            known = False
    return not known


def _note_unmatched(walk: Walk, row: TransactionRecord, quantity: int, what: str) -> None:
    walk.note(
        FindingKind.TRANSFER_UNMATCHED,
        row,
        f"{plain(quantity)} transferred on {day_text(row.trade_date)} {what}: the other half is missing.",
    )
