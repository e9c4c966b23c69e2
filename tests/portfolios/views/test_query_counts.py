"""Pages take a fixed number of queries, however many holdings, accounts and days there are."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portfolios.models import Transaction
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import PortfolioFactory, buy
from tests.portfolios.query_counts import query_count_held
from tests.portfolios.small_book import LAST, SmallBook, derive, small_book

pytestmark = pytest.mark.django_db

DASHBOARD_LIMIT = 12


@pytest.fixture
def book() -> SmallBook:
    """The small book with twenty more holdings and a second account."""
    book = small_book()
    other = PortfolioFactory(holder=book.portfolio.holder, name="Ann, IRA")
    rows = [buy(LAST, 1, "10", symbol=f"S{number}") for number in range(20)]
    transactions_record(portfolio=other, parsed=rows, source="test")
    derive(other)
    return book


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_dashboard_takes_at_most_twelve_queries_cold_and_few_warm(
    client: Client, book: SmallBook
) -> None:
    client.force_login(book.user)
    address = reverse("dashboard")
    client.get(address)
    cache.clear()
    client.force_login(book.user)
    cold = queries_of(client, address)
    warm = queries_of(client, address)
    assert cold <= DASHBOARD_LIMIT
    query_count_held("dashboard_cold", cold)
    query_count_held("dashboard_warm", warm)


@pytest.mark.parametrize(
    "name",
    [
        "portfolio_list",
        "portfolio_detail",
        "holding_detail",
        "transaction_list",
        "transaction_detail",
        "performance",
        "allocation",
    ],
)
def test_a_page_takes_as_many_queries_as_recorded(client: Client, book: SmallBook, name: str) -> None:
    client.force_login(book.user)
    row = Transaction.objects.filter(portfolio=book.portfolio).first()
    assert row is not None
    arguments = {
        "portfolio_detail": [book.portfolio.pk],
        "holding_detail": [book.acme.pk],
        "transaction_detail": [row.pk],
    }
    address = reverse(f"portfolios:{name}", args=arguments.get(name, []))
    client.get(address)
    query_count_held(name, queries_of(client, address))
