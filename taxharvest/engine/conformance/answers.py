"""What the cases and the book share: identifiers from names, rows of one account, amounts as text."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.identifiers import derived_uuid
from common.money import cents
from portfolios.engine.book import derive_book
from portfolios.engine.policies import TaxRules
from portfolios.engine.records import (
    Book,
    DisposalRecord,
    PortfolioRecord,
    ReliefMethod,
    Term,
    TransactionKind,
    TransactionRecord,
)

CURRENCY = "USD"
TERMS = {Term.SHORT: "S", Term.LONG: "L", Term.UNKNOWN: "unknown"}
_NAMES = UUID("01890000-0000-7000-8000-000000000000")


def identifier(kind: str, name: str) -> UUID:
    """The identifier of a thing of the case: always the same for the same kind and name."""
    return derived_uuid(_NAMES, f"{kind}:{name}")


def lot_identifier(name: str) -> UUID:
    """The identifier of the lot that the transaction `name` brings in."""
    return derived_uuid(identifier("transaction", name), "lot")


ACCOUNT = identifier("account", "")
INSTRUMENT = identifier("instrument", "")
COUNTERPART = identifier("instrument", "counterpart")


def entry(name: str, kind: TransactionKind, day: date, **facts: Any) -> TransactionRecord:
    """A ledger row in US dollars, in the one account and instrument unless `facts` say otherwise."""
    values: dict[str, Any] = {"portfolio_id": ACCOUNT, "instrument_id": INSTRUMENT, "currency": CURRENCY}
    return TransactionRecord(
        id=identifier("transaction", name), kind=kind, trade_date=day, **(values | facts)
    )


def book_of(
    rows: Iterable[TransactionRecord],
    portfolios: Iterable[PortfolioRecord] = (),
    rules: TaxRules | None = None,
    *,
    relief: ReliefMethod = ReliefMethod.FIFO,
) -> Book:
    """The book of `rows`; without `portfolios`, in one account that sells by `relief`."""
    accounts = list(portfolios) or [PortfolioRecord(id=ACCOUNT, base_currency=CURRENCY, relief=relief)]
    return derive_book(rows, {account.id: account for account in accounts}, rules or TaxRules())


def recognised(disposals: Iterable[DisposalRecord]) -> Decimal | None:
    """The gain of all of them that reaches the return; None while one is not known."""
    return total(piece.recognised_base for piece in disposals)


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None while one is not known."""
    found = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        found += amount
    return found


def money(amount: Decimal | None) -> str | None:
    """An amount in cents as text; None stays: not known."""
    return None if amount is None else str(cents(amount))


def count(quantity: Decimal) -> str:
    """A number of shares as text, without trailing zeros."""
    return f"{quantity.normalize():f}"


def term(disposals: Iterable[DisposalRecord]) -> str:
    """The term that all of them share, “mixed” where they do not; empty where there is none."""
    terms = {TERMS[piece.term] for piece in disposals}
    return "mixed" if len(terms) > 1 else next(iter(terms), "")
