"""Evaluations are run on the training universe and kept as rows."""

import json
from pathlib import Path

import pytest

from mlrecs.models import Evaluation
from mlrecs.quant.evaluation.page import markdown
from mlrecs.services.evaluations import SHIPPED, evaluation_adopt, evaluation_keep, evaluation_run
from tests.mlrecs.tiny_suite import TINY, tiny_result

PAGE = Path(__file__).parents[3] / "docs" / "models.md"
MADE = {"made": {"day": "2026-01-02", "seeds": [1, 2]}}


def test_a_run_says_what_it_was_made_with(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = {name: TINY[name] for name in ("lstm", "absolute")}
    monkeypatch.setattr("mlrecs.quant.detectors.DETECTORS", cheap)
    told: list[str] = []
    made = evaluation_run(seeds=(1,), draws=20, on_progress=told.append)["made"]
    assert (made["seeds"], made["draws"], made["embargo"]) == ([1], 20, 60)
    assert (made["universe"], made["from"], made["until"]) == (
        "20 US stocks, 1990-2022",
        "1990-01-03",
        "2022-12-28",
    )
    assert set(made["versions"]) == {"numpy", "scipy", "skfolio", "torch"}
    assert told[0] == "crises: lstm, seed 1"


@pytest.mark.django_db
def test_a_result_is_kept_with_its_champion() -> None:
    kept = evaluation_keep(result={**MADE, **tiny_result()})
    row = Evaluation.objects.get(pk=kept.pk)
    assert (row.suite, row.seeds, row.champion) == ("anomalies", [1, 2], "lstm")
    assert row.day.isoformat() == "2026-01-02"
    assert row.result["crises"] == tiny_result()["crises"]
    assert row.words == "Promoted: lstm."


@pytest.mark.django_db
def test_where_nobody_passes_a_rule_serves() -> None:
    crises = {**tiny_result()["crises"], "verdicts": []}
    kept = evaluation_keep(result={**MADE, **tiny_result(), "crises": crises, "champion": "absolute"})
    assert (kept.champion, kept.words) == ("absolute", "No model passed the gate; a rule serves.")


@pytest.mark.django_db
def test_the_evaluation_of_the_release_is_adopted_where_none_was_run() -> None:
    adopted = evaluation_adopt()

    assert adopted is not None
    assert (adopted.champion, adopted.seeds, len(adopted.result["crises"]["rows"])) == (
        "fast_volatility",
        [1, 2, 3, 4, 5],
        13,
    )
    assert evaluation_adopt() is None


def test_the_page_of_the_release_tells_the_evaluation_that_ships() -> None:
    shipped = json.loads(SHIPPED.read_text(encoding="utf-8"))

    assert PAGE.read_text(encoding="utf-8") == markdown(shipped, command="manage.py evaluate_models")
