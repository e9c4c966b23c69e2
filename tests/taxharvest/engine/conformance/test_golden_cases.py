"""The engine against every golden case, and against further ones where TAX_CASES names a folder."""

import pytest

from taxharvest.engine.conformance.comparison import differences
from taxharvest.engine.conformance.registry import RESULTS, results_of
from tests.golden.cases import Case, further_cases, golden_cases

CASES = [
    *golden_cases("portfolios"),
    *(case for case in further_cases() if case["kind"] in RESULTS),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_engine_gives_what_is_expected(case: Case) -> None:
    (answer,) = results_of([case])

    assert answer["id"] == case["id"]
    assert differences(case, answer["result"]) == []
