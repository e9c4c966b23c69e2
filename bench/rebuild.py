"""Rebuilding a stored book: reading the ledger, deriving, and every write, for growing ledgers."""

import math
import time
from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from accounts.models import Household, HouseholdMember
from bench.made_ledger import made_ledger
from portfolios.engine.records import InstrumentFacts, ParsedTransaction, TransactionRecord
from portfolios.models import Disposal, Holding, Lot, Portfolio
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record

SIZES = (10_000, 30_000, 100_000)


def measure() -> str:
    """A table of three sizes, with how the time grows from one to the next."""
    lines = [
        "## Rebuilding a stored book",
        "",
        (
            "`book_derive` on an empty set of derived tables: ledger read from the database, lots and "
            "disposals derived, all of them written. Growth is the exponent between two sizes; n log n "
            "grows with about 1.1, a square with 2."
        ),
        "",
        "| transactions | recorded, s | rebuilt with all writes, s | lots and disposals | growth |",
        "|---|---|---|---|---|",
    ]
    times = [_rebuild(size) for size in SIZES]
    growth = ["", *(f"{_exponent(a, b):.2f}" for a, b in pairwise(zip(SIZES, times, strict=True)))]
    for size, (recorded, rebuilt, rows), exponent in zip(SIZES, times, growth, strict=True):
        lines.append(f"| {size:,} | {recorded:.1f} | {rebuilt:.1f} | {rows:,} | {exponent} |")
    return "\n".join(lines)


def _exponent(
    smaller: tuple[int, tuple[float, float, int]], larger: tuple[int, tuple[float, float, int]]
) -> float:
    return math.log(larger[1][1] / smaller[1][1]) / math.log(larger[0] / smaller[0])


def _rebuild(size: int) -> tuple[float, float, int]:
    household = Household.objects.create(name=f"Bench {size}")
    holder = HouseholdMember.objects.create(household=household, name="Bench")
    ledger = made_ledger(size)
    recorded = 0.0
    for number, key in enumerate(ledger.portfolios):
        portfolio = Portfolio.objects.create(household=household, holder=holder, name=f"Account {number}")
        rows = [_parsed(row) for row in ledger.rows if row.portfolio_id == key]
        started = time.perf_counter()
        transactions_record(portfolio=portfolio, parsed=rows, source="bench")
        recorded += time.perf_counter() - started
    for model in (Lot, Disposal, Holding):
        model.objects.filter(portfolio__household=household).delete()
    started = time.perf_counter()
    summary = book_derive(household_id=household.pk)
    return recorded, time.perf_counter() - started, summary.lots + summary.disposals


def _parsed(row: TransactionRecord) -> ParsedTransaction:
    day: date = row.trade_date
    return ParsedTransaction(
        natural_key=f"bench:{row.id}",
        line=row.sequence,
        section="Bench",
        row={"id": str(row.id)},
        kind=row.kind,
        trade_date=day,
        instrument=_facts(row.instrument_id),
        quantity=row.quantity,
        price=row.price,
        amount=row.amount,
        fees=row.fees,
        currency=row.currency,
        fx_rate=Decimal(1),
    )


def _facts(instrument_id: UUID | None) -> InstrumentFacts | None:
    return (
        None if instrument_id is None else InstrumentFacts(symbol=f"I{instrument_id.int:X}", currency="USD")
    )
