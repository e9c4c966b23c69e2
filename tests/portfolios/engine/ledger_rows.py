"""Ledger rows for tests of the book, written short: one function per kind, numbers as text."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from common.identifiers import derived_uuid, following_uuid
from portfolios.engine.book import derive_book
from portfolios.engine.records import (
    Book,
    DisposalRecord,
    FindingKind,
    PortfolioRecord,
    TransactionKind,
    TransactionRecord,
)

HOME = UUID(int=0xA1)
AWAY = UUID(int=0xA2)
EUROPE = UUID(int=0xA3)
ACME = UUID(int=0xB1)
BETA = UUID(int=0xB2)
CORE = UUID(int=0xB3)

PORTFOLIOS = {
    HOME: PortfolioRecord(id=HOME, base_currency="USD"),
    AWAY: PortfolioRecord(id=AWAY, base_currency="USD"),
    EUROPE: PortfolioRecord(id=EUROPE, base_currency="EUR"),
}

_numbers = count(1)
_DECIMALS = frozenset(
    {
        "quantity",
        "price",
        "amount",
        "fees",
        "fx_rate",
        "ratio_new",
        "ratio_old",
        "counter_quantity",
        "basis_fraction",
        "cost",
    }
)


def row(kind: TransactionKind, day: str, **facts: Any) -> TransactionRecord:
    """A row in ACME, in US dollars, in the portfolio HOME, unless `facts` say otherwise."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": UUID(int=(number << 80) | (0x7 << 76) | (0b10 << 62) | number),
        "portfolio_id": HOME,
        "instrument_id": ACME,
        "currency": "USD",
        "sequence": number,
    }
    for name, value in facts.items():
        values[name] = Decimal(value) if name in _DECIMALS and value is not None else value
    return TransactionRecord(kind=kind, trade_date=date.fromisoformat(day), **values)


def buy(day: str, quantity: str, cost: str, **facts: Any) -> TransactionRecord:
    """A purchase of `quantity` for `cost`, fees included."""
    return row(TransactionKind.BUY, day, quantity=quantity, amount=f"-{cost}", **facts)


def sell(day: str, quantity: str, proceeds: str, **facts: Any) -> TransactionRecord:
    """A sale of `quantity` for `proceeds`, net of fees."""
    return row(TransactionKind.SELL, day, quantity=f"-{quantity}", amount=proceeds, **facts)


def book(rows: Iterable[TransactionRecord]) -> Book:
    """The book of `rows` over the portfolios of this file."""
    return derive_book(rows, PORTFOLIOS)


def kinds(found: Book) -> list[FindingKind]:
    """What the book noticed, in its order."""
    return [finding.kind for finding in found.findings]


def gains(found: Book) -> list[tuple[str, str | None, str]]:
    """Quantity, gain and term of every disposal."""
    return [(shown(piece.quantity), shown_gain(piece), piece.term.value) for piece in found.disposals]


def shown_gain(piece: DisposalRecord) -> str | None:
    """The gain as text."""
    return None if piece.gain is None else shown(piece.gain)


def shown(value: Decimal | None) -> str:
    """A number as text without trailing zeros, or a question mark while it is not known."""
    return "?" if value is None else f"{value.normalize():f}"


def open_lots(found: Book) -> list[tuple[str, str, str, str]]:
    """Quantity, basis, day of acquisition and holding date of every open lot."""
    return [
        (
            shown(lot.quantity),
            shown(lot.basis),
            str(lot.acquired or "?"),
            str(lot.holding_date or "?"),
        )
        for lot in found.lots
    ]


def seen(*values: object) -> tuple[object, ...]:
    """The values as one thing to compare: a Decimal equals a whole number, whatever their types."""
    return values


def moves(found: Book, portfolio: UUID = HOME, instrument: UUID = ACME) -> list[tuple[str, str]]:
    """Day and change of the position in one instrument of one portfolio."""
    return [
        (str(movement.day), shown(movement.quantity))
        for movement in found.movements
        if (movement.portfolio_id, movement.instrument_id) == (portfolio, instrument)
    ]


def disposal_id(row: TransactionRecord, number: int) -> UUID:
    """The identifier of a disposal of `row`: even for what counts, odd for what was washed, in order."""
    return following_uuid(derived_uuid(row.id, "disposal"), number)


def wash_id(disposal_id: UUID, number: int) -> UUID:
    """The identifier of a pair of sold and replacing shares of a disposal."""
    return following_uuid(disposal_id, (number + 1) << 24)
