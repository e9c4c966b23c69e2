"""An account with two stocks and an index beside them, whose closes are drawn and always the same."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from accounts.models import User
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Portfolio, Price
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import PortfolioFactory, buy, parsed

LAST = date(2026, 3, 6)  # a Friday
CENT = Decimal("0.01")


@dataclass(frozen=True)
class RiskBook:
    """The people and things of the book."""

    user: User
    portfolio: Portfolio
    acme: Instrument
    beta: Instrument
    index: Instrument


def weekdays(count: int, last: date = LAST) -> list[date]:
    """The last weekdays up to `last`, oldest first."""
    days: list[date] = []
    day = last
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def priced(instrument: Instrument, days: list[date], *, seed: int, swing: float = 0.01) -> None:
    """Closes of a seeded walk around 100, one for each day."""
    moves = np.random.default_rng(seed).normal(0, swing, len(days))
    closes = 100 * np.exp(np.cumsum(moves))
    Price.objects.bulk_create(
        Price(
            instrument=instrument,
            day=day,
            close=Decimal(repr(float(close))).quantize(CENT),
            currency=instrument.currency,
            source="test",
        )
        for day, close in zip(days, closes, strict=True)
    )


def risk_book(days: int = 700, *, name: str = "Ann, Taxable") -> RiskBook:
    """10,000 in, 30 ACME and 40 BETA bought at 100 on the first day; closes of that many weekdays."""
    portfolio = PortfolioFactory.create(name=name)
    dates = weekdays(days)
    rows = [
        parsed(TransactionKind.DEPOSIT, dates[0], amount=Decimal(10_000)),
        buy(dates[0], 30, "3000", price=Decimal(100)),
        buy(dates[0], 40, "4000", symbol="BETA", price=Decimal(100)),
    ]
    transactions_record(portfolio=portfolio, parsed=rows, source="test")
    book_derive(household_id=portfolio.household_id)
    known = Instrument.objects.filter(household=portfolio.household)
    known.filter(symbol="ACME").update(sector="Energy")
    known.filter(symbol="BETA").update(sector="Financials")
    acme, beta = known.get(symbol="ACME"), known.get(symbol="BETA")
    index = Instrument.objects.create(
        household=portfolio.household, symbol="IDX", name="The index", asset_class="index", currency="USD"
    )
    for seed, instrument in enumerate((acme, beta, index)):
        priced(instrument, dates, seed=seed)
    user = portfolio.holder.user
    assert user is not None
    return RiskBook(user=user, portfolio=portfolio, acme=acme, beta=beta, index=index)
