"""Purchases of an advice are as large as what the sales brought and the broker lets be spent."""

from decimal import Decimal

import pytest

from mlrecs.engine.funding import Funds, Purchase, budget_left, shares_afforded

SALE = {"side": "sell", "quantity": "100", "price": "50"}
PURCHASE = {"side": "buy", "quantity": "40", "price": "100"}


def wanted(shares: str, price: str, held_back: str | None = None) -> Purchase:
    return Purchase(shares=Decimal(shares), price=Decimal(price), held_back=Decimal(held_back or price))


def afforded(*purchases: Purchase, budget: str, room: str) -> list[str]:
    funds = Funds(budget=Decimal(budget), room=Decimal(room))
    return [f"{shares:f}" for shares in shares_afforded(purchases, funds)]


def test_what_was_advised_to_lie_in_cash_is_not_spent() -> None:
    # 5,000 in and 4,000 with two thousandths of cost out: 992 are to stay.
    assert budget_left([SALE, PURCHASE], brought=Decimal(5000), spent=Decimal(0)) == Decimal(4008)
    assert budget_left([SALE, PURCHASE], brought=Decimal(4500), spent=Decimal(0)) == Decimal(3508)
    assert budget_left([SALE, PURCHASE], brought=Decimal(5000), spent=Decimal(4000)) == Decimal(8)
    assert budget_left([SALE, PURCHASE], brought=Decimal(0), spent=Decimal(0)) == Decimal(0)


def test_cash_that_was_advised_to_be_spent_may_be() -> None:
    assert budget_left([PURCHASE], brought=Decimal(0), spent=Decimal(0)) == Decimal(4008)


def test_all_is_bought_where_it_is_paid_for() -> None:
    assert afforded(wanted("40", "100"), wanted("10", "20"), budget="4200", room="4200") == ["40", "10"]


@pytest.mark.parametrize(
    ("budget", "room", "bought"),
    [
        # Half of each; of the 100 left over the first takes one share more.
        ("2150", "9000", ["21", "2"]),
        ("9000", "2150", ["21", "2"]),
        ("2050", "9000", ["20", "2"]),
        ("99", "9000", ["0", "1"]),
        ("9000", "0", ["0", "0"]),
        ("9000", "-5", ["0", "0"]),
    ],
)
def test_else_the_same_part_of_each_in_whole_shares(budget: str, room: str, bought: list[str]) -> None:
    assert afforded(wanted("40", "100"), wanted("5", "20"), budget=budget, room=room) == bought


def test_what_is_held_back_counts_against_the_room_and_the_price_against_the_budget() -> None:
    assert afforded(wanted("10", "100", "103"), budget="1000", room="1030") == ["10"]
    assert afforded(wanted("10", "100", "103"), budget="1000", room="1029") == ["9"]


def test_without_purchases_there_is_nothing_to_afford() -> None:
    assert afforded(budget="1", room="1") == []
