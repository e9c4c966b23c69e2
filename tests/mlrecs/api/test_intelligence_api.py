"""Operations of models and anomalies: who gets what, and what they may do."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from mlrecs import tasks
from mlrecs.models import Anomaly, AnomalyScore, TrainingRun
from portfolios.models import Portfolio
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory
from tests.mlrecs.model_bench import registered

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"
DAY = date(2026, 3, 2)


@pytest.fixture
def account() -> Portfolio:
    portfolio: Portfolio = PortfolioFactory.create()
    return portfolio


@pytest.fixture
def client(account: Portfolio, monkeypatch: pytest.MonkeyPatch) -> APIClient:
    monkeypatch.setattr(tasks.train, "apply_async", lambda *_, **__: None)
    assert account.holder.user is not None
    return asking(account.holder.user)


def asking(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def score(portfolio: Portfolio | None, volatility: str) -> None:
    AnomalyScore.objects.create(portfolio=portfolio, day=DAY, volatility=Decimal(volatility))


def anomaly(portfolio: Portfolio | None) -> Anomaly:
    row: Anomaly = Anomaly.objects.create(
        portfolio=portfolio, kind="drift", severity="notice", began=DAY, words="It went one way."
    )
    return row


def test_anomalies_are_those_of_the_account_that_is_named_or_of_the_market(
    client: APIClient, account: Portfolio
) -> None:
    own, market = anomaly(account), anomaly(None)

    assert [row["id"] for row in results(client, "anomalies", portfolio=account.pk)] == [str(own.pk)]
    assert [row["id"] for row in results(client, "anomalies")] == [str(market.pk)]
    assert asking(MemberFactory.create().user).get(
        f"{ROOT}/anomalies", {"portfolio": str(account.pk)}
    ).status_code == 404  # fmt: skip


def test_scores_come_as_text_and_within_days(client: APIClient, account: Portfolio) -> None:
    score(account, "1.25")

    [row] = results(client, "anomalies/scores", portfolio=account.pk)
    assert (row["day"], row["volatility"], row["co_movement"]) == ("2026-03-02", "1.250000000000", None)
    assert results(client, "anomalies/scores", portfolio=account.pk, first="2026-03-03") == []


def test_an_anomaly_is_acknowledged_and_muted(client: APIClient, account: Portfolio) -> None:
    row = anomaly(account)

    seen = client.post(f"{ROOT}/anomalies/{row.pk}/acknowledge")
    quiet = client.post(f"{ROOT}/anomalies/{row.pk}/mute", {"days": 7}, format="json")

    assert (seen.status_code, quiet.status_code) == (200, 200)
    row.refresh_from_db()
    assert row.acknowledged_by == account.holder.user
    assert row.muted_until is not None
    assert client.post(f"{ROOT}/anomalies/{row.pk}/mute", {"days": 366}, format="json").status_code == 400


def test_a_model_is_told_without_its_weights(client: APIClient) -> None:
    model = registered("lstm", weights=b"some", universe=["AAPL"], seed=3)
    told = client.get(f"{ROOT}/models/{model.pk}").json()

    assert (told["digest"], told["seed"], told["universe"], told["is_own"]) == (
        model.digest,
        3,
        ["AAPL"],
        False,
    )
    assert "weights" not in told
    assert [row["id"] for row in results(client, "models")] == [str(model.pk)]


def test_a_training_is_asked_for_stopped_and_goes_on(client: APIClient) -> None:
    asked = client.post(f"{ROOT}/models/trainings", {"seed": 5}, format="json")
    assert (asked.status_code, asked.json()["state"], asked.json()["settings"]["source"]) == (
        202,
        "waiting",
        "own",
    )
    busy = client.post(f"{ROOT}/models/trainings", {"seed": 6}, format="json")
    assert (busy.status_code, busy.json()["type"]) == (429, "/problems/training-at-work")

    address = f"{ROOT}/models/trainings/{TrainingRun.objects.get().pk}"
    assert client.post(f"{address}/stop").json()["state"] == "cancelled"
    assert client.post(f"{address}/stop").status_code == 409
    assert client.post(f"{address}/go-on").status_code == 202
    assert client.get(address).json()["state"] == "waiting"
    assert asking(MemberFactory.create().user).get(address).status_code == 404


def test_a_bad_value_is_named(client: APIClient) -> None:
    answer = client.post(f"{ROOT}/models/trainings", {"name": "pickle"}, format="json")

    assert answer.status_code == 400
    assert "name" in answer.json()["errors"] or "name" in str(answer.json())


def results(client: APIClient, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{ROOT}/{path}", query).json()["results"]
    return found
