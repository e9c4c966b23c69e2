"""What a harvested loss saves, where it goes, and marginal rates."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from portfolios.engine.figures import UnavailableError
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.savings import (
    HarvestedLoss,
    LossUse,
    dividend_cost,
    marginal_rate_bounds,
    marginal_rates,
    saving_of,
)
from tests.taxharvest.engine.tax_years import D, ds, tax_year

GAINS = st.decimals(-50_000, 50_000, places=2)
POSITIVE = st.decimals(0, 50_000, places=2)
INCOMES = st.decimals(0, 700_000, places=2)


def loss(short: str = "0", long: str = "0", collectibles: str = "0") -> HarvestedLoss:
    return HarvestedLoss(short=D(short), long=D(long), collectibles=D(collectibles))


def use(**amounts: int) -> LossUse:
    names = ("short_gain", "long_gain", "ordinary_income", "carry_short", "carry_long")
    return LossUse(**{name: D(amounts.get(name, 0)) for name in names})


@pytest.mark.parametrize(
    ("fields", "harvested", "expected"),
    [
        ({"short_gain": "8000"}, loss(short="5000"), use(short_gain=5_000)),
        (
            {"short_gain": "2000", "long_gain": "10000"},
            loss(short="5000"),
            use(short_gain=2_000, long_gain=3_000),
        ),
        (
            {"short_gain": "2000", "long_gain": "1000"},
            loss(long="9000"),
            use(short_gain=2_000, long_gain=1_000, ordinary_income=3_000, carry_long=3_000),
        ),
        ({}, loss(short="2000", long="4000"), use(ordinary_income=3_000, carry_long=3_000)),
        (
            {"filing_status": FilingStatus.MARRIED_SEPARATE},
            loss(short="2000"),
            use(ordinary_income=1_500, carry_short=500),
        ),
        # The short loss is deducted in place of a long one that was: 1,000 more of that carries.
        ({"carry_long": "5000"}, loss(short="1000"), use(carry_long=1_000)),
        # Without income the deduction is not spent: the loss carries whole.
        ({"ordinary_income": "0"}, loss(short="1000"), use(carry_short=1_000)),
        ({"ordinary_income": None}, loss(short="1000"), use(ordinary_income=1_000)),
    ],
)
def test_a_loss_meets_its_own_character_then_the_other_then_income_and_carries(
    fields: dict[str, Any], harvested: HarvestedLoss, expected: LossUse
) -> None:
    assert saving_of(tax_year(**{"ordinary_income": "150000"} | fields), harvested).use == expected


def test_a_saving_is_the_tax_without_the_loss_less_the_tax_with_it() -> None:
    found = saving_of(
        tax_year(ordinary_income="300000", short_gain="20000", state_rate="0.05"), loss(short="15000")
    ).taxes

    # All in the 35 % bracket, above the threshold of 200,000.
    assert found.state is not None
    assert (found.income_tax.exact, found.investment_tax.exact, found.state.exact, found.total.exact) == ds(
        5_250,
        570,
        750,
        6_570,
    )


def test_a_loss_on_collectibles_takes_gain_away_at_28_percent() -> None:
    year = tax_year(ordinary_income="300000", long_gain="30000", collectibles_gain="10000")

    assert saving_of(year, loss(long="4000")).taxes.income_tax.exact == 600
    assert saving_of(year, loss(long="4000", collectibles="4000")).taxes.income_tax.exact == 1_120


def test_an_unknown_income_bounds_the_saving() -> None:
    found = saving_of(tax_year(ordinary_income=None, short_gain="10000"), loss(short="10000")).taxes

    assert (found.income_tax.lowest, found.income_tax.highest) == ds(1_000, 3_700)
    assert (found.investment_tax.lowest, found.investment_tax.highest) == ds(0, 380)
    assert found.state is None


@pytest.mark.parametrize(
    ("harvested", "at_fault", "sentence"),
    [
        (loss(short="-1"), "short", "The short loss is a positive amount: -1."),
        (loss(long="NaN"), "long", "The long loss is a positive amount: NaN."),
        (
            loss(long="1", collectibles="2"),
            "collectibles",
            "The collectibles loss is more than the long loss it is a part of.",
        ),
    ],
)
def test_a_loss_that_is_none_is_refused(harvested: HarvestedLoss, at_fault: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        saving_of(tax_year(), harvested)

    assert (refused.value.detail, refused.value.fields) == (sentence, {at_fault: [sentence]})


@pytest.mark.parametrize(
    ("fields", "short", "long"),
    [
        ({"ordinary_income": "150000"}, "0.24", "0.15"),
        ({"ordinary_income": "300000"}, "0.388", "0.188"),
        ({"ordinary_income": "300000", "state_rate": "0.05"}, "0.438", "0.238"),
        ({"ordinary_income": "30000"}, "0.12", "0"),
        # The next dollar of income also lifts a dividend out of the 0 % band.
        ({"ordinary_income": "40000", "qualified_dividends": "9000"}, "0.27", "0.15"),
        # At the end of a bracket the next dollar is in the next one.
        ({"ordinary_income": "103350"}, "0.24", "0.15"),
        # A short-term loss that a gain would use up was offsetting a long-term gain.
        ({"ordinary_income": "150000", "short_gain": "-5000", "long_gain": "9000"}, "0.15", "0.15"),
        # Losses beyond the limit take the next dollar up.
        ({"ordinary_income": "150000", "short_gain": "-9000"}, "0", "0"),
        # Inside the limit the next dollar takes a deduction away.
        ({"ordinary_income": "150000", "short_gain": "-2000"}, "0.24", "0.24"),
    ],
)
def test_the_next_dollar_of_gain_is_taxed_as_the_year_stands(
    fields: dict[str, Any], short: str, long: str
) -> None:
    assert marginal_rates(tax_year(**fields)) == (D(short), D(long))


def test_marginal_rates_need_an_income() -> None:
    with pytest.raises(UnavailableError) as refused:
        marginal_rates(tax_year(ordinary_income=None))

    assert refused.value.reason == (
        "The year's ordinary income has not been entered, so marginal rates are not known."
    )


def test_marginal_rates_over_every_income_lie_between_bounds() -> None:
    short, long = marginal_rate_bounds(tax_year(ordinary_income=None))

    assert (short.lowest, short.highest) == (D("0.10"), D("0.408"))
    assert (long.lowest, long.highest) == (D("0"), D("0.238"))


def test_a_dividend_that_turns_ordinary_costs_the_difference_of_rates() -> None:
    year = tax_year(ordinary_income="150000", qualified_dividends="1000")

    assert dividend_cost(year, D(400)).total.exact == 36  # 24 % less 15 % of 400
    assert dividend_cost(year, D(0)).total.exact == 0


def test_the_cost_of_a_dividend_has_bounds_where_the_income_is_unknown() -> None:
    found = dividend_cost(tax_year(ordinary_income=None, qualified_dividends="1000"), D(1000))

    # Lowest on top of 48,350: 12 % of 125 and 22 % of 875 instead of 15 % of it all. Highest: 35 % for 15 %.
    assert (found.total.lowest, found.total.highest) == ds(D("57.50"), 200)
    assert found.investment_tax.exact == 0


@pytest.mark.parametrize("dividend", ["-1", "1001"])
def test_a_dividend_must_be_part_of_the_years(dividend: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        dividend_cost(tax_year(qualified_dividends="1000"), D(dividend))

    assert set(refused.value.fields) == {"dividend"}


@given(INCOMES, GAINS, GAINS, POSITIVE, POSITIVE)
def test_a_loss_never_costs_and_goes_somewhere_whole(
    income: Decimal, short_gain: Decimal, long_gain: Decimal, short: Decimal, long: Decimal
) -> None:
    found = saving_of(
        tax_year(ordinary_income=income, short_gain=short_gain, long_gain=long_gain),
        HarvestedLoss(short=short, long=long),
    )
    where = found.use

    assert found.taxes.income_tax.lowest >= 0
    assert found.taxes.investment_tax.lowest >= 0
    assert (
        where.short_gain + where.long_gain + where.ordinary_income + where.carry_short + where.carry_long
        == short + long
    )


@given(INCOMES, GAINS, GAINS, POSITIVE, POSITIVE)
def test_nothing_is_gained_by_splitting_a_harvest(
    income: Decimal, short_gain: Decimal, long_gain: Decimal, first: Decimal, second: Decimal
) -> None:
    year = {"ordinary_income": income, "long_gain": long_gain}
    whole = saving_of(
        tax_year(short_gain=short_gain, **year), HarvestedLoss(short=first + second)
    ).taxes.total
    one = saving_of(tax_year(short_gain=short_gain, **year), HarvestedLoss(short=first)).taxes.total
    other = saving_of(
        tax_year(short_gain=short_gain - first, **year), HarvestedLoss(short=second)
    ).taxes.total

    assert one.lowest + other.lowest == whole.lowest


@given(INCOMES, GAINS, GAINS)
def test_marginal_rates_are_rates(income: Decimal, short_gain: Decimal, long_gain: Decimal) -> None:
    rates = marginal_rates(tax_year(ordinary_income=income, short_gain=short_gain, long_gain=long_gain))

    assert 0 <= rates.long <= D("0.62")
    assert 0 <= rates.short <= D("0.62")
