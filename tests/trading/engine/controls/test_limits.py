"""Defaults of the limits, and an account's own."""

from dataclasses import replace
from decimal import Decimal

import pytest

from trading.engine.controls.limits import DEFAULT_LIMITS, limits_with


def test_an_account_has_its_own_limits_where_it_names_them() -> None:
    own = limits_with({"order_notional": 5_000, "quote_seconds": Decimal(30)})

    assert own == replace(DEFAULT_LIMITS, order_notional=Decimal(5_000), quote_seconds=30)
    assert isinstance(own.order_notional, Decimal)
    assert isinstance(own.quote_seconds, int)


def test_own_limits_can_be_laid_over_others() -> None:
    stricter = replace(DEFAULT_LIMITS, order_quantity=Decimal(5))

    assert limits_with({"account_rate": 1}, stricter) == replace(stricter, account_rate=1)


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"order_size": 5}, "there is no limit called order_size"),
        ({"order_quantity": -1}, "order_quantity cannot be -1"),
        ({"order_quantity": Decimal("NaN")}, "order_quantity cannot be NaN"),
        ({"order_quantity": Decimal("Infinity")}, "order_quantity cannot be Infinity"),
        ({"quote_seconds": Decimal("1.5")}, "quote_seconds must be a whole number, not 1.5"),
    ],
)
def test_a_limit_that_is_not_understood_is_refused(own: dict[str, Decimal | int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        limits_with(own)
