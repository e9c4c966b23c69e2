"""The API of risk: figures of every account, the report of one, of a day, and measuring now."""

import pytest
from django.core.cache import cache
from django.test import Client

from mlrecs.services.risk_reports import risk_measure
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.mlrecs.risk_book import LAST, RiskBook, risk_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(client: Client) -> RiskBook:
    cache.clear()
    found = risk_book()
    client.force_login(found.user)
    return found


def report(book: RiskBook) -> str:
    return f"/api/v1/risk/{book.portfolio.pk}"


def test_the_list_tells_figures_as_text(client: Client, book: RiskBook) -> None:
    risk_measure(portfolio_id=book.portfolio.pk, day=LAST)
    (told,) = client.get("/api/v1/risk").json()

    assert (told["portfolio"], told["day"], told["failed_on"], told["reason"]) == (
        str(book.portfolio.pk), "2026-03-06", None, "",
    )  # fmt: skip
    assert [one["key"] for one in told["figures"]] == [
        "volatility", "var_95", "var_99", "cvar_95", "cvar_99", "drawdown", "drawdown_now", "beta",
    ]  # fmt: skip
    assert isinstance(told["figures"][2]["value"], str)
    assert told["figures"][2]["check"]["zone"] == "green"


def test_the_report_is_told_whole(client: Client, book: RiskBook) -> None:
    row = risk_measure(portfolio_id=book.portfolio.pk, day=LAST)
    assert row is not None
    told = client.get(report(book)).json()

    assert told["day"] == "2026-03-06"
    assert told["report"] == {
        name: value for name, value in row.figures.items() if name not in {"path", "falls"}
    }


def test_without_a_report_the_reason_is_told(client: Client, book: RiskBook) -> None:
    assert client.get(report(book)).json() == {
        "portfolio": str(book.portfolio.pk), "day": None, "failed_on": None, "reason": "", "report": None,
    }  # fmt: skip
    assert client.get(f"{report(book)}?day=2026-03-06").status_code == 404
    assert client.get(f"{report(book)}?day=yesterday").status_code == 400


def test_a_day_is_told_by_itself(client: Client, book: RiskBook) -> None:
    risk_measure(portfolio_id=book.portfolio.pk, day=LAST)

    assert client.get(f"{report(book)}?day=2026-03-06").json()["report"]["days"] == 699


def test_measuring_is_asked_for(client: Client, book: RiskBook) -> None:
    answer = client.post(report(book), content_type="application/json")

    assert (answer.status_code, answer.json()["report"]) == (202, None)


def test_nobody_else_reads_or_measures(client: Client, book: RiskBook) -> None:
    reader = MemberFactory.create().user
    GrantFactory.create(
        household=book.portfolio.household, grantee=reader, granted_by=book.user, scope="read"
    )
    client.force_login(reader)
    assert client.get(report(book)).status_code == 200
    assert client.post(report(book), content_type="application/json").status_code == 404

    client.force_login(MemberFactory.create().user)
    assert client.get(report(book)).status_code == 404
    client.logout()
    assert client.get(report(book)).status_code == 401
    assert client.get("/api/v1/risk").status_code == 401
