"""`manage.py evaluate_models` prints the tables, as JSON too, writes the page, and keeps the result."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from mlrecs.engine.model_catalogue import ANOMALIES
from mlrecs.models import Evaluation, ModelVersion
from mlrecs.quant.arrays import UnfitReturns
from tests.mlrecs.quant.evaluation.test_suite import MADE
from tests.mlrecs.tiny_suite import tiny_result

COMMAND = "mlrecs.management.commands.evaluate_models"


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The suite is not run: what it was asked for is noted."""
    noted: dict[str, Any] = {}

    def run(**options: Any) -> dict[str, Any]:
        noted.update(options)
        options["on_progress"]("crises: zero, seed 1")
        return {"made": MADE, **tiny_result()}

    monkeypatch.setattr(f"{COMMAND}.evaluation_run", run)
    return noted


def evaluation_last() -> Evaluation:
    """The newest one, past that of the release."""
    row: Evaluation = Evaluation.objects.latest("created_at")
    return row


def call(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("evaluate_models", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_it_prints_the_tables_and_keeps_the_result(asked: dict[str, Any]) -> None:
    out, err = call()
    assert "| Turbulence | 0.248 |" in out
    assert err == "crises: zero, seed 1\n"
    assert (asked["seeds"], asked["draws"]) == ((1, 2, 3, 4, 5), 200)
    assert evaluation_last().champion == "lstm"


@pytest.mark.django_db
def test_who_serves_is_seated_before_the_gate_is_asked(asked: dict[str, Any]) -> None:
    """A net that passes the first gate ever is not seated by it: the rule of the release was."""
    call()

    champion = ModelVersion.objects.get(task=ANOMALIES, status="champion")
    assert (asked["champion"], champion.name, champion.version) == ("fast_volatility", "fast_volatility", 1)
    call()
    assert ModelVersion.objects.get(task=ANOMALIES, status="champion") == champion


@pytest.mark.django_db
def test_json_is_the_whole_result() -> None:
    out, _ = call("--json")
    assert json.loads(out) == {"made": MADE, **tiny_result()}


@pytest.mark.django_db
def test_the_page_says_which_command_made_it(tmp_path: Path) -> None:
    page = tmp_path / "models.md"
    out, _ = call("--markdown", str(page), "--seeds", "1,2", "--draws", "50")
    assert out == f"{page}: 5 detectors\n"
    assert "`manage.py evaluate_models --seeds 1,2 --draws 50`" in page.read_text(encoding="utf-8")


@pytest.mark.django_db
def test_a_page_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        call("--markdown", str(tmp_path / "no" / "models.md"))


def test_without_a_database_the_result_is_printed(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    def fail(**options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(f"{COMMAND}.champion_before", fail)
    monkeypatch.setattr(f"{COMMAND}.evaluation_keep", fail)
    out, err = call()
    assert asked["champion"] == ""
    assert "| Turbulence | 0.248 |" in out
    assert "There is no database: the result is printed and not kept." in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--seeds", "1,one"), "--seeds: different whole numbers"),
        (("--seeds", "1,1"), "--seeds: different whole numbers"),
        (("--draws", "19"), "--draws: from 20 to 2000"),
        (("--draws", "2001"), "--draws: from 20 to 2000"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(arguments: tuple[str, str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call(*arguments)


@pytest.mark.django_db
def test_a_universe_that_is_not_there_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: Any) -> None:
        raise UnfitReturns("The training universe is not installed.")

    monkeypatch.setattr(f"{COMMAND}.evaluation_run", refuse)
    with pytest.raises(CommandError, match="not installed"):
        call()
