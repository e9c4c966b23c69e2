"""Returns come from closes as traded, restated for splits, and look at nothing after the last day."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from mlrecs.engine.return_table import SeriesFault
from mlrecs.selectors.price_series import returns_of, weights_of
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Portfolio
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory, PriceFactory, parsed, stock
from tests.portfolios.small_book import DAYS, LAST, small_book

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)


def priced(closes: dict[int, str], instrument: Instrument | None = None) -> Instrument:
    """An instrument with closes on days after a Monday."""
    found = instrument or InstrumentFactory()
    for offset, close in closes.items():
        day = MONDAY + timedelta(days=offset)
        PriceFactory(instrument=found, day=day, close=Decimal(close), currency=found.currency)
    return found


def split(portfolio: Portfolio, symbol: str, offset: int, ratio: int) -> Instrument:
    """Record a split of `symbol` in the account's ledger."""
    day = MONDAY + timedelta(days=offset)
    facts = {"instrument": stock(symbol), "ratio_new": Decimal(ratio), "ratio_old": Decimal(1)}
    row = parsed(TransactionKind.SPLIT, day, **facts)
    transactions_record(portfolio=portfolio, parsed=[row], source="test")
    return Instrument.objects.get(symbol=symbol)


def test_returns_are_those_of_the_closes(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one, other = priced({0: "100", 1: "110", 2: "99"}), priced({0: "50", 1: "50", 2: "60"})
    with django_assert_num_queries(2):
        table = returns_of([one.pk, other.pk], MONDAY, MONDAY + timedelta(days=2))

    assert table.days == (date(2026, 3, 3), date(2026, 3, 4))
    assert table.instrument_ids == (one.pk, other.pk)
    assert [[round(value or 0, 12) for value in row] for row in table.values] == [[0.1, 0], [-0.1, 0.2]]
    assert table.notes == ()


def test_nothing_after_the_last_day_is_read() -> None:
    one = priced({0: "100", 1: "110"})
    before = returns_of([one.pk], MONDAY, MONDAY + timedelta(days=1))
    priced({2: "1", 3: "1000"}, one)

    assert returns_of([one.pk], MONDAY, MONDAY + timedelta(days=1)) == before


def test_a_split_of_the_own_ledger_is_no_fall() -> None:
    portfolio = PortfolioFactory()
    one = split(portfolio, "ACME", 1, 4)
    priced({0: "400", 1: "101"}, one)
    table = returns_of([one.pk], MONDAY, MONDAY + timedelta(days=1), household_id=portfolio.household_id)

    assert table.column(one.pk) == [pytest.approx(0.01)]


def test_a_split_that_only_another_household_tells_of_counts_nothing_for_this_one() -> None:
    one = split(PortfolioFactory(), "ACME", 1, 4)
    priced({0: "400", 1: "101"}, one)
    stranger = PortfolioFactory().household_id
    table = returns_of([one.pk], MONDAY, MONDAY + timedelta(days=1), household_id=stranger)

    assert table.column(one.pk) == [pytest.approx(-0.7475)]


@pytest.mark.parametrize(
    ("ratio", "closes", "expected"),
    [(4, {0: "400", 1: "101"}, 0.01), (4, {0: "400", 1: "390"}, -0.025), (1, {0: "400", 1: "200"}, -0.5)],
)
def test_without_a_household_only_a_split_that_the_closes_show_counts(
    ratio: int, closes: dict[int, str], expected: float
) -> None:
    one = split(PortfolioFactory(), "ACME", 1, ratio)
    priced(closes, one)
    table = returns_of([one.pk], MONDAY, MONDAY + timedelta(days=1))

    assert table.column(one.pk) == [pytest.approx(expected)]


def test_a_day_without_a_close_has_no_return_and_the_next_one_spans_it() -> None:
    one, other = priced({0: "100", 2: "121"}), priced({0: "10", 1: "10", 2: "10"})
    table = returns_of([one.pk, other.pk], MONDAY, MONDAY + timedelta(days=2))

    assert table.column(one.pk) == [None, pytest.approx(0.21)]


def test_there_is_no_return_over_more_than_a_week() -> None:
    one, other = priced({0: "100", 8: "200"}), priced(dict.fromkeys((0, 1, 2, 3, 4, 7, 8), "10"))
    table = returns_of([one.pk, other.pk], MONDAY, MONDAY + timedelta(days=8))

    assert table.column(one.pk) == [None] * 6


def test_a_day_on_which_hardly_anything_is_quoted_is_none_of_the_market() -> None:
    three = [priced({0: "10", 2: "11"}) for _ in range(3)]
    lone = priced({0: "10", 1: "10", 2: "10", 5: "20"})
    table = returns_of([*(one.pk for one in three), lone.pk], MONDAY, MONDAY + timedelta(days=5))

    assert table.days == (date(2026, 3, 4),)


def test_series_that_are_missing_or_ended_are_named() -> None:
    ended, living = priced({0: "10", 1: "11"}), priced(dict.fromkeys((0, 1, 4, 7, 8, 9), "10"))
    unknown = uuid4()
    table = returns_of([ended.pk, living.pk, unknown], MONDAY, MONDAY + timedelta(days=30))

    assert [(note.instrument_id, note.fault, note.words) for note in table.notes] == [
        (ended.pk, SeriesFault.ENDED, "The last close is of 2026-03-03."),
        (unknown, SeriesFault.MISSING, "There is no close at all."),
    ]


def test_nothing_asked_for_is_an_empty_table() -> None:
    table = returns_of([], MONDAY, MONDAY)

    assert (table.days, table.instrument_ids, table.values) == ((), (), ())


def test_foreign_closes_are_converted_day_by_day() -> None:
    portfolio = PortfolioFactory()
    pair = InstrumentFactory(symbol="EUR.USD", asset_class=Instrument.AssetClass.CURRENCY)
    priced({0: "1.00", 1: "1.10"}, pair)
    one = priced({0: "100", 1: "110"}, InstrumentFactory(currency="EUR"))
    table = returns_of(
        [one.pk], MONDAY, MONDAY + timedelta(days=1), household_id=portfolio.household_id, currency="USD"
    )

    assert table.column(one.pk) == [pytest.approx(0.21)]


def test_weights_are_shares_of_the_net_value_with_cash() -> None:
    book = small_book()
    weights = weights_of(book.portfolio, LAST)

    assert {key: round(weight, 6) for key, weight in weights.items()} == {
        book.acme.pk: Decimal("0.071132"),
        book.beta.pk: Decimal("0.019759"),
    }


def test_an_account_without_value_has_no_weights() -> None:
    portfolio = PortfolioFactory()
    row = parsed(TransactionKind.WITHDRAWAL, DAYS[0], amount=Decimal(-5))
    transactions_record(portfolio=portfolio, parsed=[row], source="test")
    book_derive(household_id=portfolio.household_id)

    assert weights_of(portfolio, LAST) == {}
