"""A made household to measure pages with: fifty holdings, two thousand transactions, three years."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import Household, HouseholdMember, User
from common.dates import weekdays
from portfolios.engine.records import InstrumentFacts, ParsedTransaction, TransactionKind
from portfolios.models import Instrument, Portfolio
from portfolios.services.book import book_derive
from portfolios.services.instruments import InstrumentResolver
from portfolios.services.ledger import transactions_record
from portfolios.services.prices import NewPrice, prices_record
from portfolios.services.valuations import valuations_refresh

CENT = Decimal("0.01")
LAST = date(2026, 3, 31)
SECTORS = ("Energy", "Financials", "Health care", "Industrials", "Information technology")


def household_make(*, email: str, holdings: int = 50, transactions: int = 2000) -> User:
    """A person who signs in as `email` with `holdings` positions and `transactions` ledger rows."""
    user = User.objects.create_user(email, "not a secret", name="Bench")
    household = Household.objects.create(name="Bench household")
    holder = HouseholdMember.objects.create(household=household, user=user, name="Bench")
    portfolio = Portfolio.objects.create(household=household, holder=holder, name="Bench account")
    facts = [
        InstrumentFacts(symbol=f"B{number:02}", name=f"Company {number}", currency="USD",
                        sector=SECTORS[number % len(SECTORS)])
        for number in range(holdings)
    ]  # fmt: skip
    days = list(weekdays(LAST - timedelta(days=3 * 365), LAST))
    resolver = InstrumentResolver(household.pk)
    resolver.create_missing(facts)
    for fact in facts:
        prices_record(prices=list(_closes(resolver.resolve(fact), days)), source="made")
    rows = list(_rows(facts, days, transactions))
    transactions_record(portfolio=portfolio, parsed=rows, source="bench")
    book_derive(household_id=household.pk)
    valuations_refresh(household_id=household.pk)
    return user


def _closes(instrument: Instrument, days: list[date]) -> Iterator[NewPrice]:
    walk = random.Random(instrument.symbol)  # noqa: S311 - a fixed walk
    close = Decimal(100)
    for day in days:
        close = (close * (1 + Decimal(round(walk.gauss(3, 120))) / 10_000)).quantize(CENT)
        yield NewPrice(instrument_id=instrument.pk, day=day, close=close, currency="USD")


def _rows(facts: list[InstrumentFacts], days: list[date], count: int) -> Iterator[ParsedTransaction]:
    """A deposit, then purchases, sales and dividends spread over the days; every instrument stays held."""
    chance = random.Random(count)  # noqa: S311 - a fixed ledger
    held = dict.fromkeys((fact.symbol for fact in facts), 0)
    for number in range(count):
        day = days[number * (len(days) - 1) // count]
        fact = facts[number % len(facts)]
        kind, quantity, amount = TransactionKind.BUY, chance.randint(5, 20), Decimal(0)
        if number == 0:
            kind, quantity, amount = TransactionKind.DEPOSIT, 0, Decimal(2_000_000)
        elif held[fact.symbol] > 40 and chance.random() < 0.6:  # noqa: PLR2004 - what makes the ledger real
            kind, quantity = TransactionKind.SELL, -chance.randint(1, 20)
        elif held[fact.symbol] and chance.random() < 0.3:  # noqa: PLR2004 - same
            kind, quantity, amount = TransactionKind.DIVIDEND, 0, Decimal(chance.randint(500, 4000)) / 100
        held[fact.symbol] += quantity
        price = Decimal(chance.randint(9000, 11000)) / 100
        yield ParsedTransaction(
            natural_key=f"bench:{number}",
            line=number + 1,
            section="Bench",
            row={"row": str(number)},
            kind=kind,
            trade_date=day,
            instrument=None if kind is TransactionKind.DEPOSIT else fact,
            quantity=Decimal(quantity),
            price=price if quantity else None,
            amount=amount or -quantity * price,
            currency="USD",
        )
