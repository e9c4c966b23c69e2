"""Reports of drift: within chance, drifted, not judged, and never in each other's way."""

from datetime import date, timedelta

import numpy as np
import pytest

from mlrecs.models import AnomalyScore, DriftReport, ModelVersion
from mlrecs.services import drift
from mlrecs.services.drift import drift_reports_make
from mlrecs.services.training_data import TrainingData
from tests.mlrecs.model_bench import registered

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 7)
SYMBOLS = ("A", "B", "C", "D")
LEARNT = 800


def returns(count: int, *, seed: int, together: float) -> np.ndarray:
    generator = np.random.default_rng(seed)
    common, own = generator.normal(0, 1, (count, 1)), generator.normal(0, 1, (count, 4))
    return 0.01 * (together * common + (1 - together) * own)


def world(monkeypatch: pytest.MonkeyPatch, recent: np.ndarray) -> ModelVersion:
    """A challenger that learnt from 800 days, and the days since."""
    whole = np.vstack([returns(LEARNT, seed=1, together=0.5), recent])
    days = tuple(date(2020, 1, 1) + timedelta(days=place) for place in range(len(whole)))
    data = TrainingData(days=days, symbols=SYMBOLS, returns=whole, digest="one")
    monkeypatch.setattr(drift, "training_data", lambda *_args, **_facts: data)
    return registered(
        "lstm", status="challenger", weights=b"some", universe=list(SYMBOLS), data_from=days[0],
        data_until=days[LEARNT - 1], seed=3,
    )  # fmt: skip


def report() -> DriftReport:
    [made] = drift_reports_make(today=TODAY)
    return made


def test_returns_of_the_same_kind_are_within_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    world(monkeypatch, returns(252, seed=2, together=0.5))
    made = report()

    assert not made.has_drifted
    assert made.words == "No drift over 252 days: every figure is within what chance shows."
    assert set(made.figures) == {"psi", "correlation"}


def test_assets_that_move_together_have_drifted_and_the_figure_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world(monkeypatch, returns(252, seed=2, together=0.9))
    made = report()

    assert made.has_drifted
    assert "Mean change of correlations" in made.words
    assert float(made.figures["correlation"]["value"]) > float(made.figures["correlation"]["limit"])


def test_fewer_than_250_days_are_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    world(monkeypatch, returns(249, seed=2, together=0.9))
    made = report()

    assert (made.has_drifted, made.figures) == (False, {})
    assert made.words == "Not judged: 249 days are known, 250 are needed."


def test_too_many_days_beyond_the_threshold_are_a_drift_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    model = world(monkeypatch, returns(252, seed=2, together=0.5))
    for place in range(100):
        AnomalyScore.objects.create(
            portfolio=None, day=TODAY - timedelta(days=place), learned=2 if place < 4 else 0, model=model
        )
    made = report()

    assert made.has_drifted
    assert made.figures["alarms"] == {
        "label": "Share of days beyond the threshold", "value": "0.0400", "limit": "0.03",
    }  # fmt: skip


def test_a_report_that_cannot_be_made_says_so_and_stops_none(monkeypatch: pytest.MonkeyPatch) -> None:
    world(monkeypatch, returns(252, seed=2, together=0.5))
    registered("lstm_masked", status="challenger", weights=b"x", universe=["Z"], data_until=date(2020, 1, 1))

    words = {made.model.name: made.words for made in drift_reports_make(today=TODAY)}

    assert words["lstm_masked"] == "Not judged: the instruments are no longer those it was trained on."
    assert words["lstm"].startswith("No drift over 252 days")


def test_made_again_a_report_takes_the_place_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    world(monkeypatch, returns(252, seed=2, together=0.5))
    report()
    report()

    assert DriftReport.objects.count() == 1


def test_rules_and_retired_models_are_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    registered("turbulence", status="challenger")
    registered("lstm", status="retired", weights=b"x", data_until=date(2020, 1, 1))

    assert drift_reports_make(today=TODAY) == []
