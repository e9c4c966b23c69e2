"""The greedy plan by hand: which lots, which account, which constraint binds, and that money adds up."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxharvest.engine.rebalance.greedy import greedy_plan
from taxharvest.engine.rebalance.records import Constraint, Plan, TradeCosts, Wish
from tests.portfolios.engine.ledger_rows import seen
from tests.taxharvest.engine.rebalance.wishes import (
    IRA,
    TAXABLE,
    account,
    asset,
    facts,
    lot,
    recent,
    target,
    told,
)
from trading.engine.records import Side

HALF = [target("ACME", "0.5"), target("BETA", "0.5")]
PAIR = [asset("ACME", "10", 0), asset("BETA", "20", 1)]


def lots_sold(plan: Plan) -> list[tuple[object, ...]]:
    return [
        (taken.lot_id.int - 100, taken.quantity)
        for one in plan.trades
        if one.side is Side.SELL
        for taken in one.lots
    ]


def constraints(plan: Plan) -> list[tuple[str, Constraint]]:
    return [(one.subject, one.constraint) for one in plan.not_done]


def test_what_stands_above_is_sold_and_what_stands_below_is_bought() -> None:
    """1,000 of wealth: 70 ACME at 10 and 15 BETA at 20. 20 ACME too many, 10 BETA too few."""
    plan = greedy_plan(
        facts([account()], PAIR, [lot(1, "ACME", "70", "350"), lot(2, "BETA", "15", "300")], HALF)
    )
    assert told(plan) == [("Taxable", "sell", "ACME", 20), ("Taxable", "buy", "BETA", 10)]
    # A gain of 5 on each of 20 shares, long-term at 20 %.
    assert seen(plan.long_gain, plan.short_gain, plan.tax) == (100, 0, 20)
    assert [one.after for one in plan.outcomes] == [Decimal("0.5"), Decimal("0.5")]
    assert seen(plan.drift, plan.cash_after[TAXABLE], plan.not_done) == (0, 0, ())


def test_inside_the_bands_nothing_is_due() -> None:
    plan = greedy_plan(facts([account()], PAIR, [lot(1, "ACME", "54", "1"), lot(2, "BETA", "23", "1")], HALF))
    assert seen(plan.trades, constraints(plan)) == ((), [("Targets", Constraint.NOT_DUE)])


def test_losses_are_sold_first_then_long_gains_then_short_ones() -> None:
    """By tax on a share: lot 4 -1.60, lot 2 -0.40, lot 1 +0.40, lot 3 +0.80."""
    held = [
        lot(1, "ACME", "10", "80"),
        lot(2, "ACME", "10", "120"),
        lot(3, "ACME", "10", "80", is_long=False),
        lot(4, "ACME", "10", "140", is_long=False),
        lot(5, "BETA", "1", "20"),
    ]
    plan = greedy_plan(facts([account()], PAIR, held, [target("ACME", "0.1"), target("BETA", "0.9")]))
    # 42 of 420 may stay: 358 is sold, 35 whole shares.
    assert lots_sold(plan) == [(4, 10), (2, 10), (1, 10), (3, 5)]
    assert seen(plan.short_gain, plan.long_gain) == (-30, 0)
    assert plan.tax == Decimal("-12.0")


def test_a_loss_that_recent_purchases_would_wash_is_not_counted_as_one() -> None:
    """10 ACME bought elsewhere cover the whole loss lot: no saving, so the retirement account goes first."""
    held = [lot(1, "ACME", "10", "200"), lot(2, "ACME", "10", "100", at=IRA), lot(3, "BETA", "1", "20")]
    plan = greedy_plan(
        facts(
            [account(), account(IRA)],
            PAIR,
            held,
            [target("ACME", "0.1"), target("BETA", "0.9")],
            recent=(recent("ACME", "10"),),
        )
    )
    washed = next(one for one in plan.trades if one.account == "Taxable" and one.side is Side.SELL)
    assert seen(washed.washed, washed.tax, washed.short_gain + washed.long_gain) == (
        washed.quantity * 10,
        0,
        0,
    )
    assert "would be washed and is not counted" in washed.words


def test_the_rest_of_its_own_purchase_does_not_wash_a_lot() -> None:
    held = [lot(1, "ACME", "70", "1400", is_long=False), lot(2, "BETA", "15", "300")]
    plan = greedy_plan(facts([account()], PAIR, held, HALF, recent=(recent("ACME", "70", 1),)))
    assert seen(plan.washed, plan.short_gain) == (0, -200)


@pytest.mark.parametrize(("budget", "sold"), [("0", 0), ("49", 9), ("50", 10), ("1000", 20)])
def test_the_gain_budget_is_never_passed(budget: str, sold: int) -> None:
    """Each share sold realises 5."""
    held = [lot(1, "ACME", "70", "350"), lot(2, "BETA", "15", "300")]
    plan = greedy_plan(facts([account()], PAIR, held, HALF, Wish(gain_budget=Decimal(budget))))
    assert plan.net_gain == 5 * sold
    assert (("ACME", Constraint.GAIN_BUDGET) in constraints(plan)) == (sold < 20)


def test_a_loss_makes_room_in_the_budget() -> None:
    """Lot 1 loses 100 first, so 20 shares of lot 2 with a gain of 5 each are within a budget of nothing."""
    held = [lot(1, "ACME", "10", "200"), lot(2, "ACME", "60", "300"), lot(3, "BETA", "0", "0")]
    plan = greedy_plan(
        facts(
            [account()],
            PAIR,
            held,
            [target("ACME", "0.2"), target("BETA", "0.8")],
            Wish(gain_budget=Decimal(0)),
        )
    )
    assert lots_sold(plan) == [(1, 10), (2, 20)]
    assert plan.net_gain == 0


def test_a_retirement_account_is_sold_before_a_gain_and_taxes_nothing() -> None:
    held = [
        lot(1, "ACME", "35", "70"),
        lot(2, "ACME", "35", None, at=IRA, is_long=None),
        lot(3, "BETA", "15", "1"),
    ]
    plan = greedy_plan(facts([account(), account(IRA)], PAIR, held, HALF))
    assert told(plan) == [("IRA", "sell", "ACME", 20), ("IRA", "buy", "BETA", 10)]
    assert seen(plan.tax, plan.net_gain) == (0, 0)


def test_tax_inefficient_assets_are_bought_in_the_retirement_account_first() -> None:
    bonds = [asset("ACME", "10", 0), asset("BOND", "10", 1, is_tax_inefficient=True)]
    plan = greedy_plan(
        facts(
            [account(cash="600"), account(IRA, cash="400")],
            bonds,
            [],
            [target("ACME", "0.5"), target("BOND", "0.5")],
        )
    )
    assert told(plan) == [
        ("IRA", "buy", "BOND", 40),
        ("Taxable", "buy", "BOND", 10),
        ("Taxable", "buy", "ACME", 50),
    ]


def test_a_blocked_purchase_is_not_made_and_its_free_day_is_told() -> None:
    assets = [asset("ACME", "10", 0), asset("BETA", "20", 1, blocked="a loss was sold on 20 May.")]
    plan = greedy_plan(facts([account(cash="1000")], assets, [], HALF))
    assert told(plan) == [("Taxable", "buy", "ACME", 50)]
    (left,) = plan.not_done
    assert seen(left.constraint, left.amount) == (Constraint.WINDOW, 500)
    assert left.words == ("BETA must not be bought now: a loss was sold on 20 May. Free from 20 Jun 2026 on.")


def test_nothing_identical_with_what_is_sold_is_bought() -> None:
    """Money that must leave the account is raised with ACME; its twin lacks, and is not bought elsewhere."""
    assets = [asset("ACME", "10", None), asset("TWIN", "10", 0, group="ACME")]
    plan = greedy_plan(
        facts(
            [account(cash="0", flow="-100"), account(IRA, cash="500")],
            assets,
            [lot(1, "ACME", "50", "900")],
            [target("TWIN", "0.5")],
        )
    )
    assert told(plan) == [("Taxable", "sell", "ACME", 10)]
    assert constraints(plan) == [("TWIN", Constraint.NO_ROUND_TRIP)]


def test_another_fund_of_the_class_is_bought_where_the_first_is_blocked() -> None:
    assets = [asset("ACME", "10", 0, blocked="a loss was sold."), asset("OTHER", "10", 0)]
    plan = greedy_plan(facts([account(cash="100")], assets, [], [target("stock", "1")]))
    assert told(plan) == [("Taxable", "buy", "OTHER", 10)]


def test_a_withdrawal_is_raised_in_its_account_by_the_least_tax_of_what_stands_above() -> None:
    """55 ACME and 45 BETA at 10 with 105 to take out: ACME stands higher, and its loss lot goes first."""
    held = [lot(1, "ACME", "45", "90"), lot(2, "ACME", "10", "200"), lot(3, "BETA", "45", "90")]
    plan = greedy_plan(
        facts([account(flow="-105")], [asset("ACME", "10", 0), asset("BETA", "10", 1)], held, HALF)
    )
    assert told(plan) == [("Taxable", "sell", "ACME", 11)]
    assert lots_sold(plan) == [(2, 10), (1, 1)]
    assert plan.cash_after[TAXABLE] == 5


def test_a_withdrawal_that_sales_cannot_raise_is_told() -> None:
    plan = greedy_plan(facts([account(flow="-105")], PAIR, [lot(1, "ACME", "5", "1")], HALF))
    assert plan.cash_after[TAXABLE] == -55
    assert ("Taxable", Constraint.CASH) in constraints(plan)


def test_a_withdrawal_pays_its_own_commission_and_names_each_lot_once() -> None:
    """10 shares for 100 less a commission of 1 leave 0.50 of 99.50 open: an eleventh of the same lot goes."""
    costs = TradeCosts(half_spread=Decimal(0), per_share=Decimal(0), least=Decimal(1))
    held = [lot(1, "ACME", "50", "250")]
    plan = greedy_plan(facts([account(flow="-99.5")], PAIR, held, [target("ACME", "1")], costs=costs))
    assert lots_sold(plan) == [(1, 11)]
    assert seen(plan.cost, plan.cash_after[TAXABLE]) == (1, Decimal("9.5"))


def test_a_withdrawal_ends_where_the_gain_budget_does() -> None:
    """Each share realises 5: a budget of 20 lets 4 go for 40, and 60 of 100 cannot be raised."""
    held = [lot(1, "ACME", "50", "250")]
    wish = Wish(gain_budget=Decimal(20))
    plan = greedy_plan(facts([account(flow="-100")], PAIR, held, [target("ACME", "1")], wish))
    assert told(plan) == [("Taxable", "sell", "ACME", 4)]
    assert plan.cash_after[TAXABLE] == -60
    assert [seen(one.subject, one.constraint, one.amount) for one in plan.not_done] == [
        ("ACME", Constraint.GAIN_BUDGET, 60),
        ("Taxable", Constraint.CASH, 60),
    ]
    assert plan.not_done[1].words == "Taxable cannot raise 60.00 USD more by sales."


def test_a_basis_that_is_not_known_keeps_a_taxed_lot() -> None:
    held = [lot(1, "ACME", "70", None), lot(2, "BETA", "15", "300")]
    plan = greedy_plan(facts([account()], PAIR, held, HALF))
    assert [one for one in plan.trades if one.side is Side.SELL] == []
    assert Constraint.NOT_TRADED in [one.constraint for one in plan.not_done]


def test_trades_below_the_least_size_are_not_made() -> None:
    held = [lot(1, "ACME", "70", "350"), lot(2, "BETA", "15", "300")]
    plan = greedy_plan(facts([account()], PAIR, held, HALF, Wish(least_trade=Decimal("200.01"))))
    assert plan.trades == ()
    assert ("ACME", Constraint.LEAST_TRADE) in constraints(plan)


def test_an_account_that_was_not_chosen_counts_and_is_not_traded() -> None:
    held = [lot(1, "ACME", "70", "350", at=IRA), lot(2, "BETA", "15", "300")]
    plan = greedy_plan(facts([account(), account(IRA, may_trade=False)], PAIR, held, HALF))
    assert plan.trades == ()
    assert [one.before for one in plan.outcomes] == [Decimal("0.7"), Decimal("0.3")]
    assert ("ACME", Constraint.NOT_TRADED) in constraints(plan)


def test_idle_cash_is_invested_only_where_that_is_wished() -> None:
    held = [lot(1, "ACME", "50", "1"), lot(2, "BETA", "25", "1")]
    chosen = facts([account(cash="40")], PAIR, held, HALF)
    assert told(greedy_plan(chosen)) == [
        ("Taxable", "buy", "BETA", 1),
        ("Taxable", "buy", "ACME", 2),
    ] or told(greedy_plan(chosen)) == [("Taxable", "buy", "ACME", 2), ("Taxable", "buy", "BETA", 1)]
    kept = facts([account(cash="40")], PAIR, held, HALF, Wish(invests_cash=False))
    assert greedy_plan(kept).trades == ()


def test_only_new_money_is_invested_where_idle_cash_is_to_stay() -> None:
    """40 lie idle and 100 come in: 7 ACME for 70 and 1 BETA for 20 of what 1,140 lack, 50 stay."""
    held = [lot(1, "ACME", "50", "1"), lot(2, "BETA", "25", "1")]
    plan = greedy_plan(facts([account(cash="40", flow="100")], PAIR, held, HALF, Wish(invests_cash=False)))
    assert told(plan) == [("Taxable", "buy", "ACME", 7), ("Taxable", "buy", "BETA", 1)]
    assert plan.cash_after[TAXABLE] == 50
    (left,) = plan.not_done
    assert seen(left.subject, left.constraint, left.amount) == ("BETA", Constraint.CASH, 50)


def test_money_is_taken_out_of_idle_cash_and_the_rest_of_it_stays() -> None:
    """30 of 40 leave. ACME lacks 55 of 455, more than its band: 2 BETA pay for 4 ACME, and 10 stay."""
    held = [lot(1, "ACME", "40", "1"), lot(2, "BETA", "25", "1")]
    plan = greedy_plan(facts([account(cash="40", flow="-30")], PAIR, held, HALF, Wish(invests_cash=False)))
    assert told(plan) == [("Taxable", "sell", "BETA", 2), ("Taxable", "buy", "ACME", 4)]
    assert plan.cash_after[TAXABLE] == 10


def test_a_target_without_a_usable_price_is_told_as_such() -> None:
    assets = [PAIR[0], asset("BETA", None, 1)]
    plan = greedy_plan(facts([account(cash="1000")], assets, [], HALF))
    assert told(plan) == [("Taxable", "buy", "ACME", 50)]
    (left,) = plan.not_done
    assert seen(left.subject, left.constraint, left.amount) == ("BETA", Constraint.NOT_TRADED, 500)
    assert left.words == "BETA has no usable price in USD."


def test_a_target_of_which_there_is_nothing_is_told_as_such() -> None:
    targets = [target("ACME", "0.5"), target("Energy", "0.5")]
    plan = greedy_plan(facts([account(cash="1000")], PAIR[:1], [], targets))
    (left,) = plan.not_done
    assert seen(left.subject, left.constraint, left.amount) == ("Energy", Constraint.NOTHING_TO_BUY, 500)
    assert left.words == "Nothing is held of Energy: name an instrument as a target instead."


def test_of_several_reasons_that_nothing_is_bought_the_sale_is_told_before_a_missing_price() -> None:
    """ACME is sold to raise 100; of its class only its twin and a fund without a price are left."""
    assets = [
        asset("ACME", "10", None),
        asset("NONE", None, 0),
        asset("TWIN", "10", 0, group="ACME"),
    ]
    plan = greedy_plan(
        facts(
            [account(flow="-100"), account(IRA, cash="500")],
            assets,
            [lot(1, "ACME", "50", "900")],
            [target("stock", "0.5")],
        )
    )
    (left,) = plan.not_done
    assert seen(left.subject, left.constraint) == ("stock", Constraint.NO_ROUND_TRIP)
    assert left.words.startswith("TWIN, or something identical with it, is sold in this plan")


def test_what_the_targets_leave_stays_in_cash() -> None:
    plan = greedy_plan(facts([account(cash="1000")], PAIR, [], [target("ACME", "0.6")]))
    assert told(plan) == [("Taxable", "buy", "ACME", 60)]
    assert plan.cash_after[TAXABLE] == 400


def test_what_has_no_target_is_sold_only_where_that_is_wished() -> None:
    assets = [*PAIR, asset("REST", "10", None)]
    held = [lot(1, "ACME", "50", "1"), lot(2, "BETA", "25", "1"), lot(3, "REST", "2", "1")]
    assert greedy_plan(facts([account()], assets, held, HALF)).trades == ()
    plan = greedy_plan(facts([account()], assets, held, HALF, Wish(sells_untargeted=True)))
    assert ("Taxable", "sell", "REST", Decimal(2)) in told(plan)


def test_a_fixed_position_counts_in_its_target() -> None:
    """600 of ACME in another currency: the target is met, so the cash stays."""
    plan = greedy_plan(
        facts([account(cash="400")], PAIR, [], [target("ACME", "0.6")], fixed={0: Decimal(600)})
    )
    assert plan.trades == ()
    assert plan.outcomes[0].before == Decimal("0.6")


def test_costs_are_taken_from_the_cash_of_the_account() -> None:
    costs = TradeCosts(half_spread=Decimal("0.001"), per_share=Decimal("0.01"), least=Decimal(1))
    plan = greedy_plan(facts([account(cash="1000")], PAIR, [], [target("ACME", "1")], costs=costs))
    # Each share costs 10.02: 99 of them and the least commission fit into 1,000; the fee of 99 is the least.
    assert told(plan) == [("Taxable", "buy", "ACME", 99)]
    assert plan.cost == Decimal("1.99")
    assert plan.cash_after[TAXABLE] == Decimal("8.01")


@given(
    units=st.lists(st.integers(0, 80), min_size=4, max_size=4),
    bases=st.lists(st.integers(1, 3000), min_size=4, max_size=4),
    money=st.tuples(st.integers(0, 2000), st.integers(-300, 300)),
    budget=st.one_of(st.none(), st.integers(0, 500)),
    weight=st.integers(0, 10),
)
def test_money_adds_up_and_no_rule_is_broken(
    units: list[int], bases: list[int], money: tuple[int, int], budget: int | None, weight: int
) -> None:
    cash, flow = money
    held = [
        lot(1, "ACME", str(units[0]), str(bases[0])),
        lot(2, "ACME", str(units[1]), str(bases[1]), is_long=False),
        lot(3, "BETA", str(units[2]), str(bases[2])),
        lot(4, "BETA", str(units[3]), str(bases[3]), at=IRA),
    ]
    share = Decimal(weight) / 10
    chosen = facts(
        [account(cash=str(cash)), account(IRA, cash="100", flow=str(flow))],
        PAIR,
        held,
        [target("ACME", str(share)), target("BETA", str(1 - share))],
        Wish(gain_budget=None if budget is None else Decimal(budget)),
        costs=TradeCosts(),
    )
    plan = greedy_plan(chosen)
    for key in (TAXABLE, IRA):
        _cash_adds_up(plan, key, Decimal(cash) if key == TAXABLE else Decimal(100 + flow))
    assert plan.net_gain <= (plan.net_gain if budget is None else budget)
    sides: dict[UUID, set[Side]] = {}
    for one in plan.trades:
        sides.setdefault(one.asset_id, set()).add(one.side)
        assert one.quantity == int(one.quantity) > 0
    assert all(len(found) == 1 for found in sides.values())


def _cash_adds_up(plan: Plan, key: UUID, before: Decimal) -> None:
    moved = sum(
        (one.value if one.side is Side.SELL else -one.value) - one.cost
        for one in plan.trades
        if one.account_id == key
    )
    assert plan.cash_after[key] == before + moved
    bought = any(one.side is Side.BUY for one in plan.trades if one.account_id == key)
    assert plan.cash_after[key] >= 0 or not bought
