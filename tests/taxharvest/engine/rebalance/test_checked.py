"""A solver's answer put through the rules: whole shares, losses first, cash that lacks, the largest first."""

from decimal import Decimal
from uuid import UUID

import pytest

from taxharvest.engine.rebalance.checked import WHY, checked_plan
from taxharvest.engine.rebalance.records import Constraint, Plan, RebalanceFacts, Wish
from tests.portfolios.engine.ledger_rows import seen
from tests.taxharvest.engine.rebalance.wishes import (
    IRA,
    TAXABLE,
    account,
    asset,
    asset_id,
    facts,
    lot,
    target,
    told,
)

HALF = [target("ACME", "0.5"), target("BETA", "0.5")]
PAIR = [asset("ACME", "10", 0), asset("BETA", "20", 1)]


def plan_of(chosen: RebalanceFacts, *, at: UUID = TAXABLE, **wanted: str) -> Plan:
    """The plan that makes these changes of shares in one account."""
    return checked_plan(
        chosen, {(at, asset_id(symbol)): Decimal(units) for symbol, units in wanted.items()}, "convex"
    )


@pytest.mark.parametrize(
    ("wanted", "sold"), [("-10.7", 10), ("-10.999998", 10), ("-10.999999", 11), ("-11", 11)]
)
def test_sales_are_rounded_towards_zero_and_a_millionth_short_is_whole(wanted: str, sold: int) -> None:
    plan = plan_of(facts([account()], PAIR, [lot(1, "ACME", "50", "250")], HALF), ACME=wanted)
    assert told(plan) == [("Taxable", "sell", "ACME", sold)]
    assert plan.name == "convex"
    assert plan.trades[0].words.startswith(f"{WHY} 1 lot")


@pytest.mark.parametrize(("wanted", "bought"), [("4.9", 4), ("4.999999", 5), ("5", 5)])
def test_purchases_are_rounded_towards_zero_too(wanted: str, bought: int) -> None:
    plan = plan_of(facts([account(cash="1000")], PAIR, [], HALF), BETA=wanted)
    assert told(plan) == [("Taxable", "buy", "BETA", bought)]
    assert plan.trades[0].words == WHY


def test_less_than_a_share_is_no_trade() -> None:
    held = [lot(1, "ACME", "50", "250")]
    plan = plan_of(facts([account(cash="1000")], PAIR, held, HALF), ACME="-0.9", BETA="0.9")
    assert seen(plan.trades, plan.not_done) == ((), ())


def test_losses_are_sold_before_the_gains_that_they_make_room_for() -> None:
    """With a budget of nothing the gain of 5 on each of 10 ACME needs the loss of 50 on BETA first."""
    held = [lot(1, "ACME", "10", "50"), lot(2, "BETA", "10", "250")]
    plan = plan_of(facts([account()], PAIR, held, HALF, Wish(gain_budget=Decimal(0))), ACME="-10", BETA="-10")
    assert told(plan) == [("Taxable", "sell", "BETA", 10), ("Taxable", "sell", "ACME", 10)]
    assert seen(plan.net_gain, plan.not_done) == (0, ())


def test_the_gain_budget_cuts_what_the_solver_wants() -> None:
    """Each share realises 5: a budget of 20 lets 4 of 10 go, and 60 of worth stays."""
    held = [lot(1, "ACME", "10", "50")]
    plan = plan_of(facts([account()], PAIR, held, HALF, Wish(gain_budget=Decimal(20))), ACME="-10")
    assert told(plan) == [("Taxable", "sell", "ACME", 4)]
    assert [seen(one.subject, one.constraint, one.amount) for one in plan.not_done] == [
        ("ACME", Constraint.GAIN_BUDGET, 60)
    ]


def test_what_rounding_leaves_short_of_a_withdrawal_is_raised() -> None:
    """105 must leave: 10 whole shares of 10.5 bring 100, so one more is sold."""
    chosen = facts([account(flow="-105")], PAIR, [lot(1, "ACME", "50", "250")], HALF)
    plan = plan_of(chosen, ACME="-10.5")
    assert told(plan) == [("Taxable", "sell", "ACME", 11)]
    assert plan.cash_after[TAXABLE] == 5


def test_the_largest_purchase_is_made_first() -> None:
    """100 of cash: BETA for 100 takes all of it, and nothing is left of the 60 wanted of ACME."""
    plan = plan_of(facts([account(cash="100")], PAIR, [], HALF), ACME="6", BETA="5")
    assert told(plan) == [("Taxable", "buy", "BETA", 5)]
    assert plan.cash_after[TAXABLE] == 0


def test_sales_pay_for_purchases_of_the_same_plan() -> None:
    plan = plan_of(facts([account()], PAIR, [lot(1, "ACME", "50", "250")], HALF), ACME="-20", BETA="10")
    assert told(plan) == [("Taxable", "sell", "ACME", 20), ("Taxable", "buy", "BETA", 10)]
    assert plan.cash_after[TAXABLE] == 0


@pytest.mark.parametrize("wanted", ["-0.0001", "-3"])
def test_what_is_not_held_is_not_sold(wanted: str) -> None:
    """A solver's zero may be a little below it, more so the larger the wealth."""
    held = [lot(1, "ACME", "10", "50")]
    chosen = facts([account(), account(IRA)], PAIR, held, HALF, Wish(gain_budget=Decimal(0)))
    plan = plan_of(chosen, at=TAXABLE, BETA=wanted)
    assert seen(plan.trades, plan.not_done) == ((), ())
