"""A book small enough to reckon by hand: five days, one account, two stocks.

| day    | what                                  | cash   | ACME        | BETA       | value  |
|--------|---------------------------------------|--------|-------------|------------|--------|
| 2 Feb  | 10,000 in; 10 ACME for 1,000          | 9,000  | 10 at 100   |            | 10,000 |
| 3 Feb  | 5 BETA for 250                        | 8,750  | 10 at 100   | 5 at 50    | 10,000 |
| 4 Feb  |                                       | 8,750  | 10 at 110   | 5 at 50    | 10,100 |
| 5 Feb  | 4 ACME sold for 440; 12 of dividends  | 9,202  | 6 at 110    | 5 at 50    | 10,112 |
| 6 Feb  |                                       | 9,202  | 6 at 120    | 5 at 40    | 10,122 |
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import User
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Portfolio
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from portfolios.services.prices import NewPrice, prices_record
from portfolios.services.valuations import valuations_refresh
from tests.factories.portfolios import PortfolioFactory, buy, parsed, sell, stock

DAYS = tuple(date(2026, 2, day) for day in (2, 3, 4, 5, 6))
LAST = DAYS[-1]
ACME_CLOSES = ("100", "100", "110", "110", "120")
BETA_CLOSES = (None, "50", "50", "50", "40")


@dataclass(frozen=True)
class SmallBook:
    """The people and things of the book."""

    user: User
    portfolio: Portfolio
    acme: Instrument
    beta: Instrument


def small_book(name: str = "Ann, Taxable") -> SmallBook:
    """Record, derive and value the book for a new person."""
    portfolio = PortfolioFactory(name=name)
    rows = [
        parsed(TransactionKind.DEPOSIT, DAYS[0], amount=Decimal(10_000)),
        buy(DAYS[0], 10, "1000", price=Decimal(100)),
        buy(DAYS[1], 5, "250", symbol="BETA", price=Decimal(50)),
        sell(DAYS[3], 4, "440", price=Decimal(110)),
        parsed(TransactionKind.DIVIDEND, DAYS[3], instrument=stock(), amount=Decimal(12)),
    ]
    transactions_record(portfolio=portfolio, parsed=rows, source="test")
    acme, beta = (
        Instrument.objects.get(household=portfolio.household, symbol=symbol) for symbol in ("ACME", "BETA")
    )
    closes = [(acme, ACME_CLOSES), (beta, BETA_CLOSES)]
    prices_record(
        prices=[
            NewPrice(instrument_id=instrument.pk, day=day, close=Decimal(close), currency="USD")
            for instrument, series in closes
            for day, close in zip(DAYS, series, strict=True)
            if close is not None
        ],
        source="test",
    )
    derive(portfolio)
    user = portfolio.holder.user
    assert user is not None
    return SmallBook(user=user, portfolio=portfolio, acme=acme, beta=beta)


def derive(portfolio: Portfolio) -> None:
    """The book and its values, again."""
    book_derive(household_id=portfolio.household_id)
    valuations_refresh(household_id=portfolio.household_id)


def seen(*values: object) -> tuple[object, ...]:
    """Several values side by side, to be compared with what was reckoned by hand."""
    return values
