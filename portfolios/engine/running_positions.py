"""How one ledger row changes positions, forwards and backwards: quantities alone, no lots."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.records import PositionEffect, TransactionKind, TransactionRecord

NONE_HELD = Decimal(0)


def apply_row(held: dict[UUID, Decimal], row: TransactionRecord) -> None:
    """Change `held` (quantity by instrument, of one portfolio) by what `row` says happened."""
    instrument = row.instrument_id
    if instrument is None or row.kind is TransactionKind.DELIVERY:
        # A delivery closes as many shares held long as held short: what is held in all stays.
        return
    before = held.get(instrument, NONE_HELD)
    if row.kind is TransactionKind.SPLIT:
        held[instrument] = _after_split(before, row)
    elif row.kind is TransactionKind.SPIN_OFF:
        _add(held, row.counterpart_id, row.quantity)
    elif row.kind is TransactionKind.MERGER:
        held[instrument] = before + row.quantity if row.quantity else NONE_HELD
        _add(held, row.counterpart_id, row.counter_quantity or NONE_HELD)
    else:
        held[instrument] = before + row.quantity


def quantities_before(
    stated: Mapping[UUID, Decimal], rows: Sequence[TransactionRecord]
) -> dict[UUID, Decimal | None]:
    """What must have been held before `rows` (in order) for `stated` to be held after them.

    What is not in `stated` is held no more. None where the rows do not say: a merger of all shares of
    unknown number, or a split without ratio and quantity.
    """
    held: dict[UUID, Decimal | None] = dict(stated)
    for row in reversed(rows):
        _take_back(held, row)
    return held


def oversold_rows(
    held: Mapping[UUID, Decimal], rows: Iterable[TransactionRecord], suspects: frozenset[UUID]
) -> dict[UUID, Decimal]:
    """Rows among `suspects` that sell more than is held at their turn, with what is held then.

    Such a row changes nothing for the rows after it. A sale that says that it opens a short position is
    none of them.
    """
    running = dict(held)
    refused: dict[UUID, Decimal] = {}
    for row in rows:
        if row.id in suspects and row.instrument_id is not None and _is_closing_sale(row):
            available = running.get(row.instrument_id, NONE_HELD)
            if -row.quantity > available:
                refused[row.id] = max(available, NONE_HELD)
                continue
        apply_row(running, row)
    return refused


def _is_closing_sale(row: TransactionRecord) -> bool:
    return row.kind is TransactionKind.SELL and row.position_effect is not PositionEffect.OPEN


def _add(held: dict[UUID, Decimal], instrument: UUID | None, quantity: Decimal) -> None:
    if instrument is not None:
        held[instrument] = held.get(instrument, NONE_HELD) + quantity


def _has_ratio(row: TransactionRecord) -> bool:
    return bool(row.ratio_new and row.ratio_old and row.ratio_new > 0 and row.ratio_old > 0)


def _after_split(before: Decimal, row: TransactionRecord) -> Decimal:
    if row.quantity or not _has_ratio(row):
        return before + row.quantity
    return _times(before, row.ratio_new, row.ratio_old)


def _times(quantity: Decimal, above: Decimal | None, below: Decimal | None) -> Decimal:
    """`quantity` times a ratio that is known to be there."""
    product = ARITHMETIC.multiply(quantity, above or NONE_HELD)
    return quantize(ARITHMETIC.divide(product, below or Decimal(1)))


def _take_back(held: dict[UUID, Decimal | None], row: TransactionRecord) -> None:
    instrument = row.instrument_id
    if instrument is None or row.kind is TransactionKind.DELIVERY:
        return
    if row.kind is TransactionKind.SPIN_OFF:
        _subtract(held, row.counterpart_id, row.quantity)
    elif row.kind is TransactionKind.MERGER:
        _take_back_merger(held, instrument, row)
    elif row.kind is TransactionKind.SPLIT:
        _take_back_split(held, instrument, row)
    else:
        _subtract(held, instrument, row.quantity)


def _take_back_split(held: dict[UUID, Decimal | None], instrument: UUID, row: TransactionRecord) -> None:
    after = held.get(instrument, NONE_HELD)
    if row.quantity:
        _subtract(held, instrument, row.quantity)
    elif after is not None and _has_ratio(row):
        held[instrument] = _times(after, row.ratio_old, row.ratio_new)
    else:
        held[instrument] = None


def _take_back_merger(held: dict[UUID, Decimal | None], instrument: UUID, row: TransactionRecord) -> None:
    _subtract(held, row.counterpart_id, row.counter_quantity or NONE_HELD)
    if row.quantity:
        _subtract(held, instrument, row.quantity)
    elif row.counter_quantity and _has_ratio(row):
        _subtract(held, instrument, -_times(row.counter_quantity, row.ratio_old, row.ratio_new))
    else:
        held[instrument] = None


def _subtract(held: dict[UUID, Decimal | None], instrument: UUID | None, quantity: Decimal) -> None:
    if instrument is not None:
        after = held.get(instrument, NONE_HELD)
        held[instrument] = None if after is None else after - quantity
