"""Opening positions: what a statement says is held but its transactions do not explain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from common.identifiers import derived_uuid
from portfolios.engine.book import derive_book
from portfolios.engine.records import (
    Book,
    MovementRecord,
    PortfolioRecord,
    StatedPosition,
    TransactionKind,
    TransactionRecord,
)
from portfolios.engine.running_positions import quantities_before

# Fractional shares are stated with four decimals: less than that is rounding, not a position.
SMALLEST_POSITION = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A position that must have been there before a file begins. `cost` is None when it cannot be told."""

    instrument_id: UUID
    quantity: Decimal
    currency: str
    cost: Decimal | None


def positions_of(movements: Iterable[MovementRecord], portfolio_id: UUID) -> dict[UUID, Decimal]:
    """What the movements of one portfolio add up to, by instrument."""
    held: dict[UUID, Decimal] = {}
    for move in movements:
        if move.portfolio_id == portfolio_id:
            held[move.instrument_id] = held.get(move.instrument_id, Decimal(0)) + move.quantity
    return held


def missing_openings(
    *,
    portfolio: PortfolioRecord,
    earlier: Mapping[UUID, Decimal],
    rows: Sequence[TransactionRecord],
    stated: Mapping[UUID, StatedPosition],
    currencies: Mapping[UUID, str],
) -> list[Opening]:
    """Positions to add before `rows` so that `stated` is what is held after them.

    `rows` are those of the statement's days, in order, the book's and the file's together; `earlier` is
    what the book holds before them; `currencies` gives the currency of instruments that are stated no
    more. The cost of an opening is the broker's cost at the end less what the rows' own lots had cost,
    when nothing was sold, merged, spun off or returned meanwhile; else None.
    """
    ends = {instrument: position.quantity for instrument, position in stated.items()}
    before = quantities_before(ends, rows)
    needed = {
        instrument: quantity - earlier.get(instrument, Decimal(0))
        for instrument, quantity in before.items()
        if quantity is not None
    }
    needed |= {gone: -held for gone, held in earlier.items() if gone not in before}
    needed = {instrument: gap for instrument, gap in needed.items() if abs(gap) >= SMALLEST_POSITION}
    costs = _costs(portfolio, rows, needed, {k: v for k, v in stated.items() if not earlier.get(k)})
    return [
        Opening(
            instrument_id=instrument,
            quantity=gap,
            currency=stated[instrument].currency if instrument in stated else currencies[instrument],
            cost=costs.get(instrument),
        )
        for instrument, gap in sorted(needed.items(), key=lambda item: item[0].int)
    ]


def _costs(
    portfolio: PortfolioRecord,
    rows: Sequence[TransactionRecord],
    needed: Mapping[UUID, Decimal],
    stated: Mapping[UUID, StatedPosition],
) -> dict[UUID, Decimal]:
    """The broker's cost of each opening that is still held untouched at the end."""
    wanted = {k: v for k, v in stated.items() if k in needed and v.cost is not None}
    if not wanted:
        return {}
    book = _book_with(portfolio, rows, needed)
    touched = _touched(book, rows)
    costs: dict[UUID, Decimal] = {}
    for instrument, position in wanted.items():
        own = [lot for lot in book.lots if lot.instrument_id == instrument and lot.basis is not None]
        same_currency = all(lot.currency == position.currency for lot in own)
        if instrument in touched or not same_currency or position.cost is None:
            continue
        cost = abs(position.cost) - sum((lot.basis for lot in own if lot.basis is not None), Decimal(0))
        if cost >= 0:
            costs[instrument] = cost
    return costs


def _book_with(
    portfolio: PortfolioRecord, rows: Sequence[TransactionRecord], needed: Mapping[UUID, Decimal]
) -> Book:
    """The book of the rows with the missing positions, their cost unknown, put before them."""
    if not rows:
        return Book()
    first = min(row.trade_date for row in rows)
    openings = [
        TransactionRecord(
            id=derived_uuid(instrument, "opening"),
            portfolio_id=portfolio.id,
            kind=TransactionKind.OPENING,
            trade_date=first,
            sequence=-1,
            instrument_id=instrument,
            quantity=quantity,
            currency=portfolio.base_currency,
        )
        for instrument, quantity in needed.items()
    ]
    return derive_book([*openings, *rows], {portfolio.id: portfolio})


def _touched(book: Book, rows: Sequence[TransactionRecord]) -> set[UUID]:
    """Instruments whose basis does not simply add up: something left, or an event moved it."""
    moved = {TransactionKind.SPIN_OFF, TransactionKind.MERGER, TransactionKind.RETURN_OF_CAPITAL}
    touched = {disposal.instrument_id for disposal in book.disposals}
    for row in rows:
        leaves = row.quantity < 0 and row.kind is not TransactionKind.SPLIT
        if row.kind in moved or leaves:
            touched.update(key for key in (row.instrument_id, row.counterpart_id) if key is not None)
    return touched
