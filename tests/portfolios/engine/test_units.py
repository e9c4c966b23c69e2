"""Exact arithmetic in units of 1e-8."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine.units import apportion, divide, plus, to_decimal, to_decimals, to_units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1", 100_000_000),
        ("-0.00000001", -1),
        ("0.000000005", 0),
        ("0.000000015", 2),
        ("999999999999.99999999", 10**20 - 1),
    ],
)
def test_a_decimal_becomes_whole_units_half_even(text: str, units: int) -> None:
    assert to_units(Decimal(text)) == units


def test_units_come_back_with_eight_places() -> None:
    assert str(to_decimal(-150_000_000)) == "-1.50000000"


def test_an_amount_and_its_twin_may_each_be_unknown() -> None:
    assert to_decimals(100_000_000, None) == (Decimal(1), None)
    assert to_decimals(None, 100_000_000) == (None, Decimal(1))


@pytest.mark.parametrize(
    ("numerator", "denominator", "quotient"),
    [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (10, 3, 3), (11, 3, 4), (-10, 3, -3)],
)
def test_a_quotient_is_the_nearest_whole_number_halves_to_even(
    numerator: int, denominator: int, quotient: int
) -> None:
    assert divide(numerator, denominator) == quotient


def test_parts_are_cut_at_rounded_boundaries() -> None:
    assert apportion(100, [1, 1, 1]) == [33, 34, 33]
    assert apportion(-100, [1, 0, 2]) == [-33, 0, -67]


@given(
    st.integers(-(10**20), 10**20),
    st.lists(st.integers(0, 10**20), min_size=1, max_size=20).filter(any),
)
def test_parts_add_up_and_are_off_by_less_than_one_unit_at_either_end(total: int, weights: list[int]) -> None:
    parts = apportion(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    assert all(
        abs(part * whole - total * weight) <= whole for part, weight in zip(parts, weights, strict=True)
    )


def test_a_sum_with_something_unknown_is_unknown() -> None:
    assert plus(1, 2) == 3
    assert plus(1, None) is None
    assert plus(None, 2) is None
