"""`train_models` and `score_anomalies`: what they print, and what they refuse."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from common.identifiers import uuid7
from mlrecs.models import AnomalyScore, ModelVersion
from mlrecs.services import training_runs
from mlrecs.services.training_data import TrainingData
from tests.mlrecs.scored_book import LAST, account_holding

pytestmark = pytest.mark.django_db


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred days of five made-up assets."""
    made = TrainingData(
        days=tuple(date(2025, 1, 1) + timedelta(days=place) for place in range(200)),
        symbols=tuple("ABCDE"),
        returns=np.random.default_rng(1).normal(0, 0.01, (200, 5)),
        digest="one",
    )
    monkeypatch.setattr(training_runs, "training_data", lambda *_args, **_facts: made)


def told(*words: str, **options: Any) -> list[str]:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue().splitlines()


@pytest.mark.usefixtures("data")
def test_a_training_prints_its_epochs_and_the_digest_of_its_weights() -> None:
    lines = told("train_models", "lstm", epochs=2, seed=4)
    model = ModelVersion.objects.get()

    assert lines[0].startswith("epoch 1: loss ")
    assert lines[0].endswith(", 50 of 100")
    assert lines[2].startswith(f"anomalies lstm 1: {model.digest}, run ")


@pytest.mark.usefixtures("data")
def test_the_same_seed_prints_the_same_digest() -> None:
    first, second = (told("train_models", "lstm", epochs=1, seed=4)[-1] for _ in range(2))

    assert first.split(", run")[0].split(": ")[1] == second.split(", run")[0].split(": ")[1]


def test_what_cannot_be_trained_is_refused_with_its_reason() -> None:
    with pytest.raises(CommandError, match="There is no model “pickle” that can be trained"):
        told("train_models", "pickle")
    with pytest.raises(CommandError, match="There is no such training"):
        told("train_models", resume=uuid7())
    with pytest.raises(CommandError, match="Only a household has instruments of its own"):
        told("train_models", "lstm", source="own")


def test_an_account_is_scored_alone() -> None:
    portfolio = account_holding()
    account_holding("FGHIJ")

    [line] = told("score_anomalies", portfolio=portfolio.pk, day=LAST)

    assert line.startswith(f"{portfolio.name}: 349 days, ")
    assert set(AnomalyScore.objects.values_list("portfolio", flat=True)) == {portfolio.pk}


def test_the_market_is_replayed_once_and_2008_and_2020_stand_out() -> None:
    [line] = told("score_anomalies", market=True)
    [again] = told("score_anomalies", market=True)

    assert line.startswith("market: 8062 days, ")
    assert again.startswith("market: 0 days, 0 alarms.")
    loud = AnomalyScore.objects.filter(portfolio=None, volatility__gte=2)
    assert {day.year for day in loud.values_list("day", flat=True)} == {1997, 2008, 2020}
