"""A couple's book with a loss to be taken, one that was taken, and purchases around both.

| days ago | account      | what                                        |
|----------|--------------|---------------------------------------------|
| 300      | Ann, Taxable | 10 ACME for 140                             |
| 200      | Ann, Taxable | 10 BETA for 300                             |
| 60       | Ben, IRA     | 1 BETA of a reinvested dividend for 20      |
| 14       | Ben, IRA     | 6 ACME for 66                               |
| 10       | Ann, Taxable | 10 BETA sold for 200: a loss of 100         |
| 5        | Ann, Taxable | 4 BETA for 84: they take up 40 of that loss |
| 1        |              | closes: ACME 10, BETA 21                    |
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Portfolio
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from portfolios.services.prices import NewPrice, prices_record
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory, buy, parsed, sell, stock


def ago(days: int) -> date:
    """The day so many days before today."""
    return timezone.localdate() - timedelta(days=days)


@dataclass(frozen=True)
class WashBook:
    """The people and things of the book; `ann` sees all of it, `ben` his own account alone."""

    ann: User
    ben: User
    taxable: Portfolio
    ira: Portfolio
    acme: Instrument
    beta: Instrument


def wash_book(*, ann_sees_all: bool = True) -> WashBook:
    """Record and derive the book for a new household."""
    ann = MemberFactory(sees_all=ann_sees_all)
    ben = MemberFactory(household=ann.household, relationship="spouse", sees_all=False)
    taxable = PortfolioFactory(holder=ann, name="Ann, Taxable")
    ira = PortfolioFactory(holder=ben, name="Ben, IRA", kind="spouse_ira")
    transactions_record(
        portfolio=taxable,
        parsed=[
            buy(ago(300), 10, "140"),
            buy(ago(200), 10, "300", symbol="BETA"),
            sell(ago(10), 10, "200", symbol="BETA"),
            buy(ago(5), 4, "84", symbol="BETA"),
        ],
        source="test",
    )
    reinvested = parsed(
        TransactionKind.REINVEST,
        ago(60),
        instrument=stock("BETA"),
        quantity=Decimal(1),
        amount=Decimal(-20),
    )
    transactions_record(portfolio=ira, parsed=[buy(ago(14), 6, "66"), reinvested], source="test")
    acme, beta = (
        Instrument.objects.get(household=taxable.household, symbol=symbol) for symbol in ("ACME", "BETA")
    )
    prices_record(
        prices=[
            NewPrice(instrument_id=one.pk, day=ago(1), close=Decimal(close), currency="USD")
            for one, close in ((acme, 10), (beta, 21))
        ],
        source="test",
    )
    book_derive(household_id=taxable.household_id)
    assert ann.user is not None
    assert ben.user is not None
    return WashBook(ann=ann.user, ben=ben.user, taxable=taxable, ira=ira, acme=acme, beta=beta)
