"""Numbers that the book cannot keep are refused in words, wherever they come from."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from common.errors import InvalidInput
from portfolios.models import CashBalance, Transaction, Valuation
from portfolios.services.entries import TOO_LARGE, Entry, EntryKind, transaction_enter
from portfolios.services.prices import NewPrice, prices_record
from portfolios.services.valuations import valuations_refresh
from tests.portfolios.small_book import LAST, SmallBook, small_book

pytestmark = pytest.mark.django_db(transaction=True)
HUGE = Decimal(10) ** 12


def enter(book: SmallBook, kind: EntryKind, **facts: object) -> Transaction:
    values = {"trade_date": LAST, "currency": "USD", "symbol": "", **facts}
    entry = Entry(entry_id=uuid4(), kind=kind, **values)  # type: ignore[arg-type] # facts of a test
    return transaction_enter(portfolio=book.portfolio, entry=entry, actor_id=book.user.pk)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("fx_rate", HUGE, TOO_LARGE),
        ("price", Decimal("1e11"), TOO_LARGE),
        ("price", Decimal("1e30"), TOO_LARGE),
        ("price", Decimal("1e-9"), "That is too small: the smallest number that is kept is 0.00000001."),
    ],
)
def test_a_number_that_its_column_cannot_hold_is_refused_with_its_field(
    field: str, value: Decimal, words: str
) -> None:
    book = small_book()
    facts = {"symbol": "ACME", "currency": "EUR", "quantity": Decimal(100), "price": Decimal(1), field: value}

    with pytest.raises(InvalidInput) as refusal:
        enter(book, EntryKind.BUY, **facts)

    assert refusal.value.fields == {field: [words]}


def test_a_split_by_next_to_nothing_is_refused() -> None:
    book = small_book()

    with pytest.raises(InvalidInput) as refusal:
        enter(book, EntryKind.SPLIT, symbol="ACME", ratio_new=Decimal("1e-20"), ratio_old=Decimal(1))

    assert list(refusal.value.fields) == ["ratio_new"]


def test_a_sum_that_grows_too_large_takes_its_row_back() -> None:
    book = small_book()
    enter(book, EntryKind.DEPOSIT, amount=HUGE - 100_000)

    with pytest.raises(InvalidInput) as refusal:
        enter(book, EntryKind.DEPOSIT, amount=HUGE - 100_000)

    assert refusal.value.code == "too-large"
    assert CashBalance.objects.get(portfolio=book.portfolio).amount == HUGE - 100_000 + 9_202


def test_a_value_too_large_to_keep_is_missing_and_stops_nobody_elses_prices() -> None:
    book = small_book()
    prices_record(
        prices=[NewPrice(instrument_id=book.acme.pk, day=LAST, close=HUGE - 1, currency="USD")], source="test"
    )

    valuations_refresh(household_id=book.portfolio.household_id)

    day = Valuation.objects.get(portfolio=book.portfolio, day=LAST)
    assert (day.value, day.cash, day.missing_names) == (None, Decimal(9_202), ["a value of 10^12 or more"])


@pytest.mark.parametrize("days", [2, 40_000])
def test_a_day_that_has_not_come_is_refused(days: int) -> None:
    book = small_book()
    later = timezone.localdate() + timedelta(days=days)

    with pytest.raises(InvalidInput) as refusal:
        enter(book, EntryKind.DEPOSIT, amount=Decimal(5), trade_date=later)

    assert refusal.value.fields == {"trade_date": ["The day lies between 1900 and today."]}
