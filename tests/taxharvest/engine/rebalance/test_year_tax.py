"""What a plan's gains change of the year's taxes, on the whole return and reckoned by hand."""

from decimal import Decimal

import pytest

from common.errors import InvalidInput
from taxharvest.engine.income_range import TaxRange
from taxharvest.engine.rebalance.year_tax import tax_of_gains
from taxharvest.engine.year_facts import YearFacts
from tests.taxharvest.engine.tax_years import D, tax_year


def change(facts: YearFacts, *, short: str = "0", long: str = "0") -> TaxRange:
    return tax_of_gains(facts, short=D(short), long=D(long))


def exact(amount: str) -> TaxRange:
    return TaxRange(lowest=D(amount), highest=D(amount))


def test_gains_are_taxed_by_their_term() -> None:
    """A single person's 90,000 of 2025 stands in the bracket of 22 %, and 15 % on long-term gains."""
    facts = tax_year(ordinary_income="90000")
    assert change(facts, short="1000") == exact("220")
    assert change(facts, long="1000") == exact("150")
    assert change(facts, short="1000", long="1000") == exact("370")


def test_a_gain_that_reaches_over_a_bracket_is_taxed_in_both() -> None:
    """The bracket of 22 % ends at 103,350: 350 of it at 22 % are 77, 650 beyond at 24 % are 156."""
    assert change(tax_year(ordinary_income="103000"), short="1000") == exact("233")


def test_of_a_loss_only_what_may_be_deducted_lowers_this_year() -> None:
    """Of 5,000 this year takes 3,000, at 22 %; the rest carries on."""
    assert change(tax_year(ordinary_income="90000"), short="-5000") == exact("-660")


def test_a_loss_carried_in_takes_a_gain_up() -> None:
    """3,000 of 7,000 are deducted without the plan; 4,000 of its gain change nothing, 1,000 costs 22 %."""
    facts = tax_year(ordinary_income="90000", carry_short="7000")
    assert change(facts, short="4000") == exact("0")
    assert change(facts, short="5000") == exact("220")


def test_gains_of_the_plan_come_on_top_of_those_of_the_year() -> None:
    """A short-term loss of the plan lowers the long-term gain that stands: 1,000 at 15 %."""
    assert change(tax_year(ordinary_income="90000", long_gain="6000"), short="-1000") == exact("-150")


def test_without_an_income_the_change_stands_between_no_tax_and_the_highest() -> None:
    """A long-term gain is taxed at 0 % to 20 %, and by 3.8 % on investment income above the threshold."""
    found = change(tax_year(ordinary_income=None), long="1000")
    assert (found.lowest, found.highest) == (D(0), D(238))


def test_facts_of_which_no_tax_can_be_told_are_refused_by_field() -> None:
    with pytest.raises(InvalidInput) as refusal:
        tax_of_gains(tax_year(carry_long="-1"), short=Decimal(1), long=Decimal(1))
    assert refusal.value.fields == {"carry_long": ["The carry long cannot be negative: -1."]}
