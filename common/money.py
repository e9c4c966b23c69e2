"""Decimal amounts: the one place where money is parsed, rounded, bounded and split."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, Overflow

from common.errors import InvalidInput

# Amounts and quantities are stored as numeric(20, 8); exchange rates as numeric(24, 12).
SCALE = 8
UNIT = Decimal(1).scaleb(-SCALE)
RATE_UNIT = Decimal("0.000000000001")
DIGITS = 12
LIMIT = Decimal(10) ** DIGITS

# A context of its own: the process-wide one is never edited, so no caller can change how money rounds.
ARITHMETIC = Context(prec=50, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Overflow])


def parse_decimal(text: str, *, field: str = "amount") -> Decimal:
    """The finite decimal written in `text`, rounded half-even to eight places.

    Accepts an optional sign and plain or exponent notation; refuses NaN, infinities and magnitudes of
    10^12 or more. Raises InvalidInput naming `field`.
    """
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise _refusal(field, f"“{text[:40]}” is not a number") from None
    if not value.is_finite():
        raise _refusal(field, f"“{text[:40]}” is not a finite number")
    if value.adjusted() >= DIGITS:
        raise _refusal(field, f"“{text[:40]}” is too large: the book keeps amounts below 10^12")
    return quantize(value)


def quantize(value: Decimal, unit: Decimal = UNIT) -> Decimal:
    """`value` rounded half-even to `unit` (eight decimal places unless told otherwise)."""
    return value.quantize(unit, context=ARITHMETIC)


def cents(value: Decimal) -> Decimal:
    """`value` rounded half-even to two places: for showing, never for storing."""
    return value.quantize(Decimal("0.01"), context=ARITHMETIC)


def convert(amount: Decimal, rate: Decimal | None) -> Decimal | None:
    """`amount` times `rate` in stored precision, or None when the rate is not known."""
    return None if rate is None else quantize(ARITHMETIC.multiply(amount, rate))


def split(amount: Decimal, weights: Sequence[Decimal], unit: Decimal = UNIT) -> list[Decimal]:
    """Parts of `amount` in proportion to `weights` that add up to it exactly (largest remainder).

    Raises ValueError when there is no positive weight.
    """
    total = sum(weights, Decimal(0))
    if total <= 0:
        raise ValueError("weights must have a positive sum")
    whole = int(quantize(amount, unit) / unit)
    exact = [ARITHMETIC.divide(ARITHMETIC.multiply(Decimal(whole), weight), total) for weight in weights]
    floors = [int(part.to_integral_value(rounding="ROUND_FLOOR")) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (floors[i] - exact[i], i))
    for index in by_remainder[: whole - sum(floors)]:
        floors[index] += 1
    return [Decimal(part) * unit for part in floors]


def _refusal(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(detail=sentence, code="invalid-number", fields={field: [sentence]})
