"""Fractions as percentages in sentences."""

from decimal import Decimal

from common.formats import fixed
from common.money import ARITHMETIC


def percent(fraction: Decimal | str, digits: int = 1) -> str:
    """A fraction as a percentage: 0.1234 as 12.3 %, with a true minus."""
    return f"{fixed(ARITHMETIC.multiply(Decimal(fraction), Decimal(100)), digits)} %"
