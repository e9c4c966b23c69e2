"""Accounts of the book and ledger rows for tests."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import factory
from factory.django import DjangoModelFactory

from portfolios.engine.records import InstrumentFacts, ParsedTransaction, TransactionKind
from portfolios.models import Instrument, Portfolio, Price
from tests.factories.accounts import MemberFactory

_numbers = count(1)


class PortfolioFactory(DjangoModelFactory):
    """A taxable account in dollars, of a person with a household of their own."""

    class Meta:
        model = Portfolio

    holder = factory.SubFactory(MemberFactory)
    household = factory.SelfAttribute("holder.household")
    name = factory.Sequence(lambda n: f"Account {n}")


class InstrumentFactory(DjangoModelFactory):
    """A stock that belongs to nobody's household."""

    class Meta:
        model = Instrument

    symbol = factory.Sequence(lambda n: f"SYM{n}")
    currency = "USD"


class PriceFactory(DjangoModelFactory):
    """A close."""

    class Meta:
        model = Price

    instrument = factory.SubFactory(InstrumentFactory)
    day = date(2026, 3, 2)
    close = Decimal(10)
    currency = "USD"
    source = "test"


def stock(symbol: str = "ACME", **facts: Any) -> InstrumentFacts:
    """What a source says about a stock in dollars."""
    return InstrumentFacts(symbol=symbol, **({"currency": "USD"} | facts))


def parsed(kind: TransactionKind, day: date, **facts: Any) -> ParsedTransaction:
    """A row as a source states it, with a natural key of its own unless one is given."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "natural_key": f"test:{number}",
        "line": number,
        "section": "Test",
        "row": {"line": str(number)},
        "currency": "USD",
    }
    return ParsedTransaction(kind=kind, trade_date=day, **(defaults | facts))


def buy(day: date, quantity: int, amount: str, symbol: str = "ACME", **facts: Any) -> ParsedTransaction:
    """A purchase that cost `amount` in all."""
    return parsed(
        TransactionKind.BUY,
        day,
        instrument=stock(symbol),
        quantity=Decimal(quantity),
        amount=-Decimal(amount),
        **facts,
    )


def sell(day: date, quantity: int, amount: str, symbol: str = "ACME", **facts: Any) -> ParsedTransaction:
    """A sale that brought `amount` in all."""
    return parsed(
        TransactionKind.SELL,
        day,
        instrument=stock(symbol),
        quantity=-Decimal(quantity),
        amount=Decimal(amount),
        **facts,
    )
