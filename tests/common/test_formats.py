"""Figures and dates as people read them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from common import formats

D = Decimal


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (D("1234.5"), "USD", "$1,234.50"),
        (D("-1234567.891"), "USD", "−$1,234,567.89"),
        (D("0"), "USD", "$0.00"),
        (D("-0.004"), "USD", "$0.00"),
        (D("0.125"), "USD", "$0.12"),
        (D("0.135"), "USD", "$0.14"),
        (D("12"), "CHF", "CHF\u00a012.00"),
        (D("-12"), "CHF", "−CHF\u00a012.00"),
        (D("1234.5"), "JPY", "¥1,234"),
        (D("77.5"), "EUR", "€77.50"),
        (D("3156"), "", "3,156.00"),
        (7, "USD", "$7.00"),
    ],
)
def test_an_amount_has_its_sign_its_separators_and_the_decimals_of_its_currency(
    amount: Decimal | int, currency: str, text: str
) -> None:
    assert formats.money(amount, currency) == text


def test_the_minus_is_the_true_one() -> None:
    assert formats.money(D(-3), "USD")[0] == "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("text", "signed"),
    [("$12.00", "+$12.00"), ("−$12.00", "−$12.00"), ("$0.00", "$0.00"), ("0.00\u202f%", "0.00\u202f%")],
)
def test_a_change_carries_a_sign_unless_it_reads_zero(text: str, signed: str) -> None:
    assert formats.signed(text) == signed


@pytest.mark.parametrize(
    ("value", "way"), [(D("0.005"), 0), (D("0.006"), 1), (D("-0.004"), 0), (D("-0.02"), -1), (D(0), 0)]
)
def test_the_direction_of_an_amount_is_that_of_what_is_shown(value: Decimal, way: int) -> None:
    assert formats.direction(value) == way


@pytest.mark.parametrize(
    ("fraction", "decimals", "text"),
    [
        (D("0.0994"), 2, "9.94\u202f%"),
        (D("-0.0048"), 2, "−0.48\u202f%"),
        (D("0.621"), 1, "62.1\u202f%"),
        (0.1, 2, "10.00\u202f%"),
        (D(1), 0, "100\u202f%"),
        (D("12.5"), 2, "1,250.00\u202f%"),
    ],
)
def test_a_fraction_reads_as_a_percentage(fraction: Decimal | float, decimals: int, text: str) -> None:
    assert formats.percent(fraction, decimals) == text


@pytest.mark.parametrize(("difference", "text"), [(D("0.021"), "+2.1"), (D("-0.004"), "−0.4"), (D(0), "0.0")])
def test_a_difference_of_fractions_reads_in_signed_points(difference: Decimal, text: str) -> None:
    assert formats.points(difference) == text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (D("495.00000000"), "495"),
        (D("0.81250000"), "0.8125"),
        (D("-40"), "−40"),
        (D("12000"), "12,000"),
        (D("1E+3"), "1,000"),
        (D("0"), "0"),
    ],
)
def test_shares_have_no_trailing_zeros(quantity: Decimal, text: str) -> None:
    assert formats.shares(quantity) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (D("79.42000000"), None, "79.42"),
        (D("100"), None, "100.00"),
        (D("0.12345000"), None, "0.12345"),
        (D("79.4267"), 2, "79.43"),
        (D("1.1"), 4, "1.1000"),
    ],
)
def test_a_price_has_the_decimals_it_needs_or_is_given(
    value: Decimal, decimals: int | None, text: str
) -> None:
    assert formats.price(value, decimals) == text


def test_days_are_words() -> None:
    assert formats.day(date(2026, 12, 7)) == "7 Dec 2026"
    assert formats.day_month(date(2026, 12, 17)) == "17 Dec"


def test_times_name_their_zone() -> None:
    at = datetime(2026, 12, 17, 10, 42, 7, tzinfo=UTC)
    assert formats.clock(at) == "10:42 UTC"
    assert formats.moment(at) == "17 Dec 2026, 10:42 UTC"
    assert formats.moment_exact(at.replace(second=7)) == "17 Dec 2026, 10:42:07 UTC"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its zone"):
        formats.clock(datetime(2026, 12, 17, 10, 42))  # noqa: DTZ001 - the missing zone is what is tested


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (D("960000"), "USD", "$960k"),
        (D("962500"), "USD", "$962.5k"),
        (D("1200000"), "USD", "$1.2m"),
        (D("-4000000000"), "USD", "−$4b"),
        (D("9999.5"), "USD", "$9,999.50"),
        (D("10000"), "", "10k"),
    ],
)
def test_large_amounts_of_an_axis_are_short(value: Decimal, currency: str, text: str) -> None:
    assert formats.compact(value, currency) == text
