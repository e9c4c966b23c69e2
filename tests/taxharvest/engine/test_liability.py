"""The tax of a year and its arithmetic in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from taxharvest.engine.liability import (
    ESTIMATED,
    INCOME_UNKNOWN,
    STATE_ESTIMATED,
    STATE_UNKNOWN,
    YearLiability,
    year_liability,
)
from taxharvest.engine.records import FilingStatus
from tests.taxharvest.engine.tax_years import D, ds, tax_year

AMOUNTS = st.decimals(0, 700_000, places=2)
SIGNED = st.decimals(-60_000, 300_000, places=2)


def words(found: YearLiability) -> list[tuple[str, str]]:
    return [(line.label, f"{line.amount:.2f}" if line.amount is not None else "") for line in found.lines]


def whole(found: YearLiability) -> tuple[Decimal, Decimal, Decimal | None, Decimal]:
    assert found.taxes is not None
    return found.taxes.income.tax, found.taxes.investment.tax, found.taxes.state, found.taxes.total


def test_a_year_with_everything_shows_its_arithmetic() -> None:
    found = year_liability(
        tax_year(
            ordinary_income="310000",
            short_gain="5000",
            long_gain="20000",
            collectibles_gain="3000",
            qualified_dividends="4000",
            ordinary_dividends="1000",
            carry_long="2000",
            deductions=None,
            state_rate="0.05",
        )
    )

    # 338,000 - 15,750 = 322,250, of which 22,000 long-term; the carry-over leaves 1,000 at 28 %.
    assert words(found) == [
        ("Ordinary income, as entered", "310000.00"),
        ("Net short-term gain or loss", "5000.00"),
        ("Net long-term gain or loss, after 2,000.00 carried in", "18000.00"),
        ("Net gain of both", "23000.00"),
        ("Qualified dividends", "4000.00"),
        ("Dividends at ordinary rates", "1000.00"),
        ("Adjusted gross income: income, gains and dividends", "338000.00"),
        ("Standard deduction of 2025", "15750.00"),
        ("Taxable income: what is left, not below zero", "322250.00"),
        ("10 % of 11,925.00 at ordinary rates", "1192.50"),
        ("12 % of 36,550.00 at ordinary rates", "4386.00"),
        ("22 % of 54,875.00 at ordinary rates", "12072.50"),
        ("24 % of 93,950.00 at ordinary rates", "22548.00"),
        ("32 % of 53,225.00 at ordinary rates", "17032.00"),
        ("35 % of 49,725.00 at ordinary rates", "17403.75"),
        ("15 % of 21,000.00 of long-term gains and qualified dividends", "3150.00"),
        ("28 % of 1,000.00 of collectibles gain", "280.00"),
        ("Federal income tax: the sum of these (IRC 1(h))", "78064.75"),
        ("Net investment income", "28000.00"),
        ("Modified adjusted gross income above 200,000.00", "138000.00"),
        ("Net investment income tax: 3.8 % of the smaller of the two (IRC 1411)", "1064.00"),
        ("State tax: 5 % of the taxable income", "16112.50"),
        ("Estimated tax of the year", "95241.25"),
        # 35 % of 6,000 + 3,150 + 280 = 5,530; 1,064; 5 % of 28,000 = 1,400.
        ("Of it, what gains, losses and dividends add", "7994.00"),
    ]
    assert [line.number for line in found.lines] == [str(number) for number in range(1, 25)]
    assert found.notes == (ESTIMATED, STATE_ESTIMATED)


def test_the_sum_of_the_lines_is_the_tax() -> None:
    found = year_liability(tax_year(ordinary_income="100000", long_gain="5000"))

    # 5,578.50 + 22 % of 51,525 (11,335.50) = 16,914; 15 % of 5,000 = 750.
    assert whole(found) == ds(17_664, 0, None, 17_664)
    assert found.added.total.exact == 750
    assert found.added.state is None
    assert found.notes == (ESTIMATED, STATE_UNKNOWN)


def test_a_net_loss_is_deducted_up_to_the_limit_and_the_rest_carries() -> None:
    found = year_liability(
        tax_year(
            filing_status=FilingStatus.MARRIED_SEPARATE,
            ordinary_income="100000",
            short_gain="-4000",
            long_gain="-1000",
        )
    )

    assert (found.netting.carry_short, found.netting.carry_long) == ds(2_500, 1_000)
    assert found.added.total.exact == -330  # 22 % of 1,500
    assert words(found)[3:6] == [
        ("Deducted of the net loss: up to 1,500.00 (IRC 1211(b))", "-1500.00"),
        ("Carried to the next year as a short-term loss", "2500.00"),
        ("Carried to the next year as a long-term loss", "1000.00"),
    ]


def test_deductions_beyond_income_leave_the_loss_to_carry() -> None:
    found = year_liability(tax_year(ordinary_income="14000", deductions=None, long_gain="-5000"))

    # 14,000 - 3,000 - 15,750 = -4,750: worksheet line 3 is 0.
    assert (found.netting.deducted, found.netting.used, found.netting.carry_long) == ds(3_000, 0, 5_000)
    assert whole(found)[0] == 0


def test_a_deducted_loss_lowers_other_investment_income() -> None:
    found = year_liability(
        tax_year(ordinary_income="305000", other_investment_income="5000", short_gain="-30000")
    )

    # Reg. 1.1411-4(h) and Form 8960 line 5a: 5,000 of interest less 3,000.
    assert found.taxes is not None
    assert (found.taxes.investment.income, found.taxes.investment.tax) == ds(2_000, 76)


def test_income_that_only_the_modified_figure_counts_is_added_back() -> None:
    found = year_liability(
        tax_year(ordinary_income="150000", qualified_dividends="10000", added_back="45000")
    )

    assert whole(found)[1] == 190  # 3.8 % of min(10,000, 5,000)


def test_ordinary_rates_are_named_where_they_are_less() -> None:
    found = year_liability(tax_year(ordinary_income="48350", long_gain="125"))

    assert words(found)[8:11] == [
        ("10 % of 11,925.00 at ordinary rates", "1192.50"),
        ("12 % of 36,550.00 at ordinary rates", "4386.00"),
        ("Federal income tax: all at ordinary rates, because that is less", "5578.50"),
    ]
    assert words(found)[7] == ("Taxable income: what is left, not below zero", "48475.00")
    assert words(found)[6] == ("Deductions, as entered", "0.00")


def test_an_unknown_income_gives_bounds_and_says_so() -> None:
    found = year_liability(
        tax_year(
            ordinary_income=None, deductions=None, short_gain="5000", long_gain="20000", state_rate="0.05"
        )
    )

    assert found.taxes is None
    assert words(found) == [
        ("Ordinary income: not entered", ""),
        ("Net short-term gain or loss", "5000.00"),
        ("Net long-term gain or loss", "20000.00"),
        ("Net gain of both", "25000.00"),
        ("Qualified dividends", "0.00"),
        ("Federal income tax that the investments add, lowest over every income", "0.00"),
        # 37 % of 5,000 + 20 % of 20,000
        ("Federal income tax that the investments add, highest over every income", "5850.00"),
        ("Net investment income tax that the investments add, lowest over every income", "0.00"),
        ("Net investment income tax that the investments add, highest over every income", "950.00"),
        # 5 % of what the standard deduction leaves of 25,000, and 5 % of it all
        ("State tax that the investments add, lowest over every income", "462.50"),
        ("State tax that the investments add, highest over every income", "1250.00"),
        ("All taxes together that the investments add, lowest over every income", "462.50"),
        ("All taxes together that the investments add, highest over every income", "8050.00"),
    ]
    assert found.notes == (INCOME_UNKNOWN, ESTIMATED, STATE_ESTIMATED)


def test_what_is_the_same_at_any_income_is_one_line() -> None:
    found = year_liability(tax_year(ordinary_income=None))

    assert words(found)[-3:] == [
        ("Federal income tax that the investments add, at any income", "0.00"),
        ("Net investment income tax that the investments add, at any income", "0.00"),
        ("All taxes together that the investments add, at any income", "0.00"),
    ]
    assert found.notes == (INCOME_UNKNOWN, ESTIMATED, STATE_UNKNOWN)


def test_an_unknown_income_takes_the_deduction_as_used() -> None:
    found = year_liability(tax_year(ordinary_income=None, short_gain="-5000"))

    assert (found.netting.used, found.netting.carry_short) == ds(3_000, 2_000)
    assert (found.added.income_tax.lowest, found.added.income_tax.highest) == ds(-1_110, 0)


def test_a_negative_income_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(InvalidInput) as refused:
        year_liability(tax_year(ordinary_income="-1"))

    assert set(refused.value.fields) == {"ordinary_income"}


def test_a_year_without_tables_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        year_liability(tax_year(year=2019))

    assert refused.value.code == "no-tax-table"


@given(AMOUNTS, AMOUNTS, SIGNED, SIGNED, AMOUNTS)
def test_more_income_never_means_less_tax(
    income: Decimal, more: Decimal, short: Decimal, long: Decimal, dividends: Decimal
) -> None:
    year = {
        "short_gain": short,
        "long_gain": long,
        "collectibles_gain": long / 2,
        "qualified_dividends": dividends,
        "state_rate": D("0.05"),
        "deductions": None,
    }
    lower = whole(year_liability(tax_year(ordinary_income=income, **year)))
    higher = whole(year_liability(tax_year(ordinary_income=income + more, **year)))

    assert lower[0] <= higher[0]
    assert lower[1] <= higher[1]
    assert lower[3] <= higher[3] <= lower[3] + more  # and never more than the income itself


@given(AMOUNTS, SIGNED, SIGNED)
def test_what_investments_add_is_the_tax_with_them_less_the_tax_without(
    income: Decimal, short: Decimal, long: Decimal
) -> None:
    with_them = year_liability(tax_year(ordinary_income=income, short_gain=short, long_gain=long))
    without = year_liability(tax_year(ordinary_income=income))

    assert with_them.added.total.exact == whole(with_them)[3] - whole(without)[3]
