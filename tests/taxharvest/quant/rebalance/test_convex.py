"""The convex plan: a case solved on paper, its limits, and the rules that it must keep."""

from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest

from taxharvest.engine.rebalance.greedy import greedy_plan
from taxharvest.engine.rebalance.records import Constraint, Plan, RebalanceFacts, TradeCosts, Wish
from taxharvest.quant.rebalance.convex import convex_plan, tracking_error
from taxharvest.quant.rebalance.risk import RiskModel
from tests.taxharvest.engine.rebalance.wishes import (
    IRA,
    TAXABLE,
    account,
    asset,
    asset_id,
    facts,
    lot,
    recent,
    target,
)
from trading.engine.records import Side

HALF = [target("ACME", "0.5"), target("BETA", "0.5")]
PAIR = [asset("ACME", "10", 0), asset("BETA", "10", 1)]
# 60,000 of ACME on a basis of 12,000 and 40,000 of BETA at cost.
HELD = [lot(1, "ACME", "6000", "12000"), lot(2, "BETA", "4000", "40000")]


def model(*symbols: str, variance: float = 0.04, correlation: float = 0.0) -> RiskModel:
    """The same variance for all, and one correlation between any two."""
    size = len(symbols)
    matrix = variance * (correlation * np.ones((size, size)) + (1 - correlation) * np.eye(size))
    return RiskModel(ids=tuple(asset_id(one) for one in symbols), matrix=matrix, days=252, stand_ins=())


def solved(chosen: RebalanceFacts, of: RiskModel) -> Plan:
    answer = convex_plan(chosen, of)
    assert answer.reason == ""
    assert answer.plan is not None
    return answer.plan


def units(plan: Plan) -> dict[tuple[str, str, str], int]:
    return {(one.account, one.side.value, one.symbol): int(one.quantity) for one in plan.trades}


def test_two_assets_as_solved_on_paper() -> None:
    """Sell a part u of the wealth of ACME and buy BETA for it; both are 0.1 off.

    Risk is 20 · 2 · 0.04 · (0.1 - u)², the tax 0.2 · 0.8 · u. The derivative 3.2 (0.1 - u) = 0.16 gives
    u = 0.05: 5,000 of 100,000, or 500 shares, and as many of BETA.
    """
    plan = solved(facts([account()], PAIR, HELD, HALF), model("ACME", "BETA"))
    assert units(plan) == pytest.approx(
        {("Taxable", "sell", "ACME"): 500, ("Taxable", "buy", "BETA"): 500}, abs=1
    )


def test_without_tax_and_costs_it_reaches_the_targets() -> None:
    chosen = facts([account()], PAIR, HELD, HALF, Wish(tax_weight=Decimal(0)))
    plan = solved(chosen, model("ACME", "BETA", correlation=0.3))
    assert units(plan) == pytest.approx(
        {("Taxable", "sell", "ACME"): 1000, ("Taxable", "buy", "BETA"): 1000}, abs=1
    )
    assert tracking_error(chosen, plan, model("ACME", "BETA")) < Decimal("0.0001")


def test_with_a_huge_weight_of_tax_it_sells_no_gain() -> None:
    chosen = facts([account(cash="1000")], PAIR, HELD, HALF, Wish(tax_weight=Decimal(1000)))
    plan = solved(chosen, model("ACME", "BETA"))
    assert [one.symbol for one in plan.trades if one.side is Side.SELL] == []
    # The cash still goes into what is short.
    assert units(plan) == pytest.approx({("Taxable", "buy", "BETA"): 100}, abs=1)


def test_losses_are_sold_first_and_a_loss_pulls_more_out() -> None:
    held = [
        lot(1, "ACME", "5000", "10000"),
        lot(2, "ACME", "1000", "20000"),
        lot(3, "BETA", "4000", "40000"),
    ]
    plan = solved(facts([account()], PAIR, held, HALF), model("ACME", "BETA"))
    (sale,) = [one for one in plan.trades if one.side is Side.SELL]
    assert sale.lots[0].lot_id == UUID(int=102)
    assert sale.quantity >= 999
    assert plan.tax < 0


@pytest.mark.parametrize("budget", ["0", "1000", "3999"])
def test_the_gain_budget_holds_exactly(budget: str) -> None:
    chosen = facts([account()], PAIR, HELD, HALF, Wish(tax_weight=Decimal(0), gain_budget=Decimal(budget)))
    answer = convex_plan(chosen, model("ACME", "BETA"))
    assert answer.plan is not None
    # A share sold realises 8, and whole shares use the budget as far as they can.
    assert Decimal(budget) - 16 < answer.plan.net_gain <= Decimal(budget)


def test_the_retirement_account_is_traded_instead_of_a_gain() -> None:
    held = [*HELD, lot(3, "ACME", "1000", "1", at=IRA), lot(4, "BETA", "1000", "1", at=IRA)]
    plan = solved(facts([account(), account(IRA)], PAIR, held, HALF), model("ACME", "BETA"))
    assert units(plan)["IRA", "sell", "ACME"] >= 990
    assert {one.account for one in plan.trades if one.side is Side.BUY} == {"IRA"}


