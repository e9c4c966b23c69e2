"""Reading a case: its fields by name, each refused in words when it is missing or unusable."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from common.errors import InvalidInput
from common.money import parse_decimal


class Fields:
    """One object of a case; `where` says which, for the sentence of a refusal."""

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, Mapping):
            raise refused(where, "is not an object")
        self.values: Mapping[str, Any] = values
        self.where = where

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def value(self, name: str) -> Any:
        """What stands under `name`. Raises InvalidInput where nothing does."""
        if name not in self:
            raise refused(self.where, f"lacks “{name}”")
        return self.values[name]

    def text(self, name: str, default: str | None = None) -> str:
        """The text under `name`, or `default` where it is given and the field is missing."""
        return default if default is not None and name not in self else str(self.value(name))

    def number(self, name: str, default: Decimal | None = None) -> Decimal:
        """The number under `name`, half-even to eight places."""
        if default is not None and name not in self:
            return default
        return parse_decimal(str(self.value(name)), field=f"{self.where}.{name}")

    def positive(self, name: str) -> Decimal:
        """The number under `name`, which must be more than nothing."""
        number = self.number(name)
        if number <= 0:
            raise refused(self.where, f"“{name}” is not more than nothing")
        return number

    def ratio(self, name: str) -> tuple[Decimal, Decimal]:
        """Numerator and denominator of a positive ratio: “2”, “0.25” or “1/8”."""
        try:
            ratio = Fraction(str(self.value(name)))
        except (ValueError, ZeroDivisionError):
            raise refused(self.where, f"“{name}” is not a ratio") from None
        if ratio <= 0:
            raise refused(self.where, f"“{name}” is not a positive ratio")
        return Decimal(ratio.numerator), Decimal(ratio.denominator)

    def day(self, name: str) -> date:
        """The day under `name`, written YYYY-MM-DD."""
        return day_of(self.value(name), f"{self.where}.{name}")

    def part(self, name: str, *, is_optional: bool = False) -> Self:
        """The object under `name`; an empty one where it is optional and missing."""
        where = f"{self.where}.{name}"
        return type(self)({} if is_optional and name not in self else self.value(name), where)

    def parts(self, name: str) -> Iterator[Self]:
        """The objects of the list under `name`."""
        values = self.value(name)
        if not isinstance(values, list):
            raise refused(self.where, f"“{name}” is not a list")
        for number, value in enumerate(values):
            yield type(self)(value, f"{self.where}.{name}[{number}]")


def day_of(value: object, where: str) -> date:
    """The day written as YYYY-MM-DD. Raises InvalidInput naming `where`."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise refused(where, f"“{value}” is not a day (YYYY-MM-DD)") from None


def refused(where: str, sentence: str) -> InvalidInput:
    """The refusal of a case, with the place it is about."""
    return InvalidInput(detail=f"{where} {sentence}", code="invalid-case", fields={where: [sentence]})
