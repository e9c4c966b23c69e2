"""Short ways to write down prices, rates, ledger rows and valued days in tests."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from portfolios.engine.closes import Close
from portfolios.engine.exchange_rates import RateQuote, RateTable
from portfolios.engine.records import (
    DisposalRecord,
    LotOrigin,
    LotRecord,
    MovementRecord,
    PortfolioRecord,
    Term,
    TransactionKind,
    TransactionRecord,
    ValuationRecord,
)

ACCOUNT = UUID(int=1)
ACME, GLOBEX = UUID(int=101), UUID(int=102)
NAMES = {ACME: "ACME", GLOBEX: "GLOBEX"}
ROW_NUMBERS = count(1000)
PORTFOLIO = PortfolioRecord(id=ACCOUNT, base_currency="USD")


def on(text: str) -> date:
    """The day of an ISO date."""
    return date.fromisoformat(text)


def days_from(first: str, length: int) -> list[date]:
    """`length` calendar days from `first` on."""
    return [on(first) + timedelta(days=index) for index in range(length)]


def closes(*prices: tuple[str, str], currency: str = "USD") -> list[Close]:
    """Closes from pairs of day and price."""
    return [Close(on(day), Decimal(price), currency) for day, price in prices]


def rates(*quotes: tuple[str, str, str], base: str = "USD") -> RateTable:
    """A table from triples of currency, day and units of `base`."""
    return RateTable(RateQuote(currency, base, on(day), Decimal(rate)) for currency, day, rate in quotes)


def moved(day: str, quantity: str, instrument_id: UUID = ACME) -> MovementRecord:
    """A change of a position."""
    return MovementRecord(
        portfolio_id=ACCOUNT, instrument_id=instrument_id, day=on(day), quantity=Decimal(quantity)
    )


def row(kind: TransactionKind, day: str, amount: str = "0", **fields: Any) -> TransactionRecord:
    """A ledger row in US dollars unless told otherwise."""
    fields.setdefault("currency", "USD")
    fields.setdefault("id", UUID(int=next(ROW_NUMBERS)))
    return TransactionRecord(
        portfolio_id=ACCOUNT, kind=kind, trade_date=on(day), amount=Decimal(amount), **fields
    )


def valued(day: str, value: str | None, flow: str | None = "0", **fields: Any) -> ValuationRecord:
    """A valued day without cash unless told otherwise."""
    fields.setdefault("cash", Decimal(0))
    return ValuationRecord(
        portfolio_id=ACCOUNT,
        day=on(day),
        value=None if value is None else Decimal(value),
        flow=None if flow is None else Decimal(flow),
        **fields,
    )


def series(first: str, values: Sequence[str]) -> list[ValuationRecord]:
    """Consecutive valued days without flows, but for the first value, which is paid in."""
    return [
        valued(day.isoformat(), value, values[0] if index == 0 else "0")
        for index, (day, value) in enumerate(zip(days_from(first, len(values)), values, strict=True))
    ]


def lot(quantity: str, basis: str | None, acquired: str | None = "2024-01-02", **fields: Any) -> LotRecord:
    """An open lot of ACME in US dollars."""
    amount = None if basis is None else Decimal(basis)
    day = None if acquired is None else on(acquired)
    stated: dict[str, Any] = {
        "id": UUID(int=7),
        "root_id": UUID(int=7),
        "portfolio_id": ACCOUNT,
        "instrument_id": ACME,
        "transaction_id": UUID(int=8),
        "origin": LotOrigin.BUY,
        "acquired": day,
        "holding_date": day,
        "quantity": Decimal(quantity),
        "currency": "USD",
        "cost": amount,
        "cost_base": amount,
        "basis": amount,
        "basis_base": amount,
    }
    return LotRecord(**stated | fields)


def disposal(disposed: str, proceeds: str, basis: str | None, term: Term, number: int = 1) -> DisposalRecord:
    """A sale of ten ACME in US dollars."""
    cost = None if basis is None else Decimal(basis)
    return DisposalRecord(
        id=UUID(int=number),
        portfolio_id=ACCOUNT,
        instrument_id=ACME,
        transaction_id=UUID(int=9),
        lot_id=None,
        acquired=None,
        holding_date=None,
        disposed=on(disposed),
        quantity=Decimal(10),
        currency="USD",
        proceeds=Decimal(proceeds),
        proceeds_base=Decimal(proceeds),
        basis=cost,
        basis_base=cost,
        term=term,
    )
