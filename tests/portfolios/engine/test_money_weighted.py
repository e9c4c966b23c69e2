"""The money-weighted return against examples worked by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine import money_weighted
from portfolios.engine.figures import LineKind, UnavailableError
from portfolios.engine.intervals import interval_of
from portfolios.engine.money_weighted import (
    Payment,
    explain_money_weighted,
    explain_over_interval,
    internal_rate,
    over_interval,
    payments_of,
)
from tests.portfolios.engine.market_facts import on, valued


def paid(*payments: tuple[str, str]) -> list[Payment]:
    return [Payment(on(day), Decimal(amount), "Paid in") for day, amount in payments]


def test_two_shares_bought_a_year_apart() -> None:
    # 200 + 220 / x = 480 / x², so x = (−220 + √432400) / 400.
    rate = internal_rate(paid(("2022-01-01", "-200"), ("2023-01-01", "-220"), ("2024-01-01", "480")))

    assert rate == Decimal("0.09392822")


def test_ten_percent_in_a_year_of_365_days() -> None:
    assert internal_rate(paid(("2023-01-01", "-100"), ("2024-01-01", "110"))) == Decimal("0.1")


def test_a_loss_is_a_negative_rate() -> None:
    assert internal_rate(paid(("2023-01-01", "-100"), ("2024-01-01", "50"))) == Decimal("-0.5")


def test_payments_are_the_opening_value_the_flows_and_the_last_value() -> None:
    records = [
        valued("2024-01-01", "100", "100"),
        valued("2024-02-01", "160", "50"),
        valued("2024-03-01", "150", "-20"),
        valued("2024-04-01", "155"),
    ]

    assert payments_of(interval_of(records, first=on("2024-02-01"))) == [
        Payment(on("2024-01-01"), Decimal(-100), "Value at the start"),
        Payment(on("2024-02-01"), Decimal(-50), "Paid in"),
        Payment(on("2024-03-01"), Decimal(20), "Taken out"),
        Payment(on("2024-04-01"), Decimal(155), "Value at the end"),
    ]
    assert payments_of(interval_of(records))[0] == Payment(on("2024-01-01"), Decimal(-100), "Paid in")


@pytest.mark.parametrize(
    ("payments", "reason"),
    [
        (paid(("2024-01-01", "-100"), ("2024-01-01", "110")), "All the money moved on one day"),
        (paid(("2024-01-01", "100"), ("2025-01-01", "110")), "A rate needs money put in"),
        (paid(("2024-01-01", "-100"), ("2025-01-01", "150"), ("2026-01-01", "-60")), "No yearly rate"),
    ],
)
def test_where_there_is_no_rate_the_reason_is_said(payments: list[Payment], reason: str) -> None:
    with pytest.raises(UnavailableError, match=reason):
        internal_rate(payments)


@pytest.mark.parametrize("found", [0.2, -1.5, float("nan"), None])
def test_a_root_that_the_equation_does_not_bear_out_is_refused(
    found: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(money_weighted, "xirr", lambda _days, _amounts: found)

    with pytest.raises(UnavailableError, match="No yearly rate balances"):
        internal_rate(paid(("2023-01-01", "-100"), ("2024-01-01", "110")))


def test_a_yearly_rate_over_two_years_and_over_half_of_one() -> None:
    assert over_interval(Decimal("0.1"), 730) == Decimal("0.21")
    assert round(over_interval(Decimal("0.21"), 365), 10) == Decimal("0.21")


def test_the_payments_are_the_explanation() -> None:
    payments = paid(("2023-01-01", "-100"), ("2024-01-01", "110"))

    lines = explain_money_weighted(payments, Decimal("0.1"), "USD").lines

    assert [(line.label, line.amount, line.currency, line.kind) for line in lines] == [
        ("Paid in, 1 Jan 2023", Decimal(-100), "USD", LineKind.LINE),
        ("Paid in, 1 Jan 2024", Decimal(110), "USD", LineKind.LINE),
        ("Rate a year", Decimal("0.1"), "", LineKind.RESULT),
    ]
    assert [line.amount for line in explain_over_interval(Decimal("0.1"), 730).lines] == [
        Decimal("0.1"),
        Decimal(730),
        Decimal("0.21"),
    ]


@given(
    st.decimals("-0.8", "3", places=4),
    st.lists(st.decimals("1", "100000", places=2), min_size=1, max_size=8),
)
def test_money_that_grows_at_one_rate_has_that_rate(rate: Decimal, amounts: list[Decimal]) -> None:
    last = on("2024-12-31")
    payments, total = [], Decimal(0)
    for index, amount in enumerate(amounts):
        day = on(f"2023-{index + 1:02d}-15")
        payments.append(Payment(day, -amount, "Paid in"))
        total += amount * (1 + rate) ** (Decimal((last - day).days) / 365)
    payments.append(Payment(last, total, "Value at the end"))

    assert abs(internal_rate(payments) - rate) <= Decimal("0.00000001")
