"""What every golden case carries."""

from collections import Counter

import pytest

from taxharvest.engine.conformance.registry import RESULTS
from tests.golden.cases import Case, golden_cases

CASES = golden_cases("portfolios")


def test_no_two_cases_share_an_id() -> None:
    assert [name for name, times in Counter(case["id"] for case in CASES).items() if times > 1] == []


def test_there_are_cases_of_every_kind_of_the_book() -> None:
    kinds = Counter(case["kind"] for case in CASES)

    assert set(kinds) == {
        "basis",
        "corporate_action",
        "holding_period",
        "lot_relief",
        "wash_sale",
        "wash_sale_ext",
    }
    assert kinds["wash_sale"] >= 45
    assert kinds.total() >= 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_names_its_source_and_can_be_answered(case: Case) -> None:
    assert case["kind"] in RESULTS
    assert case["title"]
    assert case["source"]
    assert case["status"] in {"authoritative", "third_party", "derived"}
    assert case["expected"]
