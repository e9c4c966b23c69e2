"""manage.py backtest_harvest."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from taxharvest.models import HarvestBacktest
from taxharvest.quant.backtest import report as made
from taxharvest.quant.backtest.assumptions import Assumptions
from tests.taxharvest.backtest_result import result_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that is made at once."""

    def report(assumptions: Assumptions, _told: Any) -> dict[str, Any]:
        return result_of(assumptions)

    monkeypatch.setattr(made, "report", report)


def run(*arguments: str) -> str:
    printed = StringIO()
    call_command("backtest_harvest", *arguments, stdout=printed)
    return printed.getvalue()


def test_it_prints_the_assumptions_before_any_figure_and_keeps_the_result() -> None:
    printed = run("--years", "7", "--rates", "24/15", "--review", "daily")

    assert printed.index("| Held for | 7 years |") < printed.index("0.85\u202f% (0.59 to 1.08)")
    assert "| Rates | 24 % short-term, 15 % long-term |" in printed
    assert "| Second | not so | no | Because of dips. |" in printed
    backtest = HarvestBacktest.objects.get()
    assert (backtest.state, backtest.requested_by, backtest.assumptions["review"]) == ("done", None, "daily")


def test_it_prints_json_for_other_programs() -> None:
    assert json.loads(run("--json"))["in_short"].startswith("10 years at 35/15 %")


def test_it_writes_a_page_that_names_the_command_that_makes_it(tmp_path: Path) -> None:
    page = tmp_path / "backtest.md"
    printed = run("--markdown", str(page), "--years", "7", "--cost", "5")

    assert printed == f"{page}: 1 tables of 2 starts\n"
    assert "by `manage.py backtest_harvest --years 7 --cost 5`, with Python 3.11" in page.read_text()


def test_a_page_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        run("--markdown", str(tmp_path / "missing" / "backtest.md"))


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--rates", "15/35", "not above"),
        ("--years", "3", "between 5 and 20"),
        ("--review", "hourly", "daily"),
    ],
)
def test_an_assumption_that_cannot_be_is_refused_in_words(option: str, value: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(option, value)
    assert HarvestBacktest.objects.count() == 0
