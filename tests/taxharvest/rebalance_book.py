"""A household to rebalance: a taxable account and an IRA, two stocks and a bond fund, closes of yesterday.

| account  | what                                  | basis  | worth  |
|----------|---------------------------------------|--------|--------|
| Taxable  | 60 ACME, of 600 days ago              | 3,000  | 6,000  |
| Taxable  | 10 BETA, of 100 days ago              | 3,000  | 2,000  |
| Taxable  | cash                                  |        | 1,000  |
| IRA      | cash                                  |        | 1,000  |

Wanted: ACME 40 %, BETA 30 %, BNDX 20 %, of 10,000 in all.
"""

from dataclasses import dataclass
from decimal import Decimal

from accounts.models import TaxProfile, User
from portfolios.engine.records import TransactionKind
from portfolios.engine.targets import TargetKind, TargetRecord
from portfolios.models import Instrument, Portfolio
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from portfolios.services.prices import NewPrice, prices_record
from portfolios.services.targets import targets_set
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory, buy, parsed
from tests.taxharvest.wash_book import ago

TARGETS = (("ACME", "0.4"), ("BETA", "0.3"), ("BNDX", "0.2"))


@dataclass(frozen=True)
class RebalanceBook:
    """The people and things of the book."""

    user: User
    taxable: Portfolio
    ira: Portfolio
    acme: Instrument
    beta: Instrument
    bond: Instrument


def rebalance_book(*, has_profile: bool = True, has_targets: bool = True) -> RebalanceBook:
    """Record, derive and price the book for a new household."""
    ann = MemberFactory()
    taxable = PortfolioFactory(holder=ann, name="Ann, Taxable")
    ira = PortfolioFactory(holder=ann, name="Ann, IRA", kind="ira")
    rows = [
        parsed(TransactionKind.DEPOSIT, ago(700), amount=Decimal(7000)),
        buy(ago(600), 60, "3000"),
        buy(ago(100), 10, "3000", symbol="BETA"),
    ]
    transactions_record(portfolio=taxable, parsed=rows, source="test")
    deposit = parsed(TransactionKind.DEPOSIT, ago(700), amount=Decimal(1000))
    transactions_record(portfolio=ira, parsed=[deposit], source="test")
    acme, beta = (
        Instrument.objects.get(household=taxable.household, symbol=symbol) for symbol in ("ACME", "BETA")
    )
    bond = InstrumentFactory(symbol="BNDX", name="World Bond Fund", asset_class="fund")
    closes: list[tuple[Instrument, str]] = [(acme, "100"), (beta, "200"), (bond, "50")]
    prices_record(
        prices=[
            NewPrice(instrument_id=one.pk, day=ago(1), close=Decimal(close), currency="USD")
            for one, close in closes
        ],
        source="test",
    )
    book_derive(household_id=taxable.household_id)
    if has_profile:
        TaxProfile.objects.create(
            household=taxable.household,
            year=ago(0).year,
            filing_status="single",
            ordinary_income=Decimal(120_000),
        )
    if has_targets:
        wanted = [
            TargetRecord(kind=TargetKind.INSTRUMENT, key=key, weight=Decimal(weight), band=Decimal("0.05"))
            for key, weight in TARGETS
        ]
        targets_set(household_id=taxable.household_id, targets=wanted, actor_id=None)
    assert ann.user is not None
    return RebalanceBook(user=ann.user, taxable=taxable, ira=ira, acme=acme, beta=beta, bond=bond)
