"""Limits, restrictions and contracts are kept in memory, and a change of any of them counts at once."""

from decimal import Decimal

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from tests.factories.accounts import HouseholdFactory
from tests.factories.portfolios import InstrumentFactory
from tests.trading.services.trading_desk import TradingDesk
from trading.models import Contract, Restriction, RiskLimit
from trading.selectors.standing_facts import StandingFacts, standing_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> TradingDesk:
    return TradingDesk()


def facts(desk: TradingDesk) -> StandingFacts:
    return standing_facts([desk.account], [desk.instrument.pk], ["acme"])


def test_what_is_known_costs_one_statement(
    desk: TradingDesk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = facts(desk)
    with django_assert_num_queries(1):
        assert facts(desk) is first


def test_a_database_that_tells_no_versions_is_read_each_time(
    desk: TradingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = facts(desk)
    monkeypatch.setattr(connection, "vendor", "cockroachdb")
    fresh = facts(desk)
    assert fresh is not kept
    assert fresh.contracts == kept.contracts
    RiskLimit.objects.create(account=desk.account, account_rate=3)
    assert facts(desk).limits[desk.account.pk].limits.account_rate == 3


def test_a_limit_of_the_account_goes_before_that_of_everybody(desk: TradingDesk) -> None:
    assert facts(desk).limits[desk.account.pk].limits.account_rate == 5
    RiskLimit.objects.create(account=None, account_rate=7, global_rate=70)
    RiskLimit.objects.create(account=desk.account, account_rate=3, can_borrow=True)
    found = facts(desk).limits[desk.account.pk]
    assert (found.limits.account_rate, found.limits.global_rate, found.can_borrow) == (3, 70, True)
    RiskLimit.objects.filter(account=desk.account).update(account_rate=2)
    assert facts(desk).limits[desk.account.pk].limits.account_rate == 2


def test_a_restriction_counts_from_when_it_stands_until_it_is_taken_away(desk: TradingDesk) -> None:
    assert facts(desk).restrictions == ()
    row = Restriction.objects.create(instrument=desk.instrument, reason="Insider list.")
    assert facts(desk).restrictions == (row,)
    row.delete()
    assert facts(desk).restrictions == ()


def test_a_contract_that_changes_is_read_anew(desk: TradingDesk) -> None:
    assert facts(desk).contract_of(desk.account, desk.instrument.pk) == Contract.objects.get()
    Contract.objects.update(average_volume=Decimal(5))
    found = facts(desk).contract_of(desk.account, desk.instrument.pk)
    assert found is not None
    assert found.average_volume == Decimal(5)


def test_a_symbol_means_the_households_own_instrument_first(desk: TradingDesk) -> None:
    household_id = desk.account.portfolio.household_id
    assert facts(desk).instrument_called("Acme ", household_id) == desk.instrument
    own = InstrumentFactory.create(symbol="ACME", household=desk.account.portfolio.household)
    InstrumentFactory.create(symbol="ACME", household=HouseholdFactory.create())
    assert facts(desk).instrument_called("ACME", household_id) == own
    assert facts(desk).instrument_called("GLBX", household_id) is None
