"""Working out what one account's part of a file would do to the book, before anything is written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from common.identifiers import uuid7
from portfolios.engine.file_kinds import FileKind
from portfolios.engine.ledger import effective, in_order
from portfolios.engine.records import AccountStatement, InstrumentFacts, ParsedTransaction, TransactionRecord
from portfolios.engine.running_positions import oversold_rows
from portfolios.models import Portfolio, Transaction
from portfolios.selectors.facts import transaction_records
from portfolios.services.import_executions import rows_told
from portfolios.services.import_openings import (
    OPENING_SOURCE,
    StatementDays,
    days_of,
    opening_cash,
    opening_positions,
)
from portfolios.services.import_repeats import known_rows_altered
from portfolios.services.instruments import InstrumentResolver
from portfolios.services.ledger import day_sequence, runs_backwards

BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """What would be added for one account of a file, and what would not, with the reason.

    `altered` maps the natural keys of rows that the book has, but not as the file says, to the reason.
    `oversold` maps the natural keys of sales that exceed the position to what is held at their turn.
    `replaced` are opening positions of the book that the file reaches back before: its own rows explain
    them now. `withheld` are openings that the book had for that day and no longer counts in full: taken back
    by hand, or beside rows that were.
    """

    portfolio: Portfolio
    statement: AccountStatement
    rows: tuple[ParsedTransaction, ...]
    known: frozenset[str]
    altered: Mapping[str, str] = field(default_factory=dict)
    oversold: Mapping[str, Decimal] = field(default_factory=dict)
    openings: tuple[ParsedTransaction, ...] = ()
    opening_cash: tuple[ParsedTransaction, ...] = ()
    withheld: tuple[ParsedTransaction, ...] = ()
    replaced: tuple[Transaction, ...] = ()
    has_history: bool = False

    @property
    def all_openings(self) -> tuple[ParsedTransaction, ...]:
        """Positions and cash to start with."""
        return self.openings + self.opening_cash


def account_plan(*, portfolio: Portfolio, statement: AccountStatement, source: str) -> AccountPlan:
    """What `statement` would add to `portfolio`.

    Run it inside a write transaction that holds the household's lock: instruments that the book does not
    have are created on the way (a rehearsal rolls back).
    """
    facts = all_facts(statement)
    resolver = InstrumentResolver(portfolio.household_id)
    resolver.create_missing(facts)
    heard = rows_told(portfolio, statement.transactions, resolver)
    known = _known_keys(portfolio, [row.natural_key for row in heard.rows]).keys() | heard.told.keys()
    altered = known_rows_altered(portfolio, heard.rows, known - heard.settled, heard.told)
    doubtful = {key: reason for key, reason in heard.doubtful.items() if key not in known}
    altered |= doubtful
    known |= heard.settled
    fresh = _first_of_each_key(heard.rows, known | doubtful.keys())
    existing = _existing(portfolio, fresh)
    records = _records(portfolio, fresh, resolver)
    oversold: dict[str, Decimal] = {}
    if source == FileKind.CSV:
        oversold = _oversold(existing, records)
        fresh = [row for row in fresh if row.natural_key not in oversold]
        records = {key: record for key, record in records.items() if key not in oversold}
    days = days_of(statement)
    if days is None:
        return AccountPlan(
            portfolio=portfolio,
            statement=statement,
            rows=tuple(fresh),
            known=frozenset(known),
            altered=altered,
        )
    replaced = _openings_reached(portfolio, days)
    kept = [row for row in existing if row.id not in {opening.pk for opening in replaced}]
    openings = opening_positions(
        portfolio=portfolio,
        statement=statement,
        days=days,
        existing=kept,
        fresh=list(records.values()),
        facts={resolver.resolve(fact).pk: fact for fact in facts},
        resolver=resolver,
    )
    cash = opening_cash(
        portfolio=portfolio, statement=statement, days=days, without={row.pk for row in replaced}
    )
    had = _known_keys(portfolio, [row.natural_key for row in (*openings, *cash)]).keys()
    return AccountPlan(
        portfolio=portfolio,
        statement=statement,
        rows=tuple(fresh),
        known=frozenset(known),
        altered=altered,
        oversold=oversold,
        openings=tuple(row for row in openings if row.natural_key not in had),
        opening_cash=tuple(row for row in cash if row.natural_key not in had),
        withheld=tuple(row for row in (*openings, *cash) if row.natural_key in had),
        replaced=replaced,
        has_history=any(row.trade_date < days.first for row in kept),
    )


def all_facts(statement: AccountStatement) -> list[InstrumentFacts]:
    """Every instrument that one account's part of a file names, once each, in the order of the file."""
    facts: dict[InstrumentFacts, None] = {}
    for row in statement.transactions:
        for fact in (row.instrument, row.counterpart):
            if fact is not None:
                facts.setdefault(fact)
    for position in statement.positions:
        facts.setdefault(position.instrument)
    for price in statement.prices:
        facts.setdefault(price.instrument)
    return list(facts)


