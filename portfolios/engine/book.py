"""The book: everything that follows from a ledger, derived in one pass."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from common.identifiers import derived_uuid
from common.records import maker_of
from portfolios.engine.closings import Closing, closed_records
from portfolios.engine.corporate_actions import return_of_capital, spin_off, split, stock_dividend
from portfolios.engine.ledger import effective
from portfolios.engine.lots import LotQueue, merged
from portfolios.engine.mergers import merger
from portfolios.engine.policies import TaxRules, WashMode
from portfolios.engine.positions import Position
from portfolios.engine.records import (
    Book,
    DisposalCause,
    FindingRecord,
    HoldingRecord,
    LotRecord,
    MovementRecord,
    PortfolioRecord,
    TransactionKind,
    TransactionRecord,
)
from portfolios.engine.relief.named import NamedLots
from portfolios.engine.relief.registry import BY_BASIS, BY_DATE
from portfolios.engine.relief.sales import Relief
from portfolios.engine.trades import buy, delivery, gift, inheritance, opening, sell
from portfolios.engine.transfer_pairs import pair_transfers
from portfolios.engine.transfers import Transfers
from portfolios.engine.units import to_decimal, to_decimal_or_none, to_decimals
from portfolios.engine.walk import Walk
from portfolios.engine.washsales import OrderKey, WashSales

# Where no rules are given, each instrument is identical with itself alone.
EVERYTHING_APART = TaxRules()
_make_lot = maker_of(LotRecord)
_make_movement = maker_of(MovementRecord)
Handler = Callable[[Walk, Position, TransactionRecord], None]
Reliefs = Mapping[UUID, Relief]
BY_ACCOUNT: Reliefs = MappingProxyType({})

HANDLERS: Mapping[TransactionKind, Handler] = MappingProxyType(
    {
        TransactionKind.BUY: buy,
        TransactionKind.REINVEST: buy,
        TransactionKind.SELL: sell,
        TransactionKind.OPENING: opening,
        TransactionKind.GIFT: gift,
        TransactionKind.INHERITANCE: inheritance,
        TransactionKind.DELIVERY: delivery,
        TransactionKind.SPLIT: split,
        TransactionKind.STOCK_DIVIDEND: stock_dividend,
        TransactionKind.SPIN_OFF: spin_off,
        TransactionKind.MERGER: merger,
        TransactionKind.RETURN_OF_CAPITAL: return_of_capital,
    }
)


def derive_book(
    transactions: Iterable[TransactionRecord],
    portfolios: Mapping[UUID, PortfolioRecord],
    rules: TaxRules = EVERYTHING_APART,
    reliefs: Reliefs = BY_ACCOUNT,
) -> Book:
    """The lots, disposals, holdings, movements, wash sales and findings that follow from `transactions`.

    The rows may come in any order and cover several portfolios, best all those of a household, since lots
    move between them and purchases of one wash losses of another. Equal sets of rows give equal books. Each
    part is ordered by portfolio, then instrument; within these, lots by acquisition, disposals, wash sales
    and movements by day, findings as met.

    `reliefs` names a method for single sales, by ledger row, where it is not the account's; lots named for a
    sale come before it. Rows that only move cash do nothing here.

    What cannot be right (a sale of more than is held, a split of nothing, a transfer with one leg) is a
    finding and never a guess. Raises KeyError when a row names a portfolio that `portfolios` lacks.
    """
    with collector_paused():
        return book_of(ledger_walked(transactions, portfolios, rules, reliefs))


def ledger_walked(
    transactions: Iterable[TransactionRecord],
    portfolios: Mapping[UUID, PortfolioRecord],
    rules: TaxRules,
    reliefs: Reliefs = BY_ACCOUNT,
) -> Walk:
    """The walk over a ledger at its end, from which `book_of` makes the book; see `derive_book`."""
    rows, findings = effective(transactions)
    rows = pair_transfers(rows)
    named: Mapping[UUID, NamedLots] = {}
    if needs_brokers_book(portfolios, rules, reliefs):
        broker = replace(rules, mode=WashMode.BROKER)
        named = brokers_choices(_walked(rows, portfolios, broker, named, reliefs), reliefs)
    walk = _walked(rows, portfolios, rules, named, reliefs)
    walk.findings.extend(findings)
    return walk


def needs_brokers_book(
    portfolios: Mapping[UUID, PortfolioRecord], rules: TaxRules, reliefs: Reliefs = BY_ACCOUNT
) -> bool:
    """Whether the broker's book, walked first, chooses lots that the taxpayer's has to follow."""
    return rules.mode is WashMode.TAXPAYER and not _is_by_date(portfolios.values(), reliefs)


def _walked(
    rows: Sequence[TransactionRecord],
    portfolios: Mapping[UUID, PortfolioRecord],
    rules: TaxRules,
    named: Mapping[UUID, NamedLots],
    reliefs: Reliefs,
) -> Walk:
    walk = Walk(portfolios, WashSales(rules, _last_fills(rows)), named, reliefs)
    transfers = Transfers(rows)
    handlers = {
        **HANDLERS,
        TransactionKind.TRANSFER_OUT: transfers.leave,
        TransactionKind.TRANSFER_IN: transfers.arrive,
    }
    for row in rows:
        handler = handlers.get(row.kind)
        if handler is None:
            continue
        if row.instrument_id is None:
            walk.unusable(row, f"a row of kind {row.kind.value} needs an instrument")
        else:
            handler(walk, walk.position(row.portfolio_id, row.instrument_id), row)
    transfers.finish(walk)
    walk.washes.finish()
    walk.findings.extend(walk.washes.findings)
    return walk


def _last_fills(rows: Iterable[TransactionRecord]) -> dict[OrderKey, UUID]:
    """The last fill of each sale order that was filled in several, for a day and an account."""
    last: dict[OrderKey, UUID] = {}
    several: set[OrderKey] = set()
    for row in rows:
        if row.order_ref and row.kind is TransactionKind.SELL:
            key = (row.portfolio_id, row.order_ref, row.trade_date)
            if key in last:
                several.add(key)
            last[key] = row.id
    return {key: last[key] for key in several}


def _is_by_date(portfolios: Iterable[PortfolioRecord], reliefs: Reliefs) -> bool:
    """Whether no account, and no sale with a method of its own, lets the broker choose lots by basis."""
    by_account = all(portfolio.relief in BY_DATE for portfolio in portfolios)
    return by_account and not any(relief in BY_BASIS for relief in reliefs.values())


def brokers_choices(walk: Walk, reliefs: Reliefs) -> dict[UUID, list[tuple[UUID, int]]]:
    """The lots that each sale took in the broker's book, where its method chooses them by basis."""
    choices: defaultdict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for position in walk.positions.values():
        by_basis = position.portfolio.relief not in BY_DATE
        for closing in position.closings:
            relief = reliefs.get(closing.row.id)
            is_chosen = by_basis if relief is None else relief in BY_BASIS
            known = closing.piece.root_id != closing.row.id
            if is_chosen and known and not closing.is_short and _is_sale(closing):
                choices[closing.row.id].append((closing.piece.root_id, closing.quantity))
    return choices


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pauses the search for reference cycles: a book has none, and looking for them doubles the time.

    What is inside calls a function, so that the walk is gone before the search goes on: only the book's own
    records are looked at then.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def book_of(walk: Walk) -> Book:
    """The book that stands at the end of a walk."""
    positions = positions_of(walk)
    closed = [closed_records(position.closings) for position in positions]
    return Book(
        lots=tuple(lot for position in positions for lot in lots_of(position)),
        disposals=tuple(record for disposals, _ in closed for record in disposals),
        holdings=tuple(holding for position in positions for holding in _holding(position)),
        movements=tuple(movement for position in positions for movement in _movements(position)),
        findings=tuple(sorted(walk.findings, key=_finding_order)),
        washes=tuple(record for _, washes in closed for record in washes),
    )


