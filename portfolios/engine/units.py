"""Exact arithmetic of the book: amounts and quantities as whole numbers of 1e-8."""

from collections.abc import Sequence
from decimal import Decimal
from typing import overload

from common.money import ARITHMETIC, SCALE

ONE = 10**SCALE
_UP = Decimal(SCALE)
_DOWN = Decimal(-SCALE)
_scaleb = ARITHMETIC.scaleb
_whole = ARITHMETIC.to_integral_value


def to_units(value: Decimal) -> int:
    """`value` in units of 1e-8, half-even beyond the eighth place."""
    return int(_whole(_scaleb(value, _UP)))


def to_decimal(units: int) -> Decimal:
    """The decimal with eight places that `units` stand for."""
    return _scaleb(units, _DOWN)


def to_decimal_or_none(units: int | None) -> Decimal | None:
    """As `to_decimal`, where None stays: not known."""
    return None if units is None else _scaleb(units, _DOWN)


def divide(numerator: int, denominator: int) -> int:
    """`numerator` / `denominator` (positive) to the nearest whole number, halves to even."""
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and whole & 1):
        return whole + 1
    return whole


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Parts of `total` in proportion to `weights` (not negative, with a positive sum) that add up to it.

    Each boundary between two parts is rounded, not each part, so nothing is lost or made.
    """
    whole = sum(weights)
    parts: list[int] = []
    weight_so_far = given = 0
    for weight in weights:
        weight_so_far += weight
        boundary = divide(total * weight_so_far, whole)
        parts.append(boundary - given)
        given = boundary
    return parts


@overload
def to_decimals(units: int, twin: int | None) -> tuple[Decimal, Decimal | None]: ...
@overload
def to_decimals(units: int | None, twin: int | None) -> tuple[Decimal | None, Decimal | None]: ...
def to_decimals(units: int | None, twin: int | None) -> tuple[Decimal | None, Decimal | None]:
    """An amount and its twin in the base currency as decimals; most often they are the same number."""
    first = None if units is None else _scaleb(units, _DOWN)
    return first, first if units == twin else to_decimal_or_none(twin)


def plus(left: int | None, right: int | None) -> int | None:
    """The sum, not known when either is not known."""
    return None if left is None or right is None else left + right
