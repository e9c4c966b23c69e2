"""The risk pages: every account, the report of one, its failures, and who may have it measured."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from mlrecs.models import RiskReport
from mlrecs.services.risk_reports import risk_ask, risk_measure
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.mlrecs.risk_book import LAST, RiskBook, risk_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(client: Client) -> RiskBook:
    cache.clear()
    found = risk_book()
    client.force_login(found.user)
    return found


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def detail(book: RiskBook) -> str:
    return f"/risk/{book.portfolio.pk}/"


def test_an_account_that_was_never_measured_says_so(client: Client, book: RiskBook) -> None:
    assert "not measured yet" in text(client.get("/risk/"))
    assert "This account was not measured yet." in text(client.get(detail(book)))


def test_somebody_without_an_account_is_shown_the_way(client: Client) -> None:
    client.force_login(MemberFactory.create().user)

    assert "Import a statement" in text(client.get("/risk/"))


def test_the_report_shows_every_figure_beside_its_record(client: Client, book: RiskBook) -> None:
    risk_measure(portfolio_id=book.portfolio.pk, day=LAST)
    shown = text(client.get(detail(book)))

    assert "Report of" in shown
    for label in (
        "Volatility, a year", "Value at risk, 95 %, a day", "Value at risk, 99 %, a day",
        "Mean loss beyond it, 95 %", "Deepest fall of these holdings", "Beta", "Black Monday, 1987",
        "Who carries the risk", "Concentration", "Liquidity", "Yields rise by 1 point",
        "Kupiec: as often as it says", "Energy falls by 25 %, nothing else",
    ):  # fmt: skip
        assert label in shown, label
    assert "green light" in shown
    assert 'id="risk-path"' in shown
    assert "Show as table" in shown


def test_the_list_shows_the_main_figures(client: Client, book: RiskBook) -> None:
    risk_measure(portfolio_id=book.portfolio.pk, day=LAST)
    shown = text(client.get("/risk/"))

    assert "Ann, Taxable" in shown
    assert "passed" in shown


def test_a_failure_stands_above_the_last_good_report(client: Client, book: RiskBook) -> None:
    risk_measure(portfolio_id=book.portfolio.pk, day=LAST)
    RiskReport.objects.create(
        portfolio=book.portfolio, day="2026-03-07", is_good=False, words="Too few closes."
    )
    shown = text(client.get(detail(book)))

    assert "No report of" in shown
    assert "Too few closes. What stands here is the report of" in shown
    assert "Too few closes." in text(client.get("/risk/"))


def test_a_failure_without_any_report_says_why(client: Client, book: RiskBook) -> None:
    RiskReport.objects.create(portfolio=book.portfolio, day=LAST, is_good=False, words="Too few closes.")
    shown = text(client.get(detail(book)))

    assert "Too few closes." in shown
    assert "There is no earlier report of this account either." in shown


def test_a_thinned_report_is_shown_without_charts(client: Client, book: RiskBook) -> None:
    row = risk_measure(portfolio_id=book.portfolio.pk, day=LAST)
    assert row is not None
    del row.figures["path"], row.figures["falls"]
    row.save()
    shown = text(client.get(detail(book)))

    assert "risk-path" not in shown
    assert "Who carries the risk" in shown


def test_measuring_now_makes_the_report(
    client: Client,
    book: RiskBook,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"{detail(book)}measure/")

    assert (answer.status_code, answer["Location"]) == (303, detail(book))
    assert RiskReport.objects.filter(portfolio=book.portfolio).count() == 1
    waiting = client.get(f"{detail(book)}progress/")
    assert (waiting.status_code, waiting["HX-Redirect"]) == (286, detail(book))


def test_the_page_waits_for_a_report_that_was_asked_for(client: Client, book: RiskBook) -> None:
    risk_ask(user=book.user, portfolio_id=book.portfolio.pk)

    assert "A worker measures this account." in text(client.get(detail(book)))
    assert client.get(f"{detail(book)}progress/").status_code == 200


def test_a_reader_sees_the_report_and_cannot_have_it_made(client: Client, book: RiskBook) -> None:
    reader = MemberFactory.create().user
    GrantFactory.create(
        household=book.portfolio.household, grantee=reader, granted_by=book.user, scope="read"
    )
    client.force_login(reader)

    assert "Measure now" not in text(client.get(detail(book)))
    assert client.post(f"{detail(book)}measure/").status_code == 404


def test_a_stranger_finds_nothing(client: Client, book: RiskBook) -> None:
    client.force_login(MemberFactory.create().user)

    assert client.get(detail(book)).status_code == 404
    assert client.get(f"/risk/?household={book.portfolio.household_id}").status_code == 404
    assert client.get("/risk/?household=nonsense").status_code == 404


def test_the_list_asks_as_much_for_many_accounts_as_for_one(
    client: Client, book: RiskBook, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    risk_measure(portfolio_id=book.portfolio.pk, day=LAST)
    client.get("/risk/")
    with django_assert_max_num_queries(9):
        client.get("/risk/")