def test_each_asset_is_traded_one_way_and_cash_stays_above_zero() -> None:
    held = [
        lot(1, "ACME", "300", "9000"),
        lot(2, "ACME", "300", "300", at=IRA),
        lot(3, "BETA", "100", "3000"),
        lot(4, "CORE", "500", "4000"),
    ]
    assets = [*PAIR, asset("CORE", "10", 2)]
    targets = [target("ACME", "0.4"), target("BETA", "0.4"), target("CORE", "0.2")]
    chosen = facts(
        [account(cash="50", flow="-500"), account(IRA, cash="20")], assets, held, targets, costs=TradeCosts()
    )
    plan = solved(chosen, model("ACME", "BETA", "CORE", correlation=0.5))
    sides: dict[str, set[Side]] = {}
    for one in plan.trades:
        sides.setdefault(one.symbol, set()).add(one.side)
    assert {len(found) for found in sides.values()} == {1}
    assert all(cash >= 0 for cash in plan.cash_after.values())


@pytest.mark.parametrize(("bought", "is_sold"), [("0", True), ("5000", False)])
def test_a_loss_that_would_be_washed_pulls_nothing_out(bought: str, *, is_sold: bool) -> None:
    """BETA is on its target with a loss of half its basis, and purchases of late may wash all of it."""
    held = [lot(1, "ACME", "4000", "40000"), lot(2, "BETA", "5000", "100000")]
    chosen = facts([account(cash="10000")], PAIR, held, HALF, recent=(recent("BETA", bought),))
    plan = solved(chosen, model("ACME", "BETA"))
    assert (("Taxable", "sell", "BETA") in units(plan)) == is_sold


def test_what_is_identical_is_traded_one_way_together() -> None:
    """TWIN is short of its target and ACME, identical with it, has a loss: ACME is not sold to buy TWIN."""
    assets = [asset("ACME", "10", 0), asset("TWIN", "10", 1, group="ACME")]
    held = [lot(1, "ACME", "5000", "90000")]
    targets = [target("ACME", "0.5"), target("TWIN", "0.5")]
    chosen = facts([account(cash="50000")], assets, held, targets)
    plan = solved(chosen, model("ACME", "TWIN", correlation=0.9))
    assert {one.side for one in plan.trades} == {Side.BUY}
    assert [one.constraint for one in plan.not_done] == []


def test_what_is_blocked_is_not_bought() -> None:
    assets = [PAIR[0], asset("BETA", "10", 1, blocked="a loss was sold.")]
    plan = solved(facts([account(cash="10000")], assets, HELD, HALF), model("ACME", "BETA"))
    assert [one.symbol for one in plan.trades if one.side is Side.BUY and one.symbol == "BETA"] == []


def test_money_that_nothing_can_raise_has_no_plan_and_says_why() -> None:
    answer = convex_plan(facts([account(flow="-200000")], PAIR, HELD, HALF), model("ACME", "BETA"))
    assert answer.plan is None
    assert answer.reason.startswith("No trades keep every rule at once") or answer.reason == (
        "There is nothing to trade with."
    )


def test_inside_the_bands_nothing_is_solved() -> None:
    held = [lot(1, "ACME", "5100", "12000"), lot(2, "BETA", "4900", "40000")]
    answer = convex_plan(facts([account()], PAIR, held, HALF), model("ACME", "BETA"))
    assert (answer.plan, answer.reason) == (None, "Every target is inside its band: nothing is due.")


def test_trades_below_the_least_size_are_dropped_after_the_solve() -> None:
    chosen = facts([account()], PAIR, HELD, HALF, Wish(least_trade=Decimal(6000)))
    plan = solved(chosen, model("ACME", "BETA"))
    assert plan.trades == ()
    assert ("ACME", Constraint.LEAST_TRADE) in [(one.subject, one.constraint) for one in plan.not_done]


def test_the_tracking_error_of_a_plan_is_that_of_its_distances() -> None:
    """At the targets there is none. With nothing traded both are 0.1 off: √(2 · 0.01 · 0.04) is 2.83 %."""
    chosen = facts([account()], PAIR, HELD, HALF)
    of = model("ACME", "BETA")
    assert tracking_error(chosen, greedy_plan(chosen), of) == 0
    idle = facts([account()], PAIR, HELD, [target("ACME", "0.5", "1"), target("BETA", "0.5", "1")])
    assert tracking_error(idle, greedy_plan(idle), of) == Decimal("0.028284")


def test_the_convex_plan_is_no_worse_than_the_greedy_one_by_its_own_measure() -> None:
    chosen = facts([account()], PAIR, HELD, HALF)
    of = model("ACME", "BETA", correlation=0.2)
    greedy, convex = greedy_plan(chosen), solved(chosen, of)

    def cost(plan: Plan) -> Decimal:
        error = tracking_error(chosen, plan, of)
        return 20 * error * error + (plan.tax + plan.cost) / 100_000

    assert cost(convex) <= cost(greedy)
    assert convex.cash_after[TAXABLE] >= 0
