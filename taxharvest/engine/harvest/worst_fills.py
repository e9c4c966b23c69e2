"""How planned trades may fill at their worst: a sale that rests, at the least that it may bring.

Nobody knows in how many parts an order fills that rests, which lots it comes to by then, or how far
through its price a stop falls. These rows assume the worst of each, for the wash guard.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.records import LotChoice, LotRecord, ReliefMethod, TransactionRecord
from taxharvest.engine.harvest.planned_trades import PlannedTrade
from taxharvest.engine.what_if import SaleLedger
from trading.engine.tax_looks import RISE, TrapKind

ZERO = Decimal(0)
HALF = Decimal(2)
PLANS = frozenset((TrapKind.RECURRING, TrapKind.REINVESTMENT))
BY_AGE = frozenset((ReliefMethod.FIFO, ReliefMethod.LIFO))
# More than there are planned trades: a sale that is to come behind all of them.
BEHIND = 1_000_000


def at_their_worst(
    before: SaleLedger, trades: Sequence[PlannedTrade], rows: Sequence[TransactionRecord]
) -> list[TransactionRecord]:
    """The same rows with each sale that rests closing half of every lot that may lose, at the worst price.

    It may come to any of them, in whatever part it fills or after other sales, while shares of another one
    are still held: half of each shows both. A sale that comes to none is left out.
    A purchase by plan is paid at a price that nobody knows yet: above that of a sale which rests beside it.
    """
    dear = [_dearer(one, row, trades) for one, row in zip(trades, rows, strict=True)]
    bought = [row for row in dear if row.quantity > 0]
    lots = _lots_with(before, bought)
    taken: set[UUID] = set()
    found = []
    for one, row in zip(trades, dear, strict=True):
        if one.is_purchase or not one.rests:
            found.append(row)
            continue
        each = _least_each(one)
        reached = _reached(before, one, [lot for lot in lots if _position(lot) == _position(one)], trades)
        losing = [lot for lot in reached if lot.root_id not in taken and _loses(lot, each)]
        taken |= {lot.root_id for lot in losing}
        if losing:
            found.append(_closing(row, one, losing))
    return found


def may_lose(before: SaleLedger, sale: PlannedTrade, trades: Iterable[PlannedTrade] = ()) -> bool:
    """Whether a sale comes to a lot, held or bought before it, that has cost more than it may bring.

    A purchase loses nothing. Where lots were named for the sale it comes to no others.
    """
    if sale.is_purchase:
        return False
    each = _least_each(sale)
    least = sale.price if sale.worst is None else sale.worst
    lots = [lot for lot in before.lots_of(*_position(sale)) if _comes_to(sale, lot)]
    return any(_loses(lot, each) for lot in lots) or any(
        one.kind in PLANS or (one.price if one.worst is None else one.worst) > least
        for one in trades
        if one.is_purchase and _position(one) == _position(sale)
    )


def _lots_with(before: SaleLedger, bought: Sequence[TransactionRecord]) -> Sequence[LotRecord]:
    """The open lots once these purchases are booked too."""
    if not bought:
        return before.book.lots
    return before.so_far.lots_after(bought)


def _dearer(trade: PlannedTrade, row: TransactionRecord, trades: Iterable[PlannedTrade]) -> TransactionRecord:
    """The row of a purchase at the highest price that it may be paid at beside sales that rest."""
    beside = [
        one.price if one.worst is None else one.worst
        for one in trades
        if one.rests and not one.is_purchase and _position(one) == _position(trade)
    ]
    if not trade.is_purchase or not beside:
        return row
    price = trade.price if trade.worst is None else trade.worst
    if trade.kind in PLANS:
        price = ARITHMETIC.multiply(max(price, *beside), RISE)
    units = ARITHMETIC.multiply(trade.quantity, trade.multiplier)
    return replace(row, price=price, amount=-quantize(ARITHMETIC.multiply(units, price)))


def _reached(
    before: SaleLedger, sale: PlannedTrade, lots: Sequence[LotRecord], trades: Iterable[PlannedTrade]
) -> list[LotRecord]:
    """The lots that a sale may come to: those named; by age as many as all sales take; else every one."""
    if sale.lots:
        return [lot for lot in lots if _comes_to(sale, lot)]
    relief = before.portfolios[sale.portfolio_id].relief
    if relief not in BY_AGE:
        return [lot for lot in lots if lot.quantity > 0]
    left = -sum(
        (one.quantity for one in trades if not one.is_purchase and _position(one) == _position(sale)), ZERO
    )
    found = []
    for lot in lots if relief is ReliefMethod.FIFO else reversed(lots):
        if left > 0 and lot.quantity > 0:
            found.append(lot)
            left -= lot.quantity
    return found


def _closing(row: TransactionRecord, sale: PlannedTrade, losing: Sequence[LotRecord]) -> TransactionRecord:
    """The row of a sale that closes half of these lots, behind every purchase of the same day."""
    shares: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for lot in losing:
        shares[lot.root_id] += quantize(ARITHMETIC.divide(lot.quantity, HALF))
    quantity = sum(shares.values(), ZERO)
    price = sale.price if sale.worst is None else sale.worst
    units = ARITHMETIC.multiply(quantity, sale.multiplier)
    return replace(
        row,
        sequence=row.sequence + BEHIND,
        quantity=-quantity,
        price=price,
        amount=quantize(ARITHMETIC.multiply(units, price)),
        lots=tuple(LotChoice(lot_id=key, quantity=part) for key, part in shares.items()),
    )


def _least_each(sale: PlannedTrade) -> Decimal:
    """The least that one unit may bring, in the base currency of the account."""
    price = sale.price if sale.worst is None else sale.worst
    rate = sale.fx_rate or Decimal(1)
    return ARITHMETIC.multiply(ARITHMETIC.multiply(price, sale.multiplier), rate)


def _comes_to(sale: PlannedTrade, lot: LotRecord) -> bool:
    return not sale.lots or any(choice.lot_id == lot.root_id for choice in sale.lots)


def _loses(lot: LotRecord, each: Decimal) -> bool:
    return lot.basis_base is None or ARITHMETIC.multiply(lot.quantity, each) < lot.basis_base


def _position(one: PlannedTrade | LotRecord) -> tuple[UUID, UUID]:
    return one.portfolio_id, one.instrument_id
