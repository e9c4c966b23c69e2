"""Adapters of case files: results shaped as asked, and refusals that name the case and the field."""

from typing import Any

import pytest

from common.errors import InvalidInput
from taxharvest.engine.conformance import dividends, liability, schedule_d

RESULTS = {**schedule_d.RESULTS, **liability.RESULTS, **dividends.RESULTS}


def case_of(kind: str, **given: Any) -> dict[str, Any]:
    return {"id": "one", "kind": kind, "input": given}


TAX = {"year": "2025", "status": "single", "taxable_income": "48475", "net_ltcg_and_qd": "0"}
SAVING = {"year": "2025", "status": "single", "harvest_st_loss": "1000"}


def test_a_case_that_asks_for_nothing_gets_everything() -> None:
    assert RESULTS["schedule_d"](case_of("schedule_d", st="-4000", lt="0")) == {
        "net_short": "-4000.00",
        "net_long": "0.00",
        "deduct": "3000.00",
        "carry_short": "1000.00",
        "carry_long": "0.00",
    }
    assert RESULTS["tax"](case_of("tax", **TAX)) == {
        "tax": "5578.50",
        "at_0": "0.00",
        "at_15": "0.00",
        "at_20": "0.00",
        "at_28": "0.00",
    }


def test_a_case_gets_what_its_expectation_names() -> None:
    case = case_of("tax", **TAX) | {"expected": {"tax": "5578.50"}}

    assert RESULTS["tax"](case) == {"tax": "5578.50"}


def test_a_case_that_expects_what_no_rule_gives_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        RESULTS["tax"](case_of("tax", **TAX) | {"expected": {"amt": "1"}})

    assert str(refused.value) == "Case one, field expected.amt: no rule gives it."


def test_amounts_may_be_whole_numbers() -> None:
    found = RESULTS["tax"](case_of("tax", magi=270000, nii=90000, status="single"))

    assert found == {"niit": "2660.00"}


def test_a_case_can_put_its_income_above_the_threshold() -> None:
    given = {**SAVING, "ordinary_taxable_income": "90000", "st_gain": "1000"}

    above = RESULTS["tax_saving"](case_of("tax_saving", **given, magi_above_niit_threshold=True))
    below = RESULTS["tax_saving"](case_of("tax_saving", **given, magi_above_niit_threshold=False))

    assert (above["niit_saved"], below["niit_saved"]) == ("38.00", "0.00")
    assert above["income_tax_saved"] == above["income_tax_saved_this_year"] == "220.00"


def test_statuses_are_known_by_short_and_by_full_names() -> None:
    for status in ("mfs", "married_separate"):
        found = RESULTS["schedule_d"](case_of("schedule_d", st="-4000", status=status))
        assert found["deduct"] == "1500.00"


@pytest.mark.parametrize(
    ("kind", "given", "at_fault", "sentence"),
    [
        ("tax", TAX | {"taxable_income": "much"}, "taxable_income", "“much” is not a number"),
        ("tax", TAX | {"taxable_income": "-1"}, "taxable_income", "-1.00000000 is negative"),
        ("tax", TAX | {"taxable_income": 1.5}, "taxable_income", "1.5 is not an amount written as text"),
        ("tax", TAX | {"taxable_income": True}, "taxable_income", "True is not an amount written as text"),
        ("tax", {"year": "2025", "status": "single"}, "taxable_income", "it is missing"),
        ("tax", {"taxable_income": "1", "net_ltcg_and_qd": "0", "year": "2025"}, "status", "it is missing"),
        ("tax", TAX | {"year": "1999"}, "year", "there are tables for 2024, 2025, 2026, not for 1999"),
        (
            "tax",
            TAX | {"status": "widowed"},
            "status",
            "'widowed' is none of mfj, mfs, hoh, single, married_joint, married_separate, head",
        ),
        (
            "tax",
            TAX | {"status": 1},
            "status",
            "1 is none of mfj, mfs, hoh, single, married_joint, married_separate, head",
        ),
        ("tax", TAX | {"qualified": "1"}, "qualified", "no rule of this kind knows it"),
        ("schedule_d", {"st": "1", "co_st": "-2"}, "co_st", "-2.00000000 is negative"),
        (
            "tax_saving",
            SAVING | {"ordinary_taxable_income": "1", "magi_above_niit_threshold": "yes"},
            "magi_above_niit_threshold",
            "'yes' is neither true nor false",
        ),
        ("tax_saving", SAVING, "ordinary_taxable_income", "it is missing"),
        (
            "tax_saving",
            SAVING | {"ordinary_taxable_income": "1", "ordinary_taxable_income_excluding_gain": "1"},
            "ordinary_taxable_income_excluding_gain",
            "the income is already in ordinary_taxable_income",
        ),
        ("holding_period", {"acquired": "2024-02-30", "sold": "2025-01-01"}, "acquired", None),
        ("holding_period", {"acquired": 20240101, "sold": "2025-01-01"}, "acquired", None),
        (
            "qualified_dividend",
            {"acquired": "2025-01-02", "sold": "2025-01-01", "ex_dividend_date": "2025-01-03"},
            "sold",
            "it is before the day of purchase",
        ),
    ],
)
def test_a_wrong_or_missing_input_is_refused_by_case_and_field(
    kind: str, given: dict[str, Any], at_fault: str, sentence: str | None
) -> None:
    with pytest.raises(InvalidInput) as refused:
        RESULTS[kind](case_of(kind, **given))

    reason = sentence or f"{given[at_fault]!r} is not a date such as 2025-01-31"
    detail = f"Case one, field {at_fault}: {reason}."
    assert (refused.value.detail, refused.value.fields) == (detail, {at_fault: [detail]})


@pytest.mark.parametrize("kind", sorted(RESULTS))
def test_a_case_without_an_input_is_refused(kind: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        RESULTS[kind]({"kind": kind})

    assert str(refused.value) == "Case a case without an id, field input: it is missing."
