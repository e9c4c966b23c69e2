"""From arrays back into the product: fractions as rounded text, amounts as cents."""

import math
from decimal import Decimal

PLACES = Decimal("0.000001")
CENT = Decimal("0.01")


def fraction(value: float | None) -> str | None:
    """Six decimals, without an exponent; None for what is not a number."""
    if value is None or not math.isfinite(value):
        return None
    rounded = Decimal(repr(float(value))).quantize(PLACES)
    return str(rounded or abs(rounded))


def amount(value: Decimal, part: str | None) -> str | None:
    """So large a part of `value`, to the cent; None where the part is not known."""
    return None if part is None else str((value * Decimal(part)).quantize(CENT))
