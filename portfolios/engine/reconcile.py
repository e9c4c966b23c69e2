"""Holding the book against what a statement says is there, and naming the likely cause of a difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from portfolios.engine.figures import day_text
from portfolios.engine.records import TransactionKind, TransactionRecord

# Brokers state fractional shares with four decimals and cash with two.
POSITION_TOLERANCE = Decimal("0.0001")
CASH_TOLERANCE = Decimal("0.01")
# Ratios that splits are made in: when the two quantities stand in one of them, a split is the likely cause.
SPLIT_RATIOS = tuple(Decimal(ratio) for ratio in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50, 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Rows of a file that did not get into the book: how many, and the symbols they name."""

    rows: int = 0
    symbols: frozenset[str] = frozenset()


NOTHING_OMITTED = Omission()


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionDifference:
    """A position that the book and the statement give differently; `difference` is the book's less stated."""

    instrument_id: UUID
    stated: Decimal
    held: Decimal
    cause: str

    @property
    def difference(self) -> Decimal:
        """What the book has too much (or, negative, too little)."""
        return self.held - self.stated


@dataclass(frozen=True, slots=True, kw_only=True)
class CashDifference:
    """A cash balance that the book and the statement give differently."""

    currency: str
    stated: Decimal
    held: Decimal
    cause: str

    @property
    def difference(self) -> Decimal:
        """What the book has too much (or, negative, too little)."""
        return self.held - self.stated


def position_differences(
    *,
    stated: Mapping[UUID, Decimal],
    held: Mapping[UUID, Decimal],
    rows: Sequence[TransactionRecord],
    symbols: Mapping[UUID, str],
    omitted: Omission = NOTHING_OMITTED,
) -> list[PositionDifference]:
    """Where `held` differs from `stated` by more than rounding, each with its likely cause.

    What the statement does not name it holds at zero. `rows` are those of the portfolio up to the day of
    the statement; `omitted` tells of rows that were left out of the book.
    """
    by_instrument: dict[UUID, list[TransactionRecord]] = {}
    for row in rows:
        for key in (row.instrument_id, row.counterpart_id):
            if key is not None:
                by_instrument.setdefault(key, []).append(row)
    differences = []
    for instrument in sorted(stated.keys() | held.keys(), key=lambda key: key.int):
        there, here = stated.get(instrument, Decimal(0)), held.get(instrument, Decimal(0))
        if abs(there - here) <= POSITION_TOLERANCE:
            continue
        own = by_instrument.get(instrument, [])
        differences.append(
            PositionDifference(
                instrument_id=instrument,
                stated=there,
                held=here,
                cause=_position_cause(
                    there, here, own, is_omitted=symbols.get(instrument, "") in omitted.symbols
                ),
            )
        )
    return differences


def cash_differences(
    *,
    stated: Mapping[str, Decimal],
    starts: Mapping[str, Decimal],
    held: Mapping[str, Decimal],
    omitted: Omission = NOTHING_OMITTED,
) -> list[CashDifference]:
    """Where the cash of the book differs from `stated` by a cent or more, each with its likely cause.

    Only currencies that the statement names are compared. `starts` is the cash that it began with, where
    the book has nothing earlier to explain it.
    """
    differences = []
    for currency in sorted(stated):
        there, here = stated[currency], held.get(currency, Decimal(0))
        if abs(there - here) < CASH_TOLERANCE:
            continue
        differences.append(
            CashDifference(
                currency=currency,
                stated=there,
                held=here,
                cause=_cash_cause(there - here, starts.get(currency), omitted),
            )
        )
    return differences


def _position_cause(
    stated: Decimal, held: Decimal, rows: Sequence[TransactionRecord], *, is_omitted: bool
) -> str:
    """The first explanation that fits, from the surest to the vaguest."""
    twice = _row_of_size(held - stated, rows)
    causes = (
        (is_omitted, "rows that name it were left out of the import: see its list of rows"),
        (
            not rows,
            "it was bought before the first statement in the book: import an earlier one, or add openings",
        ),
        (
            _openings_and_earlier_rows(rows),
            "an opening position stands beside earlier transactions that it may already contain",
        ),
        (
            _in_split_ratio(stated, held),
            "the two stand in the ratio of a split: one is likely missing or counted twice",
        ),
        (
            twice is not None,
            f"it is the size of the {_words(twice)}, which may be counted twice" if twice else "",
        ),
        (not stated, "a sale, an expiry or a transfer out is missing after the last row in the book"),
        (held < stated, "a purchase or a transfer in is missing: import the statement that covers it"),
    )
    vaguest = "a sale or a transfer out is missing: import the statement that covers it"
    return next((words for fits, words in causes if fits), vaguest)


def _cash_cause(missing: Decimal, start: Decimal | None, omitted: Omission) -> str:
    if start is not None and abs(missing - start) < CASH_TOLERANCE:
        return "the statement began with this cash: add it as the opening balance, or import an earlier one"
    if omitted.rows:
        plural = "row was" if omitted.rows == 1 else "rows were"
        return f"{omitted.rows} {plural} left out of the import: see its list of rows"
    if start is not None:
        return "the statement began with cash that the book does not know: import an earlier one"
    return "the file's rows do not add up to its own cash: export it with trades, cash transactions and fees"


def _in_split_ratio(stated: Decimal, held: Decimal) -> bool:
    if not stated or not held or (stated < 0) != (held < 0):
        return False
    large, small = max(abs(stated), abs(held)), min(abs(stated), abs(held))
    return any(abs(small * ratio - large) <= POSITION_TOLERANCE * ratio for ratio in SPLIT_RATIOS)


def _row_of_size(excess: Decimal, rows: Sequence[TransactionRecord]) -> TransactionRecord | None:
    """The latest row that changed the position by exactly `excess`."""
    moves = (row for row in reversed(rows) if row.quantity and row.kind is not TransactionKind.DELIVERY)
    return next((row for row in moves if row.quantity == excess), None)


def _openings_and_earlier_rows(rows: Sequence[TransactionRecord]) -> bool:
    openings = [row.trade_date for row in rows if row.kind is TransactionKind.OPENING]
    return bool(openings) and any(row.trade_date < max(openings) for row in rows)


def _words(row: TransactionRecord) -> str:
    return f"{row.kind.value.replace('_', ' ')} of {day_text(row.trade_date)}"