def _known_keys(portfolio: Portfolio, keys: Iterable[str]) -> dict[str, UUID]:
    """The natural keys among `keys` that the ledger has, with their rows."""
    wanted = list(dict.fromkeys(keys))
    known: dict[str, UUID] = {}
    for start in range(0, len(wanted), BATCH):
        found = Transaction.objects.filter(portfolio=portfolio, natural_key__in=wanted[start : start + BATCH])
        known.update(found.values_list("natural_key", "id"))
    return known


def _first_of_each_key(rows: Iterable[ParsedTransaction], known: Collection[str]) -> list[ParsedTransaction]:
    fresh: dict[str, ParsedTransaction] = {}
    for row in rows:
        if row.natural_key not in known:
            fresh.setdefault(row.natural_key, row)
    return list(fresh.values())


def _existing(portfolio: Portfolio, fresh: Sequence[ParsedTransaction]) -> list[TransactionRecord]:
    """The rows of the book that still count once the file's own reversals have taken theirs back."""
    taken_back = set(_known_keys(portfolio, [row.reverses_key for row in fresh if row.reverses_key]).values())
    rows, _ = effective(transaction_records([portfolio.pk]))
    return [row for row in rows if row.id not in taken_back]


def _records(
    portfolio: Portfolio, fresh: Sequence[ParsedTransaction], resolver: InstrumentResolver
) -> dict[str, TransactionRecord]:
    """The rows as the rules will see them once they are written, by natural key; reversals cancel out."""
    backwards = runs_backwards(fresh)
    taken_back = {row.reverses_key for row in fresh}
    return {
        row.natural_key: TransactionRecord(
            id=uuid7(),
            portfolio_id=portfolio.pk,
            kind=row.kind,
            trade_date=row.trade_date,
            sequence=day_sequence(row, backwards=backwards),
            instrument_id=resolver.resolve(row.instrument).pk if row.instrument else None,
            quantity=row.quantity,
            price=row.price,
            amount=row.amount,
            fees=row.fees,
            currency=row.currency or portfolio.base_currency,
            fx_rate=row.fx_rate,
            position_effect=row.position_effect,
            ratio_new=row.ratio_new,
            ratio_old=row.ratio_old,
            counterpart_id=resolver.resolve(row.counterpart).pk if row.counterpart else None,
            counter_quantity=row.counter_quantity,
            counter_amount=row.counter_amount,
            counter_currency=row.counter_currency,
            basis_fraction=row.basis_fraction,
            cost=row.cost,
            acquired=row.acquired,
        )
        for row in fresh
        if not row.reverses_key and row.natural_key not in taken_back
    }


def _oversold(
    existing: Sequence[TransactionRecord], fresh: Mapping[str, TransactionRecord]
) -> dict[str, Decimal]:
    """Natural keys of new sales that exceed what is held at their turn."""
    keys = {record.id: key for key, record in fresh.items()}
    refused = oversold_rows({}, in_order([*existing, *fresh.values()]), frozenset(keys))
    return {keys[pk]: held for pk, held in refused.items()}


def _openings_reached(portfolio: Portfolio, days: StatementDays) -> tuple[Transaction, ...]:
    """Openings of the book that are dated inside the file's days: the file tells what came before them."""
    rows = Transaction.objects.effective().filter(
        portfolio=portfolio, source=OPENING_SOURCE, trade_date__range=(days.first, days.last)
    )
    return tuple(rows.select_related("portfolio"))
