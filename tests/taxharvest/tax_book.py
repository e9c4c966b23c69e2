"""A tax year small enough to reckon by hand: two accounts, four stocks and a fund, 2025.

| what                                             | short       | long | washed                    |
|--------------------------------------------------|-------------|------|---------------------------|
| 100 ACME, 10 Jan 2024 at 10, sold 3 Mar at 15    |             | +500 |                           |
| 10 GAMA, 3 Feb at 100, sold 2 Jun at 90          | -100 + 100  |      | 100 deferred, 10 Jun      |
| 5 MISS sold 1 Jul for 50, never bought           | not known   |      |                           |
| 10 BETA, 1 May at 100, sold 22 Dec at 80         | -200 + 80   |      | 80 for good: 4 in the IRA |

The IRA buys its 4 BETA on 5 Jan 2026, so the window of the loss is open until 21 Jan. Dividends: 12 of ACME
and 5 of BETA, both held long enough, 7 of the fund; interest of 3. At 120 on 9 Jan, the 10 GAMA that are
left have gained 150 on their basis of 1,050.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import TaxProfile, User
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Portfolio
from portfolios.selectors.scopes import Scope, scope_of
from portfolios.services.ledger import transactions_record
from portfolios.services.prices import NewPrice, prices_record
from tests.factories.portfolios import PortfolioFactory, buy, parsed, sell, stock
from tests.portfolios.small_book import derive

TODAY = date(2026, 1, 10)


@dataclass(frozen=True)
class TaxBook:
    """The people and accounts of the book."""

    user: User
    taxable: Portfolio
    ira: Portfolio

    @property
    def scope(self) -> Scope:
        """All that Ann sees."""
        return scope_seen(self.user)


def tax_book() -> TaxBook:
    """Record, derive and value the book for a new person without a tax profile."""
    taxable = PortfolioFactory(name="Ann, Taxable")
    ira = PortfolioFactory(holder=taxable.holder, name="Ann, IRA", kind="ira")
    rows = [
        parsed(TransactionKind.DEPOSIT, date(2024, 1, 2), amount=Decimal(10_000)),
        buy(date(2024, 1, 10), 100, "1000"),
        parsed(TransactionKind.DIVIDEND, date(2025, 2, 3), instrument=stock(), amount=Decimal(12)),
        buy(date(2025, 2, 3), 10, "1000", "GAMA"),
        sell(date(2025, 3, 3), 100, "1500"),
        buy(date(2025, 5, 1), 10, "1000", "BETA"),
        sell(date(2025, 6, 2), 10, "900", "GAMA"),
        parsed(TransactionKind.DIVIDEND, date(2025, 6, 2), instrument=stock("BETA"), amount=Decimal(5)),
        parsed(
            TransactionKind.DIVIDEND,
            date(2025, 6, 3),
            instrument=stock("FNDX", asset_class="fund"),
            amount=Decimal(7),
        ),
        parsed(TransactionKind.INTEREST, date(2025, 6, 4), amount=Decimal(3)),
        buy(date(2025, 6, 10), 10, "950", "GAMA"),
        sell(date(2025, 7, 1), 5, "50", "MISS"),
        sell(date(2025, 12, 22), 10, "800", "BETA"),
    ]
    transactions_record(portfolio=taxable, parsed=rows, source="test")
    transactions_record(portfolio=ira, parsed=[buy(date(2026, 1, 5), 4, "340", "BETA")], source="test")
    gama = Instrument.objects.get(household=taxable.household, symbol="GAMA")
    prices_record(
        prices=[NewPrice(instrument_id=gama.pk, day=date(2026, 1, 9), close=Decimal(120), currency="USD")],
        source="test",
    )
    derive(taxable)
    assert taxable.holder.user is not None
    return TaxBook(user=taxable.holder.user, taxable=taxable, ira=ira)


def profile(book: TaxBook, **facts: object) -> TaxProfile:
    """What Ann says of 2025: single, an income of 100,000 and a short-term loss of 50 carried in."""
    told = {
        "year": 2025,
        "filing_status": "single",
        "ordinary_income": Decimal(100_000),
        "carryforward_short": Decimal(50),
    }
    return TaxProfile.objects.create(household=book.taxable.household, **(told | facts))


def scope_seen(user: User) -> Scope:
    """What somebody sees of the one household that is theirs to see."""
    scope = scope_of(user)
    assert scope is not None
    return scope
