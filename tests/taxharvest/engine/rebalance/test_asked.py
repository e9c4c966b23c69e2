"""What is asked of a rebalancing: kept and read again as it was, and refused by field where it cannot be."""

from decimal import Decimal
from uuid import UUID

import pytest

from taxharvest.engine.rebalance.asked import Closeness, RebalanceWish, wish_json, wish_of, wish_problems
from taxharvest.engine.rebalance.records import Wish
from tests.taxharvest.engine.rebalance.wishes import IRA, TAXABLE

FULL = RebalanceWish(
    accounts=(TAXABLE, IRA),
    flows={IRA: Decimal("-12.5")},
    gain_budget=Decimal(0),
    least_trade=Decimal(50),
    sells_untargeted=True,
    invests_cash=False,
    closeness=Closeness.CLOSE,
)


def test_a_wish_is_stored_as_text_without_flows_of_nothing() -> None:
    wish = RebalanceWish(accounts=(TAXABLE,), flows={TAXABLE: Decimal("1E+3"), IRA: Decimal(0)})
    assert wish_json(wish) == {
        "accounts": ["00000000-0000-0000-0000-000000000001"],
        "flows": {"00000000-0000-0000-0000-000000000001": "1000"},
        "gain_budget": None,
        "least_trade": "0",
        "sells_untargeted": False,
        "invests_cash": True,
        "closeness": "balanced",
    }


@pytest.mark.parametrize("wish", [FULL, RebalanceWish(accounts=(TAXABLE,))])
def test_a_wish_is_kept_and_read_again(wish: RebalanceWish) -> None:
    """A budget of nothing and none at all are two things."""
    assert wish_of(wish_json(wish)) == wish


def test_the_plans_take_over_every_limit() -> None:
    assert FULL.wish == Wish(
        gain_budget=Decimal(0),
        least_trade=Decimal(50),
        sells_untargeted=True,
        invests_cash=False,
        risk_weight=Decimal(100),
    )


@pytest.mark.parametrize(
    ("closeness", "weight"), [(Closeness.LOOSE, 5), (Closeness.BALANCED, 20), (Closeness.CLOSE, 100)]
)
def test_the_closer_the_plan_the_more_variance_costs(closeness: Closeness, weight: int) -> None:
    assert RebalanceWish(accounts=(TAXABLE,), closeness=closeness).wish.risk_weight == weight


def test_a_wish_that_can_be_has_no_problems() -> None:
    assert wish_problems(FULL) == {}
    assert wish_problems(RebalanceWish(accounts=(TAXABLE,), flows={UUID(int=9): Decimal(0)})) == {}


@pytest.mark.parametrize(
    ("wish", "problems"),
    [
        (RebalanceWish(accounts=()), {"accounts": ["Choose one account at least."]}),
        (
            RebalanceWish(accounts=(TAXABLE,), gain_budget=Decimal("-0.01")),
            {"gain_budget": ["A gain budget is zero or more."]},
        ),
        (
            RebalanceWish(accounts=(TAXABLE,), least_trade=Decimal("-0.01")),
            {"least_trade": ["The least size of a trade is zero or more."]},
        ),
        (
            RebalanceWish(accounts=(TAXABLE,), flows={IRA: Decimal(5)}),
            {"flows": ["Money goes in or out only of accounts that are chosen."]},
        ),
    ],
)
def test_what_cannot_be_asked_is_named_by_its_field(
    wish: RebalanceWish, problems: dict[str, list[str]]
) -> None:
    assert wish_problems(wish) == problems


def test_everything_wrong_is_told_at_once() -> None:
    wish = RebalanceWish(
        accounts=(), flows={IRA: Decimal(-5)}, gain_budget=Decimal(-1), least_trade=Decimal(-1)
    )
    assert list(wish_problems(wish)) == ["accounts", "gain_budget", "least_trade", "flows"]
