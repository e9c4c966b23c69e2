"""Opening positions and opening cash of a statement, as rows for the ledger."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from portfolios.engine.book import derive_book
from portfolios.engine.ledger import in_order
from portfolios.engine.openings import Opening, missing_openings, positions_of
from portfolios.engine.reconcile import CASH_TOLERANCE
from portfolios.engine.records import (
    AccountStatement,
    InstrumentFacts,
    ParsedTransaction,
    PortfolioRecord,
    ReliefMethod,
    StatedPosition,
    TransactionKind,
    TransactionRecord,
)
from portfolios.models import Instrument, Portfolio
from portfolios.selectors.stated import cash_before
from portfolios.services.instruments import InstrumentResolver

OPENING_SOURCE = "opening"
KEY_LENGTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDays:
    """The days that one account's part of a file speaks of."""

    first: date
    last: date

    @property
    def before(self) -> date:
        """The day on which opening positions are dated."""
        return self.first - timedelta(days=1)


def days_of(statement: AccountStatement) -> StatementDays | None:
    """The first and last day of a statement; None when it names no day at all.

    A row may be older than the stated period: brokers report late corrections in the period they learn
    of them.
    """
    days = [row.trade_date for row in statement.transactions]
    days += [position.day for position in stated_positions(statement)]
    days += [cash.day for cash in statement.cash]
    days += [day for day in (statement.first_day, statement.last_day) if day is not None]
    return StatementDays(first=min(days), last=max(days)) if days else None


def stated_positions(statement: AccountStatement) -> list[StatedPosition]:
    """The positions that the statement gives for its last day, one for each instrument."""
    merged: dict[InstrumentFacts, StatedPosition] = {}
    for position in statement.positions:
        if not position.is_prior and position.quantity:
            merged[position.instrument] = position
    return list(merged.values())


def opening_positions(
    *,
    portfolio: Portfolio,
    statement: AccountStatement,
    days: StatementDays,
    existing: Sequence[TransactionRecord],
    fresh: Sequence[TransactionRecord],
    facts: Mapping[UUID, InstrumentFacts],
    resolver: InstrumentResolver,
) -> tuple[ParsedTransaction, ...]:
    """Openings for the positions that neither the book nor the file's transactions explain.

    A file that states no positions at all says nothing about what is held.
    """
    stated = {resolver.resolve(position.instrument).pk: position for position in stated_positions(statement)}
    if not stated:
        return ()
    record = PortfolioRecord(
        id=portfolio.pk, base_currency=portfolio.base_currency, relief=ReliefMethod(portfolio.relief)
    )
    earlier = [row for row in existing if row.trade_date < days.first]
    during = [row for row in existing if days.first <= row.trade_date <= days.last]
    known = dict(facts) | _facts_of_book({row.instrument_id for row in existing} - facts.keys())
    openings = missing_openings(
        portfolio=record,
        earlier=positions_of(derive_book(earlier, {record.id: record}).movements, record.id),
        rows=in_order([*during, *fresh]),
        stated=stated,
        currencies={pk: fact.currency or portfolio.base_currency for pk, fact in known.items()},
    )
    return tuple(
        _opening_row(statement.account, days.before, opening, known[opening.instrument_id], stated)
        for opening in openings
    )


def opening_cash(
    *, portfolio: Portfolio, statement: AccountStatement, days: StatementDays, without: Collection[UUID]
) -> tuple[ParsedTransaction, ...]:
    """The cash that the statement starts with, as far as the book (`without` some rows) does not know it."""
    known = cash_before(portfolio.pk, days.first, without)
    gaps = [
        (cash, cash.start - known.get(cash.currency, Decimal(0)))
        for cash in statement.cash
        if cash.start is not None
    ]
    return tuple(
        ParsedTransaction(
            natural_key=_opening_key(statement.account, f"cash.{cash.currency}", days.before),
            line=cash.line,
            section="CashReport",
            row={"currency": cash.currency, "startingCash": f"{cash.start:f}"},
            kind=TransactionKind.OPENING,
            trade_date=days.before,
            amount=gap,
            currency=cash.currency,
            note="Cash that the statement starts with.",
        )
        for cash, gap in gaps
        if abs(gap) >= CASH_TOLERANCE
    )


def _opening_row(
    account: str,
    day: date,
    opening: Opening,
    facts: InstrumentFacts,
    stated: Mapping[UUID, StatedPosition],
) -> ParsedTransaction:
    name = facts.conid or facts.isin or f"{facts.symbol}.{opening.currency}"
    position = stated.get(opening.instrument_id)
    return ParsedTransaction(
        natural_key=_opening_key(account, name, day),
        line=position.line if position else 0,
        section="OpenPositions",
        row={"symbol": facts.symbol, "position": f"{opening.quantity:f}", "asOf": day.isoformat()},
        kind=TransactionKind.OPENING,
        trade_date=day,
        instrument=facts,
        quantity=opening.quantity,
        currency=opening.currency,
        cost=opening.cost,
        note="Held before the statement begins; worked out from its positions and transactions.",
    )


def _facts_of_book(instrument_ids: Collection[UUID | None]) -> dict[UUID, InstrumentFacts]:
    wanted = [pk for pk in instrument_ids if pk is not None]
    return {
        row.pk: InstrumentFacts(
            symbol=row.symbol,
            name=row.name,
            asset_class=row.asset_class,
            currency=row.currency,
            exchange=row.exchange,
            conid=row.conid,
            isin=row.isin,
            cusip=row.cusip,
            multiplier=row.multiplier,
            sector=row.sector,
        )
        for row in Instrument.objects.filter(pk__in=wanted)
    }


def _opening_key(account: str, name: str, day: date) -> str:
    """One opening for an account, an instrument and a day, however often the file is read."""
    key = f"{OPENING_SOURCE}:{account}:{name}:{day.isoformat()}"
    if len(key) > KEY_LENGTH:
        return f"{OPENING_SOURCE}:{hashlib.sha256(key.encode()).hexdigest()}"
    return key
