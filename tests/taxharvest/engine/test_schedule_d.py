"""Schedule D and its carry-over worksheet from the totals of Form 8949."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from common.errors import InvalidInput
from taxharvest.engine.records import FilingStatus, FormLine, ScheduleD
from taxharvest.engine.schedule_d import BoxTotals, ScheduleDFacts, Totals, build_schedule_d
from tests.taxharvest.engine.tax_years import ds

D = Decimal


def totals(proceeds: int, basis: int, adjustment: int = 0) -> Totals:
    return Totals(proceeds=D(proceeds), basis=D(basis), adjustment=D(adjustment))


def box(letter: str, proceeds: int, basis: int, adjustment: int = 0) -> BoxTotals:
    return BoxTotals(box=letter, totals=totals(proceeds, basis, adjustment))


def schedule(*boxes: BoxTotals, **fields: Any) -> ScheduleD:
    plain: dict[str, Any] = {"year": 2025, "filing_status": FilingStatus.SINGLE, "boxes": boxes}
    return build_schedule_d(ScheduleDFacts(**plain | fields))


def amounts(lines: Sequence[FormLine]) -> dict[str, Decimal | None]:
    return {line.number: line.amount for line in lines}


def line_of(found: ScheduleD, number: str) -> FormLine:
    return next(line for line in found.lines if line.number == number)


def test_every_box_adds_to_its_line() -> None:
    letters = "ABCGHIDEFJKL"
    found = schedule(*(box(letter, 2**place, 0) for place, letter in enumerate(letters)))

    assert amounts(found.lines) == {
        "1a": 0,
        "1b": 1 + 8,
        "2": 2 + 16,
        "3": 4 + 32,
        "6": 0,
        "7": 63,
        "8a": 0,
        "8b": 64 + 512,
        "9": 128 + 1024,
        "10": 256 + 2048,
        "13": 0,
        "14": 0,
        "15": 4095 - 63,
        "16": 4095,
        "18": 0,
    }
    assert found.worksheet == ()
    assert found.deducted == 0


def test_the_lines_stand_in_the_order_of_the_form() -> None:
    numbers = [line.number for line in schedule(box("A", 0, 10)).lines]

    assert " ".join(numbers) == "1a 1b 2 3 6 7 8a 8b 9 10 13 14 15 16 21"


def test_column_h_is_d_less_e_combined_with_g() -> None:
    found = line_of(schedule(box("A", 800, 1_000, 200), box("A", 500, 300)), "1b")

    assert (found.proceeds, found.basis, found.adjustment, found.amount) == ds(1_300, 1_300, 200, 200)
    assert found.label == "Totals of Form 8949 with Box A or Box G checked"


def test_sales_without_adjustment_can_go_straight_on_the_schedule() -> None:
    found = schedule(direct_short=totals(500, 450), direct_long=totals(900, 1_000))

    assert (line_of(found, "1a").amount, line_of(found, "8a").amount) == ds(50, -100)
    assert (found.net_short, found.net_long, found.deducted) == ds(50, -100, 50)


def test_before_2025_the_form_has_no_boxes_for_digital_assets() -> None:
    assert line_of(schedule(year=2024), "3").label == "Totals of Form 8949 with Box C checked"


def test_distributions_and_carry_overs_enter_the_nets() -> None:
    found = schedule(
        box("C", 1_000, 0),
        box("F", 1_500, 0),
        carry_short=D(5_000),
        carry_long=D(1_000),
        capital_gain_distributions=D(500),
    )

    lines = amounts(found.lines)
    assert (lines["6"], lines["7"], lines["13"], lines["14"], lines["15"]) == ds(
        -5_000,
        -4_000,
        500,
        -1_000,
        1_000,
    )
    assert (lines["16"], lines["21"]) == ds(-3_000, -3_000)
    assert (found.carry_short, found.carry_long) == ds(0, 0)


def test_collectibles_gain_is_on_line_18_where_both_nets_are_gains() -> None:
    found = schedule(box("F", 9_000, 1_000), carry_short=D(500), collectibles_gain=D(3_000))

    assert line_of(found, "18").amount == 2_500


def test_a_long_loss_leaves_line_18_out() -> None:
    found = schedule(box("C", 9_000, 1_000), box("F", 0, 500), collectibles_gain=D(100))

    assert "18" not in amounts(found.lines)


def test_the_worksheet_follows_the_instructions_line_by_line() -> None:
    # Lines as in the instructions for Schedule D: taxable income 40,000, short loss 6,000, long loss 4,000.
    found = schedule(box("C", 0, 6_000), box("F", 0, 4_000), taxable_income=D(40_000))

    assert amounts(found.worksheet) == {
        "1": 40_000,
        "2": 3_000,
        "3": 43_000,
        "4": 3_000,
        "5": 6_000,
        "6": 0,
        "7": 3_000,
        "8": 3_000,
        "9": 4_000,
        "10": 0,
        "11": 0,
        "12": 0,
        "13": 4_000,
    }
    assert line_of(found, "21").label == "Loss deducted: the smaller of the loss on line 16 and 3,000"


def test_negative_taxable_income_leaves_the_deduction_unspent() -> None:
    found = schedule(box("C", 2_000, 0), box("F", 0, 8_000), taxable_income=D(-1_200))

    assert amounts(found.worksheet) == {
        "1": -1_200,
        "2": 3_000,
        "3": 1_800,
        "4": 1_800,
        "5": 0,
        "9": 8_000,
        "10": 2_000,
        "11": 1_800,
        "12": 3_800,
        "13": 4_200,
    }
    assert (found.deducted, found.carry_short, found.carry_long) == ds(3_000, 0, 4_200)


def test_a_short_loss_with_a_long_gain_skips_the_long_part() -> None:
    found = schedule(box("C", 0, 6_000), box("F", 1_000, 0), filing_status=FilingStatus.MARRIED_SEPARATE)

    assert amounts(found.worksheet) == {
        "1": None,
        "2": 1_500,
        "3": None,
        "4": 1_500,
        "5": 6_000,
        "6": 1_000,
        "7": 2_500,
        "8": 3_500,
    }


@pytest.mark.parametrize(
    ("fields", "at_fault", "sentence"),
    [
        ({"boxes": (box("M", 1, 1),)}, "boxes", "Form 8949 has no Box M."),
        ({"boxes": (box("AB", 1, 1),)}, "boxes", "Form 8949 has no Box AB."),
        (
            {"boxes": (box("G", 1, 1),), "year": 2024},
            "boxes",
            "Form 8949 of 2024 has no Box G for digital assets.",
        ),
        ({"carry_short": D(-1)}, "carry_short", "The carry short cannot be negative: -1."),
        (
            {"direct_long": totals(1, 2, 1)},
            "direct_long",
            "Sales with an adjustment go on Form 8949, not straight on Schedule D.",
        ),
        ({"year": 2031}, "year", "There are no tax tables for 2031; there are tables for 2024, 2025, 2026."),
        (
            {"filing_status": "widowed"},
            "filing_status",
            "“widowed” is not a filing status; there are single, married_joint, married_separate, head.",
        ),
    ],
)
def test_what_cannot_stand_on_the_form_is_refused(
    fields: dict[str, Any], at_fault: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        schedule(**fields)

    assert (refused.value.detail, refused.value.fields) == (sentence, {at_fault: [sentence]})
