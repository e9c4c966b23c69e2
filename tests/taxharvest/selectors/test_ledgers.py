"""The ledger behind an order's look is kept in memory, and a change of any row of it counts at once."""

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portfolios.models import LotSelection, Transaction
from portfolios.selectors.household_facts import household_facts
from portfolios.services.ledger import transactions_record
from taxharvest.engine.what_if import SaleLedger
from taxharvest.selectors.ledgers import ledger_kept, ledger_of
from tests.factories.portfolios import buy
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> WashBook:
    return wash_book()


def kept(book: WashBook) -> SaleLedger:
    """The ledger of BETA."""
    return ledger_kept(household_facts(book.taxable.household_id), frozenset([book.beta.pk]))


def test_what_is_known_costs_two_statements_and_is_walked_once(
    book: WashBook, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = kept(book)
    with django_assert_num_queries(2):
        assert kept(book) is first
    assert first.until(timezone.localdate()) is first
    assert first.book is kept(book).book
    assert len(first.until(ago(100)).rows) == 1


def test_a_new_row_counts_at_once(book: WashBook) -> None:
    first = kept(book)
    transactions_record(portfolio=book.ira, parsed=[buy(ago(1), 2, "40", symbol="BETA")], source="more")

    assert len(kept(book).rows) == len(first.rows) + 1
    facts = household_facts(book.taxable.household_id)
    assert set(kept(book).rows) == set(ledger_of(facts.portfolios, facts.rules, {book.beta.pk}).rows)


def test_a_row_of_something_else_changes_nothing(book: WashBook) -> None:
    first = kept(book)
    transactions_record(portfolio=book.ira, parsed=[buy(ago(1), 2, "40")], source="more")

    assert kept(book) is first


def test_lots_that_are_named_count_at_once(book: WashBook) -> None:
    first = kept(book)
    sale = Transaction.objects.get(kind="sell")
    (lot,) = [one for one in first.book.lots if one.portfolio_id == book.taxable.pk]
    LotSelection.objects.create(
        transaction=sale, chosen_at=timezone.now(), lots=[{"lot_id": str(lot.root_id), "quantity": "1"}]
    )

    assert kept(book) is not first
