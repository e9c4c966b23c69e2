"""Form 8949 against cases: our own golden ones, and published ones where they stand beside the checkout."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from common.errors import InvalidInput
from taxharvest.engine.conformance.forms import RESULTS

ROOT = Path(__file__).resolve().parents[4]
GOLDEN = ROOT / "tests" / "golden" / "taxharvest" / "form_8949.json"
# Published cases are not part of the project: a checkout without them tests its own alone.
PUBLISHED = Path(os.environ.get("TAX_CASES", ROOT.parent / "shared" / "cases" / "tax"))
CASES: list[dict[str, Any]] = [
    case
    for path in (GOLDEN, PUBLISHED / "schedule_d_8949_tax.json")
    if path.exists()
    for case in json.loads(path.read_text(encoding="utf-8"))
    if case["kind"] == "form_8949"
]


def case_of(**given: object) -> dict[str, object]:
    return {"id": "c1", "kind": "form_8949", "input": given}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_comes_out_as_expected(case: dict[str, Any]) -> None:
    result = RESULTS["form_8949"](case)

    assert {name: result[name] for name in case["expected"]} == case["expected"]


def test_there_are_enough_golden_cases_and_each_quotes_its_source() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))

    assert len(golden) >= 25
    assert all(case["source"].startswith("Instructions for Form 8949") for case in golden)
    assert len({case["id"] for case in golden}) == len(golden)


def test_an_unknown_basis_gives_a_reason_and_no_row() -> None:
    result = RESULTS["form_8949"](case_of(proceeds="1", basis_unknown=True, form_1099b=False, term="S"))

    assert result == {"incomplete": "The basis is not known."}


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"basis": "1", "reported_basis": True, "term": "S"}, "c1.proceeds", "is missing"),
        ({"proceeds": "1", "reported_basis": True, "term": "S"}, "c1.true_basis", "is missing"),
        ({"proceeds": "1", "basis": "1", "term": "S"}, "c1.reported_basis", "is missing"),
        ({"proceeds": "1", "basis": "1", "reported_basis": True}, "c1.true_term", "is missing"),
        (
            {"proceeds": "1", "basis": "1", "reported_basis": True, "term": "X"},
            "c1.true_term",
            "must be S or L",
        ),
        (
            {"proceeds": "1", "basis": "1", "reported_basis": True, "term": "S", "sold": "soon"},
            "c1.sold",
            "must be a day like 2025-12-31",
        ),
        (
            {"proceeds": "much", "basis": "1", "reported_basis": True, "term": "S"},
            "c1.proceeds",
            "not a number",
        ),
    ],
)
def test_bad_input_is_refused_by_case_and_field(given: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        RESULTS["form_8949"](case_of(**given))

    assert list(refusal.value.fields) == [field]
    assert words in refusal.value.detail


def test_a_case_without_input_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Case c2: “proceeds” is missing"):
        RESULTS["form_8949"]({"id": "c2"})
