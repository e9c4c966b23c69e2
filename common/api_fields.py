"""How the API writes numbers: as text in plain notation, so that no client rounds them by accident."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

AMOUNT_SCHEMA = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "example": "1234.5"}


@extend_schema_field(AMOUNT_SCHEMA)
class AmountField(serializers.Field[Decimal, Any, str, Any]):
    """A decimal as text, without exponent and without trailing zeros; its currency stands beside it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("read_only", True)
        super().__init__(**kwargs)

    def to_representation(self, value: Decimal) -> str:
        """`1234.50000000` becomes `1234.5`."""
        return plain(value)


def plain(value: Decimal) -> str:
    """`value` in plain notation without trailing zeros; zero is `0`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
