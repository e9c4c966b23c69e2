"""Anomalies: written once, grown, seen, muted, and out of a reader's hands."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from common.errors import InvalidInput, NotFound
from common.models import AuditEvent, OutboxEvent
from mlrecs.models import Anomaly, AnomalyScore
from mlrecs.selectors.anomalies import anomalies_open
from mlrecs.selectors.scored_accounts import ScoredAccount
from mlrecs.services.anomalies import anomalies_follow, anomaly_acknowledge, anomaly_mute, prices_check
from portfolios.models import Holding, Portfolio, Price
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.portfolios import PortfolioFactory
from tests.mlrecs.model_bench import NOW, operator
from tests.mlrecs.scored_book import LAST, account_holding

pytestmark = pytest.mark.django_db
FIRST = date(2026, 2, 2)
RULES = ("volatility", "co_movement")


def account(portfolio: Portfolio) -> ScoredAccount:
    return ScoredAccount(id=portfolio.pk, household_id=portfolio.household_id, name=portfolio.name)


def told(portfolio: Portfolio, *volatilities: str, first: date = FIRST) -> int:
    """Scores on days that follow each other, and the anomalies they make; how many are new."""
    for place, ratio in enumerate(volatilities):
        part = {"raw": "1", "threshold": "1", "drivers": [["ACME", "0.6"]]}
        AnomalyScore.objects.create(
            portfolio=portfolio, day=first + timedelta(days=place), volatility=Decimal(ratio),
            drivers={"volatility": part},
        )  # fmt: skip
    return anomalies_follow(account=account(portfolio), raising=RULES)


def owner(portfolio: Portfolio) -> User:
    user = portfolio.holder.user
    assert user is not None
    return user


def test_alarms_that_follow_closely_are_one_anomaly() -> None:
    portfolio = PortfolioFactory.create()
    new = told(portfolio, "0.4", "1.2", "0.5", "2.6", "0.3", "0.3", "0.3", "0.3", "0.3", "0.3", "1.0")
    rows = list(Anomaly.objects.order_by("began"))

    assert new == 2
    assert [(row.began, row.ended, row.severity) for row in rows] == [
        (FIRST + timedelta(days=1), FIRST + timedelta(days=3), "severe"),
        (FIRST + timedelta(days=10), None, "notice"),
    ]
    assert rows[0].words.endswith(
        "2.6 times the threshold on 5 Feb 2026, 0.5 times the session before. "
        "Driven by ACME 60\u202f% of the score."
    )


def test_followed_again_nothing_is_new_and_what_goes_on_grows() -> None:
    portfolio = PortfolioFactory.create()
    told(portfolio, "1.1")

    assert told(portfolio) == 0
    assert told(portfolio, "3.0", first=FIRST + timedelta(days=1)) == 0
    row = Anomaly.objects.get()
    assert (row.began, row.severity) == (FIRST, "severe")


def test_a_new_anomaly_that_goes_on_is_told_to_its_household() -> None:
    portfolio = PortfolioFactory.create()
    told(portfolio, "1.1")

    event = OutboxEvent.objects.get(topic="anomaly.found")
    assert (event.household_id, event.payload["severity"]) == (portfolio.household_id, "notice")


def test_somebody_who_records_into_the_account_acknowledges_once() -> None:
    portfolio = PortfolioFactory.create()
    told(portfolio, "1.1")
    row = Anomaly.objects.get()

    anomaly_acknowledge(anomaly_id=row.pk, user=owner(portfolio), now=NOW)
    anomaly_acknowledge(anomaly_id=row.pk, user=owner(portfolio), now=NOW + timedelta(days=1))

    row.refresh_from_db()
    assert (row.acknowledged_by, row.acknowledged_at) == (owner(portfolio), NOW)
    assert AuditEvent.objects.filter(action="anomaly.acknowledge").count() == 1
    assert not anomalies_open(owner(portfolio), FIRST).exists()


def test_a_mute_covers_what_comes_of_the_same_kind_until_its_day() -> None:
    portfolio = PortfolioFactory.create()
    told(portfolio, "1.1", *["0.1"] * 6)
    until = FIRST + timedelta(days=8)
    anomaly_mute(anomaly_id=Anomaly.objects.get().pk, user=owner(portfolio), until=until, today=FIRST)
    OutboxEvent.objects.all().delete()

    told(portfolio, "1.1", *["0.1"] * 6, "1.1", first=FIRST + timedelta(days=7))
    rows = list(Anomaly.objects.order_by("began").values_list("muted_until", flat=True))

    assert rows == [until, until, None]
    assert OutboxEvent.objects.filter(topic="anomaly.found").count() == 1


def test_a_mute_of_today_lets_it_speak_again_and_a_year_is_the_longest() -> None:
    portfolio = PortfolioFactory.create()
    told(portfolio, "1.1")
    row, user = Anomaly.objects.get(), owner(portfolio)
    anomaly_mute(anomaly_id=row.pk, user=user, until=FIRST + timedelta(days=30), today=FIRST)

    assert anomaly_mute(anomaly_id=row.pk, user=user, until=FIRST, today=FIRST).muted_until is None
    with pytest.raises(InvalidInput):
        anomaly_mute(anomaly_id=row.pk, user=user, until=FIRST + timedelta(days=367), today=FIRST)


def test_strangers_and_readers_act_on_nothing() -> None:
    portfolio = PortfolioFactory.create()
    told(portfolio, "1.1")
    row = Anomaly.objects.get()
    reader = GrantFactory.create(household=portfolio.household, grantee=MemberFactory.create().user).grantee

    assert row in Anomaly.objects.visible_to(reader)
    for user in (reader, MemberFactory.create().user):
        with pytest.raises(NotFound):
            anomaly_acknowledge(anomaly_id=row.pk, user=user, now=NOW)
        with pytest.raises(NotFound):
            anomaly_mute(anomaly_id=row.pk, user=user, until=FIRST, today=FIRST)


def test_the_markets_anomalies_are_operators_to_acknowledge() -> None:
    row = Anomaly.objects.create(kind="volatility", severity="notice", began=FIRST, words="x")

    with pytest.raises(NotFound):
        anomaly_acknowledge(anomaly_id=row.pk, user=MemberFactory.create().user, now=NOW)
    assert anomaly_acknowledge(anomaly_id=row.pk, user=operator(), now=NOW).acknowledged_at == NOW


def test_rules_look_at_the_closes_of_what_is_held() -> None:
    portfolio = account_holding("AB", days=100)
    held = Holding.objects.get(portfolio=portfolio, instrument__symbol="B").instrument
    last = Price.objects.get(instrument=held, day=LAST)
    Price.objects.filter(pk=last.pk).update(close=last.close / 4)

    assert prices_check(account=account(portfolio), today=LAST) == 1
    assert prices_check(account=account(portfolio), today=LAST) == 0
    row = Anomaly.objects.get()
    assert (row.kind, row.instrument, row.began) == ("missed_split", held, LAST)
