"""A large fall of a household: by its own value, without what was paid in or out, or by an index."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Household
from portfolios.models import Portfolio, Price, Valuation
from taxharvest.models import HarvestPolicy, HarvestScan
from taxharvest.selectors.falls import Fall, households_fallen
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory
from tests.taxharvest.wash_book import WashBook, wash_book

pytestmark = pytest.mark.django_db
# A Friday, and the Thursday before it.
FRIDAY, THURSDAY = date(2026, 3, 6), date(2026, 3, 5)


@pytest.fixture
def book() -> WashBook:
    made = wash_book()
    Valuation.objects.all().delete()
    HarvestPolicy.objects.create(portfolio=made.taxable, is_enabled=True)
    return made


def valued(portfolio: Portfolio, day: date, value: str | None, flow: str | None = "0") -> None:
    Valuation.objects.create(portfolio=portfolio, day=day, value=value, flow=flow)


def own_fall(household: Household) -> list[Fall]:
    return [Fall(household.pk, FRIDAY, "the household's value")]


def test_the_accounts_of_a_household_are_taken_together(book: WashBook) -> None:
    # 1,000 + 500 to 955 + 500: a fall of exactly 3 %.
    for day, own, other in ((THURSDAY, "1000", "500"), (FRIDAY, "955", "500")):
        valued(book.taxable, day, own)
        valued(book.ira, day, other)

    assert households_fallen(FRIDAY) == own_fall(book.taxable.household)
    # On Sunday the last market day is still Friday.
    assert households_fallen(date(2026, 3, 8)) == own_fall(book.taxable.household)


def test_a_fall_of_less_is_none_and_money_taken_out_is_no_fall(book: WashBook) -> None:
    valued(book.taxable, THURSDAY, "1000")
    valued(book.taxable, FRIDAY, "970.01")
    valued(book.ira, THURSDAY, "1000")
    valued(book.ira, FRIDAY, "500", flow="-500")

    assert households_fallen(FRIDAY) == []


@pytest.mark.parametrize(("value", "flow"), [(None, "0"), ("400", None)])
def test_a_day_that_is_not_known_whole_is_no_fall(
    book: WashBook, value: str | None, flow: str | None
) -> None:
    valued(book.taxable, THURSDAY, "1000")
    valued(book.taxable, FRIDAY, "900")
    valued(book.ira, THURSDAY, "500")
    valued(book.ira, FRIDAY, value, flow)

    assert households_fallen(FRIDAY) == []


def test_a_household_that_does_not_harvest_or_was_scanned_for_it_is_not_named(book: WashBook) -> None:
    idle = PortfolioFactory()
    for portfolio in (book.taxable, idle):
        valued(portfolio, THURSDAY, "1000")
        valued(portfolio, FRIDAY, "900")

    assert households_fallen(FRIDAY) == own_fall(book.taxable.household)

    HarvestScan.objects.create(
        cause=HarvestScan.Cause.FALL,
        day=FRIDAY,
        household=book.taxable.household,
        started_at=timezone.now(),
    )
    assert households_fallen(FRIDAY) == []


def test_the_fall_of_an_index_names_who_holds_a_fund_on_it(book: WashBook) -> None:
    fund = InstrumentFactory(symbol="FUND", tracked_index="Wide 500")
    for day, close in ((THURSDAY, "200"), (FRIDAY, "194")):
        Price.objects.create(instrument=fund, day=day, close=Decimal(close), currency="USD", source="test")
    assert households_fallen(FRIDAY) == []

    book.taxable.holdings.filter(instrument=book.acme).update(instrument=fund)
    assert households_fallen(FRIDAY) == [Fall(book.taxable.household_id, FRIDAY, "Wide 500")]
