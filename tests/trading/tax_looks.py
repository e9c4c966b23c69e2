"""A tax look for tests of the doors: nothing is washed, and the tax of every order is one dollar."""

from decimal import Decimal
from typing import Any

from trading.engine.tax_looks import TaxLook

PATH = f"{__name__}.plain_look"


def plain_look(**_asked: Any) -> TaxLook:
    """What the tax app answers of an order that washes nothing."""
    return TaxLook(currency="USD", tax=Decimal(1))


def washing_look(**_asked: Any) -> TaxLook:
    """What the tax app answers of a purchase that washes a loss of ninety dollars."""
    return TaxLook(
        currency="USD",
        wash_words="This purchase washes the loss of 2 March 2026.",
        deferred=Decimal(90),
    )
