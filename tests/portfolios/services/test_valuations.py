"""Daily values of a household, and the prices they lack."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.records import TransactionKind
from portfolios.models import Finding, Instrument, Portfolio, Valuation
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from portfolios.services.prices import NewPrice, households_holding, prices_record
from portfolios.services.valuations import valuations_refresh
from tests.factories.portfolios import PortfolioFactory, buy, parsed

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def portfolio() -> Portfolio:
    portfolio: Portfolio = PortfolioFactory()
    rows = [parsed(TransactionKind.DEPOSIT, MONDAY, amount=Decimal(1500)), buy(MONDAY, 10, "1000")]
    transactions_record(portfolio=portfolio, parsed=rows, source="csv")
    book_derive(household_id=portfolio.household_id)
    return portfolio


def price(day: date, close: str) -> NewPrice:
    instrument = Instrument.objects.get(symbol="ACME")
    return NewPrice(instrument_id=instrument.pk, day=day, close=Decimal(close), currency="USD")


def test_each_day_with_a_price_is_valued_with_its_flow(portfolio: Portfolio) -> None:
    prices_record(prices=[price(MONDAY, "101"), price(TUESDAY, "99.50")], source="test")

    assert valuations_refresh(household_id=portfolio.household_id) == 2

    assert list(Valuation.objects.order_by("day").values_list("day", "value", "cash", "flow")) == [
        (MONDAY, 1510, 500, 1500),
        (TUESDAY, 1495, 500, 0),
    ]


def test_a_position_without_a_price_has_no_value_and_a_finding(portfolio: Portfolio) -> None:
    valuations_refresh(household_id=portfolio.household_id)

    valuation, finding = Valuation.objects.get(), Finding.objects.get()
    assert (valuation.value, valuation.missing_names) == (None, ["ACME"])
    assert finding.instrument is not None
    assert (finding.kind, finding.instrument.symbol) == ("price_missing", "ACME")
    assert finding.detail == "ACME has no usable close: none is known."


def test_the_finding_goes_when_the_price_comes(portfolio: Portfolio) -> None:
    valuations_refresh(household_id=portfolio.household_id)
    prices_record(prices=[price(MONDAY, "101")], source="test")

    valuations_refresh(household_id=portfolio.household_id)

    assert Finding.objects.count() == 0
    assert Valuation.objects.get().value == 1510


def test_values_that_stay_the_same_are_not_written_again(portfolio: Portfolio) -> None:
    prices_record(prices=[price(MONDAY, "101"), price(TUESDAY, "99.50")], source="test")
    valuations_refresh(household_id=portfolio.household_id)
    prices_record(prices=[price(TUESDAY, "98")], source="later")

    assert valuations_refresh(household_id=portfolio.household_id) == 1
    assert Valuation.objects.get(day=TUESDAY).value == 1480


def test_the_newer_word_on_a_close_replaces_the_older_one(portfolio: Portfolio) -> None:
    assert prices_record(prices=[price(MONDAY, "101"), price(MONDAY, "102")], source="first") == 1
    prices_record(prices=[price(MONDAY, "103")], source="second")

    close = Instrument.objects.get(symbol="ACME").prices.get()

    assert (close.close, close.source) == (103, "second")
    assert households_holding([close.instrument_id]) == [portfolio.household_id]


def test_all_accounts_of_a_household_are_valued_on_the_same_days(portfolio: Portfolio) -> None:
    other = PortfolioFactory(holder=portfolio.holder)
    deposit = parsed(TransactionKind.DEPOSIT, MONDAY, amount=Decimal(10))
    transactions_record(portfolio=other, parsed=[deposit], source="csv")
    prices_record(prices=[price(MONDAY, "101"), price(TUESDAY, "99.50")], source="test")

    valuations_refresh(household_id=portfolio.household_id)

    valued = Valuation.objects.filter(portfolio=other).order_by("day").values_list("day", "value")
    assert list(valued) == [(MONDAY, 10), (TUESDAY, 10)]


def test_what_happens_on_a_weekend_belongs_to_the_next_valued_day(portfolio: Portfolio) -> None:
    saturday, monday = date(2026, 3, 7), date(2026, 3, 9)
    interest = parsed(TransactionKind.DEPOSIT, saturday, amount=Decimal(7))
    transactions_record(portfolio=portfolio, parsed=[interest], source="csv")
    prices_record(prices=[price(MONDAY, "101"), price(monday, "101")], source="test")

    valuations_refresh(household_id=portfolio.household_id)

    flows = Valuation.objects.order_by("day").values_list("day", "flow")
    assert list(flows) == [(MONDAY, 1500), (monday, 7)]


def test_a_weekend_that_nothing_follows_is_valued_itself(portfolio: Portfolio) -> None:
    saturday = date(2026, 3, 7)
    transactions_record(
        portfolio=portfolio,
        parsed=[parsed(TransactionKind.DEPOSIT, saturday, amount=Decimal(7))],
        source="csv",
    )
    prices_record(prices=[price(MONDAY, "101")], source="test")

    valuations_refresh(household_id=portfolio.household_id)

    assert Valuation.objects.latest("day").day == saturday


def test_a_currency_without_a_rate_is_a_finding_that_says_which_until_the_rate_comes(
    portfolio: Portfolio,
) -> None:
    prices_record(prices=[price(MONDAY, "101")], source="test")
    euros = [
        parsed(TransactionKind.DEPOSIT, MONDAY, amount=Decimal(10), currency=code) for code in ("EUR", "CHF")
    ]
    transactions_record(portfolio=portfolio, parsed=euros, source="csv")
    book_derive(household_id=portfolio.household_id)
    valuations_refresh(household_id=portfolio.household_id)
    finding = Finding.objects.get()
    assert (finding.kind, finding.instrument) == ("price_missing", None)
    assert finding.detail == ("No exchange rate of the week before 2 Mar 2026: CHF to USD and EUR to USD.")

    for code, left in (("EUR", ["CHF to USD"]), ("CHF", [])):
        pair = Instrument.objects.create(
            household=portfolio.household, symbol=f"{code}.USD", asset_class="currency", currency="USD"
        )
        quote = NewPrice(instrument_id=pair.pk, day=MONDAY, close=Decimal("1.1"), currency="USD")
        prices_record(prices=[quote], source="test")
        valuations_refresh(household_id=portfolio.household_id)
        assert [row.detail.split(": ")[1].split(".")[0] for row in Finding.objects.all()] == left
