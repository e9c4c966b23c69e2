"""Fractions as percentages in sentences."""

from decimal import ROUND_HALF_EVEN, Decimal

from common.money import ARITHMETIC


def percent(fraction: Decimal | str, digits: int = 1) -> str:
    """A fraction as a percentage: 0.1234 as 12.3 %."""
    scaled = ARITHMETIC.multiply(Decimal(fraction), Decimal(100))
    unit = Decimal(1).scaleb(-digits)
    return f"{scaled.quantize(unit, rounding=ROUND_HALF_EVEN, context=ARITHMETIC):f} %"
