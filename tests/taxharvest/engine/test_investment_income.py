"""The net investment income tax."""

from decimal import Decimal

import pytest

from taxharvest.engine.investment_income import investment_income_tax
from tests.taxharvest.engine.tax_years import ds

D = Decimal


@pytest.mark.parametrize(
    ("income", "modified_agi", "above", "tax"),
    [
        # IRS, Questions and answers on the net investment income tax, question 9.
        ("15000", "195000", "0", "0"),
        ("90000", "270000", "70000", "2660.000"),
        # Form 8960 line 16 is the smaller of lines 12 and 15.
        ("15000", "270000", "70000", "570.000"),
        ("90000", "200000", "0", "0"),
    ],
)
def test_the_tax_is_on_the_smaller_of_income_and_excess(
    income: str, modified_agi: str, above: str, tax: str
) -> None:
    found = investment_income_tax(
        income=D(income), modified_agi=D(modified_agi), threshold=D(200_000), rate=D("0.038")
    )

    assert (found.income, found.above_threshold, found.tax) == (D(income), D(above), D(tax))


def test_a_loss_is_no_negative_tax() -> None:
    found = investment_income_tax(
        income=D(-3_000), modified_agi=D(300_000), threshold=D(200_000), rate=D("0.038")
    )

    assert (found.income, found.tax) == ds(0, 0)
