"""The rules of many households at once are those of each by itself, for what its ledger names."""

from datetime import date
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from portfolios.engine.identities import identity_links
from portfolios.models import IdentityGroup, IdentityMember, Instrument, Portfolio, TaxPolicy
from portfolios.selectors.dealt_facts import dealt_rules
from portfolios.selectors.facts import tax_rules
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory, buy

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 6)
CALL = "ACME 270115C00100000"


def group(household_id: UUID | None, *instruments: Instrument) -> None:
    made = IdentityGroup.objects.create(household_id=household_id, name="A group")
    for instrument in instruments:
        IdentityMember.objects.create(group=made, instrument=instrument)


@pytest.fixture
def accounts() -> list[Portfolio]:
    """One dealt in an option and in two funds of a shared group, one in a fund that it parts from it."""
    first, second, idle = (PortfolioFactory.create() for _ in range(3))
    transactions_record(
        portfolio=first,
        parsed=[
            buy(DAY, 1, "10", symbol=CALL),
            buy(DAY, 1, "10", symbol="VOO"),
            buy(DAY, 1, "9", symbol="SPY"),
        ],
        source="test",
    )
    transactions_record(portfolio=second, parsed=[buy(DAY, 1, "10", symbol="VOO")], source="test")
    Instrument.objects.filter(symbol=CALL).update(asset_class="option")
    named = {(row.household_id, row.symbol): row for row in Instrument.objects.all()}
    group(None, *(row for (_, symbol), row in named.items() if symbol in {"VOO", "SPY"}))
    group(second.household_id, named[second.household_id, "VOO"])
    for symbol in ("ACME", "OTHER"):
        InstrumentFactory.create(symbol=symbol)
    TaxPolicy.objects.create(household=second.household, options_replace=False)
    return [first, second, idle]


def test_the_rules_of_each_are_its_own(
    accounts: list[Portfolio], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    households = [one.household_id for one in accounts]
    with django_assert_num_queries(5):
        found = dealt_rules(households)

    for key in households:
        whole = tax_rules(key)
        part = found[key]
        assert (part.mode, part.policy) == (whole.mode, whole.policy)
        assert part.identities == {pk: whole.identities[pk] for pk in part.identities}
    symbols = dict(Instrument.objects.values_list("pk", "symbol"))
    assert [sorted(symbols[pk] for pk in found[key].identities) for key in households] == [
        ["ACME", CALL, "SPY", "VOO"], ["VOO"], [],
    ]  # fmt: skip
    first, _, idle = (found[key].identities for key in households)
    # The option goes with its underlying, and the two funds with each other.
    tied = {frozenset(symbols[pk] for pk in pair) for pair in identity_links(first)}
    assert {frozenset(("ACME", CALL)), frozenset(("VOO", "SPY"))} <= tied
    assert idle == {}
