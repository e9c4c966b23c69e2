"""Facts that no tax can be computed from."""

from typing import Any

import pytest

from common.errors import InvalidInput
from taxharvest.engine.year_facts import check_facts, check_status
from tests.taxharvest.engine.tax_years import tax_year


@pytest.mark.parametrize(
    ("fields", "at_fault", "sentence"),
    [
        (
            {"filing_status": "widowed"},
            "filing_status",
            "“widowed” is not a filing status; there are single, married_joint, married_separate, head.",
        ),
        ({"ordinary_income": "-1"}, "ordinary_income", "The ordinary income cannot be negative: -1."),
        (
            {"qualified_dividends": "-5"},
            "qualified_dividends",
            "The qualified dividends cannot be negative: -5.",
        ),
        ({"carry_long": "-2"}, "carry_long", "The carry long cannot be negative: -2."),
        ({"state_rate": "-0.01"}, "state_rate", "The state rate cannot be negative: -0.01."),
        (
            {"state_rate": "5"},
            "state_rate",
            "The state rate is a fraction below 1, such as 0.05 for 5 %: 5.",
        ),
        ({"short_gain": "NaN"}, "short_gain", "The short gain is not a number."),
        ({"ordinary_income": "Infinity"}, "ordinary_income", "The ordinary income is not a number."),
        (
            {"ordinary_income": "10", "other_investment_income": "11"},
            "other_investment_income",
            "The other investment income is more than the ordinary income.",
        ),
    ],
)
def test_a_fact_at_fault_is_named(fields: dict[str, Any], at_fault: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_facts(tax_year(**fields))

    assert (refused.value.detail, refused.value.fields) == (sentence, {at_fault: [sentence]})


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_facts(tax_year(ordinary_income="-1", carry_short="-1"))

    assert set(refused.value.fields) == {"ordinary_income", "carry_short"}


def test_losses_and_unknown_income_are_sound() -> None:
    check_facts(
        tax_year(
            short_gain="-1", long_gain="-1", collectibles_gain="-1", ordinary_income=None, state_rate="0"
        )
    )


def test_a_status_alone_is_checked_the_same() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_status("widowed")  # type: ignore[arg-type]

    assert set(refused.value.fields) == {"filing_status"}
