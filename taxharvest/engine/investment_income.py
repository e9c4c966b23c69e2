"""The net investment income tax of IRC 1411."""

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestmentIncomeTax:
    """Form 8960: net investment income, modified adjusted gross income above the threshold, and the tax."""

    income: Decimal
    above_threshold: Decimal
    tax: Decimal


def investment_income_tax(
    *, income: Decimal, modified_agi: Decimal, threshold: Decimal, rate: Decimal
) -> InvestmentIncomeTax:
    """The tax on the smaller of net investment income and the excess over the threshold, never negative.

    IRC 1411(a)(1); Form 8960 lines 12 to 17.
    """
    above = max(ZERO, modified_agi - threshold)
    net = max(ZERO, income)
    return InvestmentIncomeTax(income=net, above_threshold=above, tax=rate * min(net, above))
