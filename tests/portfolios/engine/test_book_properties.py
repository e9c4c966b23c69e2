"""What holds for every ledger: conservation, determinism, reversal, parts equal to the whole."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine.ledger import closure, effective, instrument_links
from portfolios.engine.records import (
    Book,
    DisposalCause,
    PositionEffect,
    TransactionKind,
    TransactionRecord,
)
from tests.portfolios.engine.ledger_rows import ACME, AWAY, BETA, CORE, EUROPE, HOME, book

INSTRUMENTS = (ACME, BETA, CORE, UUID(int=0xB4))
TRADES = (TransactionKind.BUY, TransactionKind.SELL, TransactionKind.REINVEST)
FIRST = date(2023, 1, 2)

amounts = st.decimals("0.01", "100000", places=2)
quantities = st.one_of(st.integers(1, 500).map(Decimal), st.decimals("0.0001", "500", places=4))
ratios = st.integers(1, 12).map(Decimal)


@st.composite
def ledgers(
    draw: st.DrawFn, kinds: tuple[TransactionKind, ...], *, known: bool = False
) -> list[TransactionRecord]:
    """Up to 40 rows of `kinds`; `known` keeps to one currency, so that nothing lacks a rate."""
    count = draw(st.integers(1, 40))
    return [_row(draw, number, draw(st.sampled_from(kinds)), known=known) for number in range(count)]


def _row(draw: st.DrawFn, number: int, kind: TransactionKind, *, known: bool) -> TransactionRecord:
    outgoing = kind in {TransactionKind.SELL, TransactionKind.TRANSFER_OUT, TransactionKind.MERGER}
    quantity = draw(quantities)
    amount = draw(amounts)
    facts: dict[str, Any] = {
        "quantity": -quantity if outgoing else quantity,
        "amount": -amount if kind in {TransactionKind.BUY, TransactionKind.REINVEST} else amount,
    }
    if kind in {TransactionKind.SPLIT, TransactionKind.MERGER, TransactionKind.SPIN_OFF}:
        facts["amount"] = draw(st.sampled_from([Decimal(0), amount]))
    if kind is TransactionKind.SPLIT:
        facts.update(ratio_new=draw(ratios), ratio_old=draw(ratios), quantity=Decimal(0))
    if kind in {TransactionKind.MERGER, TransactionKind.SPIN_OFF}:
        facts["counterpart_id"] = draw(st.sampled_from(INSTRUMENTS[2:]))
        facts["counter_quantity"] = draw(quantities)
        facts["basis_fraction"] = draw(st.sampled_from([Decimal("0.3"), Decimal("0.123456789"), None]))
        facts["price"] = draw(st.sampled_from([amount, None]))
    if kind in {TransactionKind.TRANSFER_IN, TransactionKind.TRANSFER_OUT}:
        facts["transfer_id"] = UUID(int=0xC00 + draw(st.integers(0, 5)))
    if kind in {TransactionKind.TRANSFER_IN, TransactionKind.OPENING}:
        facts["cost"] = draw(st.sampled_from([amount, None]))
        facts["acquired"] = draw(st.sampled_from([date(2020, 2, 29), None]))
    return TransactionRecord(
        id=UUID(int=(number + 1) << 80 | 0x7 << 76 | 0b10 << 62 | number),
        portfolio_id=draw(st.sampled_from([HOME, AWAY] if known else [HOME, AWAY, EUROPE])),
        kind=kind,
        trade_date=FIRST + timedelta(days=draw(st.integers(0, 600))),
        sequence=number,
        instrument_id=draw(st.sampled_from(INSTRUMENTS[:2])),
        currency="USD",
        fx_rate=None if known else draw(st.sampled_from([Decimal("0.912345678901"), None])),
        position_effect=draw(st.sampled_from(list(PositionEffect))),
        **facts,
    )


ALL_KINDS = (
    *TRADES,
    TransactionKind.SPLIT,
    TransactionKind.STOCK_DIVIDEND,
    TransactionKind.SPIN_OFF,
    TransactionKind.MERGER,
    TransactionKind.RETURN_OF_CAPITAL,
    TransactionKind.TRANSFER_IN,
    TransactionKind.TRANSFER_OUT,
    TransactionKind.OPENING,
    TransactionKind.DIVIDEND,
)


@given(ledgers(ALL_KINDS))
def test_movements_add_up_to_holdings_and_holdings_to_lots(rows: list[TransactionRecord]) -> None:
    found = book(rows)
    moved: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for movement in found.movements:
        moved[movement.portfolio_id, movement.instrument_id] += movement.quantity
    in_lots: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for lot in found.lots:
        in_lots[lot.portfolio_id, lot.instrument_id] += lot.quantity
    held = {(holding.portfolio_id, holding.instrument_id): holding.quantity for holding in found.holdings}
    assert {key: units for key, units in moved.items() if units} == {
        key: units for key, units in held.items() if units
    }
    assert in_lots == held
    assert all(lot.quantity for lot in found.lots)
    assert all(piece.quantity > 0 for piece in found.disposals)


@given(ledgers((*TRADES, TransactionKind.SPLIT), known=True))
def test_cost_is_conserved_through_sales_and_splits(rows: list[TransactionRecord]) -> None:
    """Purchases = what covered short positions + basis disposed of + basis still open, to the last unit."""
    found = book(rows)
    bought = sum((-row.amount for row in rows if row.kind in TRADES and row.quantity > 0), Decimal(0))
    sold = sum((row.amount for row in rows if row.kind is TransactionKind.SELL), Decimal(0))
    paid_in_lieu = sum(
        (
            piece.proceeds if not piece.is_short_sale else -(piece.basis or 0)
            for piece in found.disposals
            if piece.cause is DisposalCause.CASH_IN_LIEU
        ),
        Decimal(0),
    )
    longs = [piece for piece in found.disposals if not piece.is_short_sale]
    shorts = [piece for piece in found.disposals if piece.is_short_sale]
    # The basis of a cover of nothing is not known in the currency; its twin in the base currency is the cost.
    covered = sum((piece.basis_base or Decimal(0) for piece in shorts), Decimal(0))
    covered_in_lieu = sum(
        (piece.basis_base or Decimal(0) for piece in shorts if piece.cause is DisposalCause.CASH_IN_LIEU),
        Decimal(0),
    )
    disposed = sum((piece.basis or Decimal(0) for piece in longs), Decimal(0))
    still_open = sum((lot.basis or Decimal(0) for lot in found.lots if lot.quantity > 0), Decimal(0))
    # A deferred loss counts twice in these sums: where it was not allowed, and in the basis that took it up.
    deferred = sum((piece.disallowed_base for piece in longs), Decimal(0))
    assert bought + covered_in_lieu + deferred == disposed + covered + still_open
    proceeds = sum((piece.proceeds for piece in longs), Decimal(0))
    short_proceeds = sum((piece.proceeds for piece in shorts), Decimal(0))
    short_open = sum((lot.basis or Decimal(0) for lot in found.lots if lot.quantity < 0), Decimal(0))
    deferred_short = sum((piece.disallowed_base for piece in shorts), Decimal(0))
    assert sold + paid_in_lieu + covered_in_lieu - deferred_short == proceeds + short_proceeds + short_open


@given(ledgers((*TRADES, TransactionKind.SPIN_OFF, TransactionKind.RETURN_OF_CAPITAL), known=True))
def test_spin_offs_and_returned_capital_move_basis_and_make_none(rows: list[TransactionRecord]) -> None:
    rows = [
        replace(
            row,
            position_effect=PositionEffect.UNSET,
            basis_fraction=Decimal("0.3"),
            amount=Decimal(0) if row.kind is TransactionKind.SPIN_OFF else row.amount,
        )
        for row in rows
    ]
    found = book(rows)
    left_out = {finding.transaction_id for finding in found.findings}
    bought = sum((-row.amount for row in rows if row.kind in TRADES and row.quantity > 0), Decimal(0))
    returned = sum(
        (
            row.amount
            for row in rows
            if row.kind is TransactionKind.RETURN_OF_CAPITAL and row.id not in left_out
        ),
        Decimal(0),
    )
    beyond_basis = sum(
        (
            piece.proceeds
            for piece in found.disposals
            if piece.cause is DisposalCause.RETURN_OF_CAPITAL and piece.basis is not None
        ),
        Decimal(0),
    )
    disposed = sum((piece.basis or Decimal(0) for piece in found.disposals), Decimal(0))
    still_open = sum((lot.basis or Decimal(0) for lot in found.lots), Decimal(0))
    deferred = sum((piece.disallowed_base for piece in found.disposals), Decimal(0))
    assert bought - returned + beyond_basis + deferred == disposed + still_open


@given(ledgers(ALL_KINDS), st.randoms(use_true_random=False))
def test_the_order_in_which_rows_are_given_does_not_matter(
    rows: list[TransactionRecord], random: Random
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert book(shuffled) == book(rows)
    assert repr(book(shuffled)) == repr(book(rows))


@given(ledgers(ALL_KINDS))
def test_deriving_by_closure_gives_the_same_as_deriving_everything(rows: list[TransactionRecord]) -> None:
    links = instrument_links(rows)
    groups = {closure([instrument], links) for instrument in INSTRUMENTS}
    parts = [book(row for row in rows if row.instrument_id in group) for group in groups]
    assert joined(parts) == book(rows)


@given(ledgers(ALL_KINDS), st.data())
def test_a_reversed_row_leaves_no_trace(rows: list[TransactionRecord], data: st.DataObject) -> None:
    wrong = data.draw(st.sampled_from(rows))
    reversal = replace(
        wrong,
        id=UUID(int=99 << 80),
        reverses_id=wrong.id,
        trade_date=wrong.trade_date + timedelta(days=data.draw(st.integers(-3, 3))),
        quantity=-wrong.quantity,
        amount=-wrong.amount,
    )
    assert book([*rows, reversal]) == book([row for row in rows if row.id != wrong.id])
    assert effective([*rows, reversal])[1] == []


@given(ledgers((*TRADES, TransactionKind.DIVIDEND), known=True), st.integers(2, 9))
def test_a_split_before_all_sales_changes_no_gain(rows: list[TransactionRecord], ratio: int) -> None:
    """Trading on and a whole split first, with later rows in new shares: the same money."""
    bought = [replace(row, trade_date=FIRST) for row in rows if row.quantity > 0 and row.kind in TRADES]
    sold = [
        replace(row, trade_date=FIRST + timedelta(days=900), position_effect=PositionEffect.UNSET)
        for row in rows
        if row.kind is TransactionKind.SELL
    ]
    splits = [
        TransactionRecord(
            id=UUID(int=1000 + number),
            portfolio_id=portfolio,
            kind=TransactionKind.SPLIT,
            trade_date=FIRST + timedelta(days=800),
            instrument_id=instrument,
            currency="USD",
            ratio_new=Decimal(ratio),
            ratio_old=Decimal(1),
        )
        for number, (portfolio, instrument) in enumerate((p, i) for p in (HOME, AWAY) for i in INSTRUMENTS)
    ]
    scaled = [replace(row, quantity=row.quantity * ratio) for row in sold]
    plain_book, split_book = book([*bought, *sold]), book([*bought, *splits, *scaled])
    assert [
        (piece.id, piece.proceeds, piece.basis, piece.gain, piece.term) for piece in split_book.disposals
    ] == [(piece.id, piece.proceeds, piece.basis, piece.gain, piece.term) for piece in plain_book.disposals]
    assert [(lot.id, lot.quantity, lot.basis) for lot in split_book.lots] == [
        (lot.id, lot.quantity * ratio, lot.basis) for lot in plain_book.lots
    ]


def joined(parts: Iterable[Book]) -> Book:
    """Books of different instruments as one, in the order of a book."""
    names = ("lots", "disposals", "holdings", "movements", "findings", "washes")
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for part in parts:
        for name in names:
            columns[name].extend(getattr(part, name))
    return Book(**{name: tuple(sorted(column, key=_place)) for name, column in columns.items()})


def _place(record: Any) -> tuple[int, int]:
    return record.portfolio_id.int, -1 if record.instrument_id is None else record.instrument_id.int
