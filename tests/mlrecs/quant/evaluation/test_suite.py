"""The suite: every detector on both halves, the gate, and who serves."""

import json
from dataclasses import replace
from decimal import Decimal

from mlrecs.quant.evaluation.page import markdown, plain
from mlrecs.quant.evaluation.suite import Plan
from mlrecs.quant.universe import universe_returns
from tests.mlrecs.tiny_suite import TINY, stand_in, tiny_result

MADE = {
    "day": "2026-01-02",
    "versions": {"torch": "1.0"},
    "seeds": [1, 2],
    "embargo": 60,
    "universe": "some stocks",
    "from": "1990-01-03",
    "until": "2022-12-28",
    "digest": "abcdef0123456789",
}


def test_every_detector_is_in_both_halves() -> None:
    result = tiny_result()
    assert [row["name"] for row in result["crises"]["rows"]] == list(TINY)
    assert [row["name"] for row in result["planted"]["rows"]] == list(TINY)


def test_the_result_is_plain_json_without_a_float() -> None:
    text = json.dumps(tiny_result())

    def refuse(number: str) -> None:
        raise AssertionError(number)

    assert json.loads(text, parse_float=refuse) == tiny_result()


def test_the_baselines_come_to_the_figures_that_they_have_on_these_data() -> None:
    rows = {row["name"]: row for row in tiny_result()["crises"]["rows"]}
    assert rows["zero"]["vus_pr"] == "0.369"
    assert rows["absolute"]["vus_pr"] == "0.373"
    assert rows["turbulence"]["vus_pr"] == "0.248"
    assert Decimal(rows["random"]["vus_pr"]) < Decimal("0.07")
    assert tiny_result()["crises"]["base_rate"] == "0.046"


def test_chance_is_measured_with_every_seed_and_rules_once() -> None:
    rows = {row["name"]: row for row in tiny_result()["crises"]["rows"]}
    assert rows["random"]["least"] != rows["random"]["most"]
    assert rows["zero"]["least"] == rows["zero"]["most"] == rows["zero"]["vus_pr"]


def test_a_model_that_surely_beats_every_baseline_on_crises_serves() -> None:
    part = tiny_result()["crises"]
    assert part["verdicts"][0]["is_promoted"]
    assert part["champion"] == tiny_result()["champion"] == "lstm"
    assert part["best_rule"] == "absolute"


def test_the_same_model_does_not_pass_on_planted_anomalies_and_a_rule_serves() -> None:
    part = tiny_result()["planted"]
    assert not part["verdicts"][0]["is_promoted"]
    assert part["champion"] == part["best_rule"] == "turbulence"


def test_another_model_that_serves_has_to_be_beaten_beside_the_baselines() -> None:
    days, _, returns = universe_returns()
    plan = Plan(days=days, returns=returns, makers={**TINY, "lstm_masked": stand_in}, seeds=(1,))
    baselines = ["zero", "absolute", "turbulence", "random"]

    assert plan.rivals("lstm") == baselines
    assert replace(plan, champion="absolute").rivals("lstm") == baselines
    assert replace(plan, champion="lstm_masked").rivals("lstm") == [*baselines, "lstm_masked"]
    assert replace(plan, champion="lstm").rivals("lstm") == baselines


def test_the_bars_are_held_against_the_best_form() -> None:
    found = tiny_result()["found"]
    assert (found["crises"]["bar"], found["crises"]["is_beaten"]) == ("0.487", True)
    assert (found["planted"]["bar"], found["planted"]["is_beaten"]) == ("0.380", False)


def test_a_crisis_before_the_first_scored_year_is_named_and_not_scored() -> None:
    part = tiny_result()["crises"]
    assert [one["name"] for one in part["crises"] if not one["is_scored"]] == ["Invasion of Kuwait"]
    assert part["rows"][0]["crises"] == 17


def test_the_page_holds_every_table_with_its_date_and_versions() -> None:
    page = markdown({"made": MADE, **tiny_result()}, command="manage.py evaluate_models")
    assert page.startswith("# Models, measured\n")
    assert "Made on 2026-01-02 with torch 1.0; seeds 1, 2" in page
    assert "digest `abcdef012345`" in page
    assert "| Zero reconstruction, the energy of the day | 0.369 |  |" in page
    assert "[Invasion of Kuwait (1990-08-03 to 1990-08-23)]" in page
    assert "**Champion:** LSTM autoencoder, a model." in page
    assert page.count("| yes |") + page.count("| no |") == 2 * 4
    assert max(len(line) for line in page.splitlines() if not line.startswith("|")) < 1500


def test_the_terminal_sees_the_findings_and_both_tables() -> None:
    text = plain(tiny_result())
    assert text.startswith("**On named crises** the best form of the LSTM, LSTM autoencoder, reaches ")
    assert text.count("| --- |") == 2
