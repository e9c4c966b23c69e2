"""The rules of a household are kept in memory, and a change of any row behind them counts at once."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.models import HouseholdMember
from portfolios.engine.records import ReliefMethod, TaxOwner
from portfolios.models import IdentityGroup, IdentityMember, Instrument, Portfolio, TaxPolicy
from portfolios.selectors.facts import instrument_link_pairs, portfolio_records, tax_rules
from portfolios.selectors.household_facts import household_facts
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def portfolio() -> Portfolio:
    made: Portfolio = PortfolioFactory.create()
    return made


def assert_as_read_anew(household_id: UUID) -> None:
    facts = household_facts(household_id)
    portfolios, rules = portfolio_records(household_id), tax_rules(household_id)
    assert dict(facts.portfolios) == portfolios
    assert facts.rules == rules
    assert facts.ties == tuple(instrument_link_pairs(portfolios, rules))


def test_what_is_known_costs_one_statement(
    portfolio: Portfolio, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = household_facts(portfolio.household_id)
    with django_assert_num_queries(1):
        assert household_facts(portfolio.household_id) is first


def test_a_database_that_tells_no_versions_is_read_each_time(
    portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = household_facts(portfolio.household_id)
    monkeypatch.setattr(connection, "vendor", "cockroachdb")
    assert household_facts(portfolio.household_id) is not kept
    Portfolio.objects.filter(pk=portfolio.pk).update(relief=ReliefMethod.HIFO)
    assert_as_read_anew(portfolio.household_id)


def test_a_row_that_is_changed_behind_its_model_counts_too(portfolio: Portfolio) -> None:
    household_facts(portfolio.household_id)
    Portfolio.objects.filter(pk=portfolio.pk).update(relief=ReliefMethod.HIFO)
    facts = household_facts(portfolio.household_id)
    assert facts.portfolios[portfolio.pk].relief is ReliefMethod.HIFO


def test_another_holder_makes_it_another_owner(portfolio: Portfolio) -> None:
    household_facts(portfolio.household_id)
    members = HouseholdMember.objects.filter(household_id=portfolio.household_id)
    members.update(relationship=HouseholdMember.Relationship.SPOUSE)
    facts = household_facts(portfolio.household_id)
    assert facts.portfolios[portfolio.pk].owner is TaxOwner.SPOUSE


CHANGES: dict[str, Callable[[Portfolio, Instrument], object]] = {
    "a second account": lambda one, _: PortfolioFactory.create(household=one.household),
    "a policy": lambda one, _: TaxPolicy.objects.create(household=one.household, options_replace=False),
    "an index": lambda _, stock: Instrument.objects.filter(pk=stock.pk).update(tracked_index="S&P 500"),
    "a new instrument": lambda one, _: InstrumentFactory.create(household=one.household),
    "a group": lambda one, stock: IdentityMember.objects.create(
        group=IdentityGroup.objects.create(household=one.household, name="Same"), instrument=stock
    ),
    "an instrument gone": lambda _, stock: stock.delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_counts_from_the_next_statement_on(portfolio: Portfolio, change: str) -> None:
    stock = InstrumentFactory.create(household=portfolio.household, asset_class="fund")
    assert_as_read_anew(portfolio.household_id)
    CHANGES[change](portfolio, stock)
    assert_as_read_anew(portfolio.household_id)
