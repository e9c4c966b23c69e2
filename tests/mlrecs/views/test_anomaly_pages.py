"""The timeline: empty, of the market, of an account; replay, table, and what people may do."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from mlrecs.models import Anomaly, AnomalyScore
from portfolios.models import Portfolio
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.portfolios import PortfolioFactory

pytestmark = pytest.mark.django_db
PAGE = "/anomalies/"
FIRST = date(2008, 9, 1)


@pytest.fixture
def account(client: Client) -> Portfolio:
    """An account whose holder is signed in."""
    portfolio: Portfolio = PortfolioFactory.create()
    assert portfolio.holder.user is not None
    client.force_login(portfolio.holder.user)
    return portfolio


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def scores(portfolio: Portfolio | None, count: int = 10, first: date = FIRST) -> None:
    part = {"raw": "4.3120", "threshold": "1.2610", "drivers": [["BAC", "0.6"], ["JPM", "0.4"]]}
    for place in range(count):
        high = place == count - 2
        AnomalyScore.objects.create(
            portfolio=portfolio, day=first + timedelta(days=place), co_movement=Decimal("0.25"),
            volatility=Decimal("3.4200") if high else Decimal("0.5"), is_alarm=high,
            drivers={"basis": "replay", "volatility": part, "learned": {"reason": "No net was trained yet."}},
        )  # fmt: skip


def anomaly(portfolio: Portfolio | None) -> Anomaly:
    row: Anomaly = Anomaly.objects.create(
        portfolio=portfolio, kind="volatility", severity="severe", began=FIRST, words="Volatility was high."
    )
    return row


def test_before_the_first_score_the_page_says_when_it_comes(client: Client, account: Portfolio) -> None:
    assert "The market has not been scored yet." in text(client.get(PAGE))
    assert "250 days of closes" in text(client.get(PAGE, {"subject": str(account.pk)}))


def test_it_opens_with_the_worst_evening_and_its_drivers(client: Client, account: Portfolio) -> None:
    scores(None)
    shown = text(client.get(PAGE))

    assert "The evening of 9 Sep 2008 alarm" in shown
    assert "3.42 times the threshold (4.312 against 1.261)" in shown
    assert "BAC 60" in shown
    assert "Not scored. No net was trained yet." in shown


def test_any_evening_can_be_replayed_with_the_sessions_beside_it(client: Client, account: Portfolio) -> None:
    scores(None)
    page = client.get(PAGE, {"day": "2008-09-03"})

    assert "The evening of 3 Sep 2008 no alarm" in text(page)
    assert "day=2008-09-02#evening" in page.content.decode()
    assert "day=2008-09-04#evening" in page.content.decode()


@pytest.mark.parametrize("day", ["1999-01-01", "2999-01-01", "soon"])
def test_an_evening_that_is_not_shown_is_as_if_none_was_named(
    client: Client, account: Portfolio, day: str
) -> None:
    scores(None)

    assert "The evening of 9 Sep 2008" in text(client.get(PAGE, {"day": day}))


def test_a_short_span_has_a_table_of_days_and_a_long_one_of_years(client: Client, account: Portfolio) -> None:
    scores(None)
    assert "Scores by day, in multiples of the threshold" in text(client.get(PAGE))

    scores(None, 140, FIRST + timedelta(days=200))
    shown = text(client.get(PAGE))
    assert "Scores by year" in shown
    assert "2009 140 1" in shown


def test_the_learned_part_is_called_not_used_until_it_is_champion(client: Client, account: Portfolio) -> None:
    scores(None)

    assert "The learned part is shown and raises no alarm" in text(client.get(PAGE))


def test_a_span_narrows_days_and_anomalies(client: Client, account: Portfolio) -> None:
    scores(None)
    scores(None, 5, date(2020, 3, 2))
    anomaly(None)
    Anomaly.objects.update(ended=FIRST)

    assert "Volatility was high." in text(client.get(PAGE, {"span": "2008"}))
    assert "Nothing unusual in this stretch. 5 days were scored" in text(client.get(PAGE, {"span": "2020"}))


def test_the_holder_notes_and_mutes_and_is_led_back(client: Client, account: Portfolio) -> None:
    scores(account)
    row = anomaly(account)

    seen = client.post(f"{PAGE}{row.pk}/seen/")
    quiet = client.post(f"{PAGE}{row.pk}/mute/", {"days": "30"})

    assert (seen.status_code, seen["Location"]) == (303, f"{PAGE}?subject={account.pk}")
    assert quiet.status_code == 303
    shown = text(client.get(PAGE, {"subject": str(account.pk)}))
    assert "looked at by" in shown
    assert "Unmute" in shown
    assert "Looked at :" not in shown


def test_a_reader_sees_an_account_and_no_buttons(client: Client) -> None:
    portfolio = PortfolioFactory.create()
    scores(portfolio)
    row = anomaly(portfolio)
    reader: User = GrantFactory.create(
        household=portfolio.household, grantee=MemberFactory.create().user
    ).grantee
    client.force_login(reader)

    shown = text(client.get(PAGE, {"subject": str(portfolio.pk)}))
    assert "Volatility was high." in shown
    assert "Mute 30 days" not in shown
    assert client.post(f"{PAGE}{row.pk}/seen/").status_code == 404


@pytest.mark.parametrize("subject", ["nothing", "01890000-0000-7000-8000-000000000000"])
def test_an_account_that_is_not_ones_own_is_not_there(
    client: Client, account: Portfolio, subject: str
) -> None:
    assert client.get(PAGE, {"subject": subject}).status_code == 404