def positions_of(walk: Walk) -> list[Position]:
    """The positions in the order of a book."""
    return sorted(walk.positions.values(), key=_position_order)


def _position_order(position: Position) -> tuple[int, int]:
    return position.portfolio.id.int, position.instrument_id.int


def _is_sale(closing: Closing) -> bool:
    return closing.row.kind is TransactionKind.SELL and closing.cause is DisposalCause.SALE


def _finding_order(finding: FindingRecord) -> tuple[int, int]:
    instrument = finding.instrument_id
    return finding.portfolio_id.int, -1 if instrument is None else instrument.int


def lots_of(position: Position) -> Iterable[LotRecord]:
    """The open lots of a position, those held long first."""
    yield from _side(position, position.longs, 1)
    yield from _side(position, position.shorts, -1)


def _side(position: Position, queue: LotQueue, sign: int) -> Iterable[LotRecord]:
    for lot in merged(queue):
        cost, cost_base = to_decimals(lot.cost, lot.cost_base)
        basis, basis_base = to_decimals(lot.basis, lot.basis_base)
        yield _make_lot(
            lot.id,
            lot.root_id,
            position.portfolio.id,
            position.instrument_id,
            lot.transaction_id,
            lot.origin,
            lot.acquired,
            lot.holding_date,
            to_decimal(sign * lot.quantity),
            lot.currency,
            cost,
            cost_base,
            basis,
            basis_base,
            to_decimal(lot.deferred),
            to_decimal_or_none(lot.loss_basis),
        )


def _holding(position: Position) -> Iterable[HoldingRecord]:
    lots = [(lot, 1) for lot in merged(position.longs)] + [(lot, -1) for lot in merged(position.shorts)]
    if not lots:
        return
    one_currency = len({lot.currency for lot, _ in lots}) == 1
    yield HoldingRecord(
        id=derived_uuid(position.portfolio.id, f"holding:{position.instrument_id}"),
        portfolio_id=position.portfolio.id,
        instrument_id=position.instrument_id,
        quantity=to_decimal(position.longs.quantity - position.shorts.quantity),
        currency=lots[-1][0].currency,
        basis=to_decimal_or_none(_total((lot.basis, sign) for lot, sign in lots)) if one_currency else None,
        basis_base=to_decimal_or_none(_total((lot.basis_base, sign) for lot, sign in lots)),
        lot_count=len(lots),
    )


def _total(amounts: Iterable[tuple[int | None, int]]) -> int | None:
    """The signed sum, not known when any part is not known."""
    total = 0
    for amount, sign in amounts:
        if amount is None:
            return None
        total += sign * amount
    return total


def _movements(position: Position) -> Iterable[MovementRecord]:
    for day, units in position.movements:
        if units:
            yield _make_movement(position.portfolio.id, position.instrument_id, day, to_decimal(units))
