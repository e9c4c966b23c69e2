"""The commissions of IBKR's fixed prices, by its own examples and at the edges."""

from decimal import Decimal

import pytest

from trading.papergateway.exchange.commissions import fill_commission, order_commission

D = Decimal


@pytest.mark.parametrize(
    ("shares", "price", "commission"),
    [
        # The three examples of IBKR's page on fixed prices.
        ("100", "25", "1.00"),
        ("1000", "25", "5.00"),
        ("1000", "0.25", "2.50"),
        ("200", "50", "1.00"),
        ("201", "50", "1.01"),
        ("1", "50", "0.50"),
        ("0.5", "20", "0.01"),
    ],
)
def test_an_order_costs_half_a_cent_a_share_between_a_dollar_and_a_hundredth_of_its_value(
    shares: str, price: str, commission: str
) -> None:
    assert order_commission(D(shares), D(shares) * D(price)) == D(commission)


def test_nothing_filled_costs_nothing() -> None:
    assert order_commission(D(0), D(0)) == 0


def test_parts_of_an_order_cost_together_what_it_costs_whole() -> None:
    first = fill_commission(D(0), D(0), D(0), D(100), D(25))
    second = fill_commission(D(100), D(2500), first, D(100), D(25))
    third = fill_commission(D(200), D(5000), first + second, D(800), D(25))

    assert (first, second, third) == (D("1.00"), D("0.00"), D("4.00"))
