"""What a loss does to the taxes, reckoned by hand for a single person in 2025.

At an income of 60,000 the next dollar is taxed at 22 %, a long-term gain at 15 %.
"""

from decimal import Decimal

import pytest

from common.errors import InvalidInput
from taxharvest.engine.harvest.tax_effects import (
    Case,
    TaxEffect,
    cases_of,
    dividend_tax,
    short_gain_tax,
    tax_effect,
    tax_effects,
)
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.savings import HarvestedLoss
from tests.taxharvest.engine.harvest.losses import D, terms
from tests.taxharvest.engine.tax_years import ds, tax_year

TWO_THOUSAND = HarvestedLoss(short=D(2000))


def only(loss: HarvestedLoss, **facts: object) -> TaxEffect:
    """The effect in the one case that there is."""
    (effect,) = tax_effects(terms(**facts), loss)
    return effect


def test_a_loss_against_short_gains_saves_its_rate_and_brings_the_long_rate_back() -> None:
    effect = only(TWO_THOUSAND)

    assert (effect.saved, effect.later_gain, effect.later_tax) == ds(440, 2000, 300)
    assert (effect.short_gain, effect.long_gain, effect.ordinary, effect.carried) == ds(2000, 0, 0, 0)
    assert effect.benefit == 200
    assert (effect.deferral, effect.rate_difference) == ds(60, 140)
    assert effect.deferral + effect.rate_difference == effect.benefit


def test_where_no_rate_differs_what_is_left_is_the_deferral() -> None:
    effect = only(HarvestedLoss(long=D(2000)), years=(tax_year(ordinary_income="60000", long_gain="9000"),))

    assert (effect.saved, effect.later_tax) == ds(300, 300)
    assert (effect.rate_difference, effect.deferral) == ds(0, 60)


def test_what_exceeds_the_limit_is_deducted_in_later_years() -> None:
    """3,000 now, 3,000 next year and 1,000 in the second: 660, 0.8 × 660 and 0.64 × 220."""
    effect = only(HarvestedLoss(short=D(7000)), years=(tax_year(ordinary_income="60000"),), horizon_years=2)

    assert (effect.saved, effect.ordinary, effect.carried) == ds(660, 3000, 4000)
    assert effect.carried_worth == D("668.8")
    assert effect.later_tax == 1050
    assert effect.benefit == D("656.8")


def test_a_carry_over_of_a_whole_limit_is_used_up_in_one_year() -> None:
    effect = only(HarvestedLoss(short=D(6000)), years=(tax_year(ordinary_income="60000"),), horizon_years=2)

    assert (effect.saved, effect.carried, effect.carried_worth) == ds(660, 3000, 528)
    assert effect.later_gain == 6000


def test_what_is_left_at_the_horizon_meets_the_gain() -> None:
    """Of 10,000, 3,000 now, 3,000 next year; 4,000 are left for the gain of 10,000 then."""
    effect = only(HarvestedLoss(long=D(10_000)), years=(tax_year(ordinary_income="60000"),))

    assert (effect.saved, effect.carried_worth) == ds(660, 528)
    assert (effect.later_gain, effect.later_tax) == ds(6000, 900)
    assert effect.benefit == 468


def test_a_loss_stands_behind_what_is_carried_anyway() -> None:
    effect = only(
        HarvestedLoss(short=D(1000)), years=(tax_year(ordinary_income="60000", carry_short="5000"),)
    )

    assert (effect.saved, effect.carried) == ds(0, 1000)
    assert effect.carried_worth == 176
    assert effect.benefit == 176 - D("0.8") * 150


def test_married_people_filing_apart_deduct_half() -> None:
    year = tax_year(ordinary_income="60000", filing_status=FilingStatus.MARRIED_SEPARATE)

    effect = only(HarvestedLoss(short=D(3000)), years=(year,))

    assert (effect.ordinary, effect.carried) == ds(1500, 1500)
    assert (effect.saved, effect.carried_worth) == ds(330, 264)


def test_the_state_takes_part() -> None:
    effect = only(
        TWO_THOUSAND, years=(tax_year(ordinary_income="60000", short_gain="5000", state_rate="0.05"),)
    )

    assert (effect.saved, effect.later_tax) == ds(540, 400)


def test_collectibles_keep_their_rate() -> None:
    """At 300,000 gold is taxed at 28 %, and both gains bear the 3.8 % on investment income."""
    year = tax_year(ordinary_income="300000", long_gain="5000", collectibles_gain="5000")

    effect = only(HarvestedLoss(long=D(1000), collectibles=D(1000)), years=(year,), is_collectible=True)

    assert (effect.saved, effect.later_tax) == ds(318, 318)


def test_a_known_income_is_one_case() -> None:
    year = tax_year(ordinary_income="60000", short_gain="5000")

    assert cases_of(terms(), TWO_THOUSAND) == (Case(year, D(60_000)),)


@pytest.mark.parametrize("income", [0, 11_925, 30_000, 48_475, 103_350, 197_500, 250_000, 640_000])
def test_over_every_income_the_range_holds_each_of_them(income: int) -> None:
    unknown = terms(years=(tax_year(ordinary_income=None, short_gain="5000"),))
    loss = HarvestedLoss(short=D(7000))
    benefits = [effect.benefit for effect in tax_effects(unknown, loss)]

    year = tax_year(ordinary_income=str(income), short_gain="5000")
    there = tax_effect(Case(year, D(income)), unknown, loss).benefit

    assert min(benefits) <= there <= max(benefits)


def test_without_an_income_a_loss_may_be_worth_nothing() -> None:
    benefits = [
        effect.benefit for effect in tax_effects(terms(years=(tax_year(ordinary_income=None),)), TWO_THOUSAND)
    ]

    assert min(benefits) == 0
    # 2,000 at 35 %, less 0.8 of 18.8 %.
    assert max(benefits) == D("399.2")


def test_each_filing_status_brings_its_cases() -> None:
    years = tuple(tax_year(ordinary_income="60000", filing_status=status) for status in FilingStatus)

    assert [case.facts.filing_status for case in cases_of(terms(years=years), TWO_THOUSAND)] == list(
        FilingStatus
    )


def test_a_year_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInput, match="state rate"):
        cases_of(terms(years=(tax_year(ordinary_income="60000", state_rate="2"),)), TWO_THOUSAND)


@pytest.mark.parametrize("known", ["0", "100", "900"])
def test_a_dividend_that_turns_ordinary_costs_the_difference_of_the_rates(known: str) -> None:
    year = tax_year(ordinary_income="60000", qualified_dividends=known)

    assert dividend_tax(Case(year, D(60_000)), D(100)) == 7


def test_a_short_term_gain_costs_the_ordinary_rate() -> None:
    assert short_gain_tax(Case(tax_year(ordinary_income="60000"), D(60_000)), D(100)) == Decimal(22)
