"""Rows as the rules are given them: accounts and whose they are, what is identical, and lots named."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from accounts.models import HouseholdMember
from portfolios.engine.policies import PlanPurchases, SpouseBasis, WashMode, WashPolicy
from portfolios.engine.records import LotChoice, TaxOwner, Treatment
from portfolios.models import (
    IdentityGroup,
    IdentityMember,
    Instrument,
    LotSelection,
    Portfolio,
    TaxPolicy,
    Transaction,
)
from portfolios.selectors.facts import (
    instrument_link_pairs,
    lot_choices,
    portfolio_records,
    tax_rules,
    transaction_records,
    wash_policy,
)
from portfolios.services.ledger import transactions_record
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory, buy, sell

pytestmark = pytest.mark.django_db
FRIDAY, SATURDAY = date(2026, 3, 6), date(2026, 3, 7)
LOT = UUID(int=77)


def group(household_id: UUID | None, *instruments: Instrument) -> IdentityGroup:
    made = IdentityGroup.objects.create(household_id=household_id, name="A group")
    IdentityMember.objects.bulk_create(
        IdentityMember(group=made, instrument=instrument) for instrument in instruments
    )
    return made


@pytest.mark.parametrize(
    ("kind", "relationship", "treatment", "owner"),
    [
        ("taxable", "self", Treatment.TAXABLE, TaxOwner.TAXPAYER),
        ("joint", "spouse", Treatment.TAXABLE, TaxOwner.TAXPAYER),
        ("taxable", "spouse", Treatment.TAXABLE, TaxOwner.SPOUSE),
        ("spouse_taxable", "self", Treatment.TAXABLE, TaxOwner.SPOUSE),
        ("taxable", "dependant", Treatment.TAXABLE, TaxOwner.OTHER),
        ("ira", "self", Treatment.IRA, TaxOwner.TAXPAYER),
        ("roth", "spouse", Treatment.IRA, TaxOwner.SPOUSE),
        ("spouse_ira", "self", Treatment.IRA, TaxOwner.SPOUSE),
        ("401k", "self", Treatment.OTHER_PLAN, TaxOwner.TAXPAYER),
        ("hsa", "self", Treatment.OTHER_PLAN, TaxOwner.TAXPAYER),
        ("paper", "self", Treatment.SIMULATED, TaxOwner.TAXPAYER),
    ],
)
def test_kind_and_holder_say_how_an_account_is_taxed_and_whose_it_is(
    kind: str, relationship: str, treatment: Treatment, owner: TaxOwner
) -> None:
    holder = MemberFactory(relationship=relationship)
    portfolio = PortfolioFactory(holder=holder, kind=kind)

    record = portfolio_records(portfolio.household_id)[portfolio.pk]

    assert (record.treatment, record.owner) == (treatment, owner)


def test_every_kind_of_account_has_a_treatment() -> None:
    holder = MemberFactory()
    for kind in Portfolio.Kind.values:
        PortfolioFactory(holder=holder, kind=kind, name=kind)

    assert len(portfolio_records(holder.household_id)) == len(Portfolio.Kind.values)


def test_a_household_that_said_nothing_has_the_default_policy_and_another_its_own() -> None:
    silent, outspoken = MemberFactory().household, MemberFactory().household
    TaxPolicy.objects.create(
        household=outspoken, spouse_basis="permanent", plan_purchases="permanent", options_replace=False
    )

    assert wash_policy(silent.pk) == WashPolicy()
    assert wash_policy(outspoken.pk) == WashPolicy(
        spouse_basis=SpouseBasis.PERMANENT, plan_purchases=PlanPurchases.PERMANENT, options_replace=False
    )


def test_the_rules_carry_the_mode_and_the_groups_of_the_household_before_shared_ones() -> None:
    household = MemberFactory().household
    voo, spy, ivv = (InstrumentFactory(symbol=symbol, asset_class="fund") for symbol in ("VOO", "SPY", "IVV"))
    foreign = InstrumentFactory(household=MemberFactory().household)
    shared = group(None, voo, spy, ivv)
    own = group(household.pk, voo)
    group(foreign.household_id, ivv)

    rules = tax_rules(household.pk, mode=WashMode.BROKER)

    assert rules.mode is WashMode.BROKER
    assert [rules.identities[fund.pk].group for fund in (voo, spy, ivv)] == [own.pk, shared.pk, shared.pk]
    assert foreign.pk not in rules.identities


def test_identical_instruments_and_options_are_derived_together() -> None:
    portfolio = PortfolioFactory()
    acme = InstrumentFactory(symbol="ACME", household=portfolio.household)
    call = InstrumentFactory(
        symbol="ACME 270115C00100000", asset_class="option", household=portfolio.household, multiplier=100
    )
    twin = InstrumentFactory(symbol="TWIN", household=portfolio.household)
    group(portfolio.household_id, acme, twin)
    rules = tax_rules(portfolio.household_id)

    pairs = instrument_link_pairs([portfolio.pk], rules)

    assert rules.identities[call.pk].shares_per_unit == 100
    assert {frozenset(pair) for pair in pairs} == {
        frozenset((acme.pk, twin.pk)),
        frozenset((acme.pk, call.pk)),
    }
    assert instrument_link_pairs([portfolio.pk]) == []


def chosen_at(sale: Transaction, hour: datetime, quantity: str) -> None:
    lots = [{"lot_id": str(LOT), "quantity": quantity}]
    LotSelection.objects.create(transaction=sale, chosen_at=hour, lots=lots)


def test_the_newest_choice_until_the_settlement_counts_by_the_exchanges_day() -> None:
    portfolio = PortfolioFactory()
    rows = [buy(FRIDAY, 10, "1000"), sell(FRIDAY, 4, "500", order_ref="77")]
    transactions_record(portfolio=portfolio, parsed=rows, source="csv")
    sale = Transaction.objects.get(kind="sell")
    chosen_at(sale, datetime(2026, 3, 6, 15, tzinfo=UTC), "1")
    # Monday 23:59 in New York is Tuesday in UTC.
    chosen_at(sale, datetime(2026, 3, 10, 3, 59, tzinfo=UTC), "4")
    chosen_at(sale, datetime(2026, 3, 10, 4, 0, tzinfo=UTC), "2")

    (record,) = [row for row in transaction_records([portfolio.pk]) if row.id == sale.pk]

    assert record.lots == (LotChoice(lot_id=LOT, quantity=Decimal(4)),)
    assert record.order_ref == "77"
    assert lot_choices([portfolio.pk], [InstrumentFactory().pk]) == {}


def test_the_household_member_of_another_household_changes_nothing_here() -> None:
    portfolio = PortfolioFactory()
    MemberFactory(relationship=HouseholdMember.Relationship.SPOUSE)

    assert list(portfolio_records(portfolio.household_id)) == [portfolio.pk]
