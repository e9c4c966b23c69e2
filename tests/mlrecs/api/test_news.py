"""News over the API: what is held, a page at a time, newest first."""

import pytest
from rest_framework.test import APIClient

from tests.factories.accounts import MemberFactory, UserFactory
from tests.mlrecs.told_news import BAD, GOOD, NEUTRAL, news_keep, told
from tests.portfolios.small_book import SmallBook, small_book

pytestmark = pytest.mark.django_db
NEWS = "/api/v1/news"


@pytest.fixture
def book() -> SmallBook:
    """ACME and BETA are held; OTHER is not."""
    book = small_book()
    news_keep([told("ACME", GOOD, 2), told("BETA", BAD, 1), told("OTHER", NEUTRAL, 0)])
    return book


@pytest.fixture
def api(book: SmallBook) -> APIClient:
    """A client of the owner."""
    client = APIClient()
    client.force_login(book.user)
    return client


def test_news_about_holdings_comes_newest_first_with_its_tone(api: APIClient) -> None:
    told = api.get(NEWS).json()["results"]

    assert [(one["headline"], one["symbols"], one["tone"], one["label"]) for one in told] == [
        (BAD, ["BETA"], "-1.00", "negative"),
        (GOOD, ["ACME"], "1.00", "positive"),
    ]
    assert {one["reader"] for one in told} == {"wealthalloc-words-1"}
    assert "body" not in told[0]


def test_one_symbol_narrows_it_and_one_that_is_not_held_has_none(api: APIClient) -> None:
    assert [one["headline"] for one in api.get(NEWS, {"symbol": "acme"}).json()["results"]] == [GOOD]
    assert api.get(NEWS, {"symbol": "OTHER"}).json()["results"] == []


def test_pages_go_on_by_cursor(api: APIClient) -> None:
    first = api.get(NEWS, {"page_size": "1"}).json()

    assert [one["headline"] for one in first["results"]] == [BAD]
    assert [one["headline"] for one in api.get(first["next"]).json()["results"]] == [GOOD]


def test_a_foreign_household_does_not_exist(book: SmallBook) -> None:
    client = APIClient()
    client.force_login(MemberFactory().user)
    asked = {"household": str(book.portfolio.household_id)}

    assert client.get(NEWS, asked).status_code == 404
    assert client.get(NEWS).json()["results"] == []
    client.force_login(UserFactory.create())
    assert client.get(NEWS).status_code == 404
    assert APIClient().get(NEWS).status_code == 401
