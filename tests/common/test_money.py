"""Parsing, rounding and splitting of amounts."""

from decimal import Decimal, getcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from common.money import UNIT, cents, convert, parse_decimal, split


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        (" -12.5 ", "-12.5"),
        ("+3e2", "300"),
        ("0.000000005", "0"),
        ("0.000000015", "0.00000002"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_a_number_is_read_to_eight_places_half_to_even(text: str, value: str) -> None:
    assert parse_decimal(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "abc", "NaN", "inf", "-Infinity", "1e400", "1e12", "=1+1", "12,5", "0x1"]
)
def test_what_is_no_amount_is_refused_with_the_name_of_its_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_decimal(text, field="price")

    assert list(refusal.value.fields) == ["price"]


def test_a_small_exponent_is_zero_and_not_an_error() -> None:
    assert parse_decimal("1e-400") == 0


def test_cents_round_half_to_even() -> None:
    assert [str(cents(Decimal(text))) for text in ("0.005", "0.015", "-0.025")] == ["0.00", "0.02", "-0.02"]


def test_an_unknown_rate_converts_to_nothing() -> None:
    assert convert(Decimal(5), None) is None
    assert convert(Decimal(5), Decimal("1.1")) == Decimal("5.5")


def test_a_split_gives_the_largest_remainders_the_last_units() -> None:
    parts = split(Decimal("0.10"), [Decimal(1), Decimal(1), Decimal(1)], unit=Decimal("0.01"))

    assert parts == [Decimal("0.04"), Decimal("0.03"), Decimal("0.03")]


def test_weights_without_a_positive_sum_cannot_split() -> None:
    with pytest.raises(ValueError, match="positive"):
        split(Decimal(1), [Decimal(0)])


@given(
    st.decimals(-(10**9), 10**9, places=8),
    st.lists(st.decimals(0, 10**6, places=4), min_size=1, max_size=12).filter(
        lambda weights: sum(weights) > 0
    ),
)
def test_parts_always_add_up_to_the_whole(amount: Decimal, weights: list[Decimal]) -> None:
    parts = split(amount, weights)

    assert sum(parts) == amount
    assert all(part % UNIT == 0 for part in parts)


def test_no_rule_of_money_touches_the_context_of_the_process() -> None:
    before = (getcontext().prec, getcontext().rounding)

    parse_decimal("1.005")
    split(Decimal(1), [Decimal(1), Decimal(2)])

    assert (getcontext().prec, getcontext().rounding) == before
