"""Every case of the golden files, and of the shared case files where there are any."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from taxharvest.engine.conformance import dividends, liability, schedule_d

RESULTS = {**schedule_d.RESULTS, **liability.RESULTS, **dividends.RESULTS}
TESTS = Path(__file__).parents[3]
OWN = TESTS / "golden" / "taxharvest"
SHARED = TESTS.parents[1] / "shared" / "cases" / "tax"


def cases(folder: Path) -> list[dict[str, Any]]:
    """The cases of the kinds tested here in all files of a folder."""
    read = [case for path in sorted(folder.glob("*.json")) for case in json.loads(path.read_text("utf-8"))]
    return [case for case in read if case["kind"] in RESULTS]


def is_close(found: Any, expected: Any, tolerance: Decimal) -> bool:
    """Whether two values are equal, or two amounts differ by no more than the tolerance."""
    if isinstance(expected, str) and any(sign.isdigit() for sign in expected):
        return abs(Decimal(found) - Decimal(expected)) <= tolerance
    return bool(found == expected)


@pytest.mark.parametrize("case", [*cases(OWN), *cases(SHARED)], ids=lambda case: case["id"])
def test_a_case_comes_out_as_its_source_says(case: dict[str, Any]) -> None:
    found = RESULTS[case["kind"]](case)
    tolerance = Decimal(case["tolerance"])

    assert set(found) == set(case["expected"])
    assert [
        (name, found[name], value)
        for name, value in case["expected"].items()
        if not is_close(found[name], value, tolerance)
    ] == []


def test_every_own_case_quotes_its_source_and_shows_its_arithmetic() -> None:
    own = cases(OWN)

    assert len(own) >= 40
    assert [case["id"] for case in own if not (case["source"] and case["note"])] == []
    assert len({case["id"] for case in own}) == len(own)
    assert {case["kind"] for case in own} == set(RESULTS)
