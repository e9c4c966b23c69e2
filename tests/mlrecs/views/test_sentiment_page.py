"""The page of market sentiment: accuracy first, tone by holding and sector, and only about what is held."""

from typing import Any

import pytest
from django.test import Client

from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory
from tests.mlrecs.told_news import GOOD, NEUTRAL, news_keep, told, turned
from tests.portfolios.small_book import SmallBook, small_book

pytestmark = pytest.mark.django_db
PAGE = "/insights/sentiment/"


@pytest.fixture
def book(client: Client) -> SmallBook:
    """ACME, BETA and their owner signed in; the tone about ACME has turned."""
    book = small_book()
    book.acme.sector = "Industrials"
    book.acme.save()
    turned("ACME")
    news_keep([told("OTHER", "Secret of another", 1)])
    client.force_login(book.user)
    return book


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_accuracy_stands_beside_guessing_and_the_published_figure(client: Client, book: SmallBook) -> None:
    shown = text(client.get(PAGE))

    assert "75.0 %" in shown
    assert "66.6 % to 81.9 %, 120 texts" in shown
    assert "Always “neutral”" in shown
    assert "60.0 %" in shown
    assert "62.4 %" in shown
    assert "nothing is bought or sold on it alone" in shown


def test_holdings_and_sectors_have_their_tone_and_a_turn_is_marked(client: Client, book: SmallBook) -> None:
    shown = text(client.get(PAGE))

    assert f'href="/holdings/{book.acme.pk}/">ACME</a>' in shown
    assert '−1.00<span class="sub">from −1.00 to −1.00</span>' in shown
    assert "Industrials" in shown
    assert shown.count(">turned<") + shown.count("turned</span>") >= 1
    assert "No news since then: BETA." in shown
    assert "Profit falls" in shown
    assert "/learn/sentiment-and-evidence/" in shown


def test_news_about_what_is_not_held_is_not_shown(client: Client, book: SmallBook) -> None:
    assert "Secret of another" not in text(client.get(PAGE))


def test_without_news_the_page_says_how_it_comes(client: Client) -> None:
    client.force_login(small_book().user)

    assert "No news about them is in the book" in text(client.get(PAGE))


def test_somebody_with_a_look_sees_that_household_and_a_stranger_does_not(
    client: Client, book: SmallBook
) -> None:
    household = book.portfolio.household
    reader = MemberFactory().user
    GrantFactory(household=household, grantee=reader, granted_by=book.user, scope="read")

    client.force_login(reader)
    assert "Profit falls" in text(client.get(PAGE, {"household": str(household.pk)}))
    client.force_login(MemberFactory().user)
    assert client.get(PAGE, {"household": str(household.pk)}).status_code == 404
    assert client.get(PAGE, {"household": "x"}).status_code == 404
    client.force_login(UserFactory.create())
    assert "You belong to no household" in text(client.get(PAGE))


def test_a_problem_with_the_settings_is_told(client: Client, book: SmallBook, settings: Any) -> None:
    settings.TONE_MODEL = "/nothing/here"

    assert "There is no folder at /nothing/here. The dictionary reads instead." in text(client.get(PAGE))


def test_headlines_are_text(client: Client, book: SmallBook) -> None:
    news_keep([told("ACME", f"<b>{GOOD}</b> {NEUTRAL}", 0)])

    assert f"&lt;b&gt;{GOOD}&lt;/b&gt;" in text(client.get(PAGE))
