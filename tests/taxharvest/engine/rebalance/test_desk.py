"""The desk keeps every rule of a trade, whoever wants it: what is held, windows, round trips, sizes, cash."""

from decimal import Decimal

import pytest

from taxharvest.engine.rebalance.desk import Desk
from taxharvest.engine.rebalance.records import Account, Asset, Constraint, HeldLot, NotDone, TradeCosts, Wish
from tests.portfolios.engine.ledger_rows import seen
from tests.taxharvest.engine.rebalance.wishes import (
    FREE,
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
ACME, BETA = (TAXABLE, asset_id("ACME")), (TAXABLE, asset_id("BETA"))


def desk(
    accounts: list[Account],
    lots: list[HeldLot],
    assets: list[Asset] | None = None,
    wish: Wish | None = None,
    costs: TradeCosts = FREE,
) -> Desk:
    return Desk(facts(accounts, assets or PAIR, lots, HALF, wish, costs=costs))


def only_note(of: Desk) -> NotDone:
    (note,) = of.not_done
    return note


def test_a_sale_stops_at_the_whole_shares_that_are_held() -> None:
    made = desk([account()], [lot(1, "ACME", "5.7", "57")])
    assert made.sell(ACME, Decimal(9), "Asked.") == 50
    assert seen(made.held[ACME], made.cash[TAXABLE], made.not_done) == (Decimal("0.7"), 50, [])


def test_shares_of_unknown_basis_stay_in_a_taxed_account_and_that_is_told() -> None:
    """Of 10 ACME the basis of 6 is not known: 4 are sold, and 60 of worth stays."""
    held = [lot(1, "ACME", "4", "20"), lot(2, "ACME", "6", None)]
    made = desk([account()], held)
    assert made.sell(ACME, Decimal(10), "Asked.") == 40
    assert only_note(made) == NotDone(
        subject="ACME",
        amount=Decimal(60),
        constraint=Constraint.UNKNOWN_BASIS,
        words="ACME in Taxable: the basis or the day of lots is not known.",
    )


def test_shares_of_unknown_basis_are_sold_where_nothing_is_taxed() -> None:
    made = desk([account(IRA)], [lot(1, "ACME", "6", None, at=IRA, is_long=None)])
    assert made.sell((IRA, asset_id("ACME")), Decimal(7), "Asked.") == 60
    assert made.not_done == []


def test_what_was_bought_is_not_sold_in_any_account() -> None:
    made = desk([account(cash="100"), account(IRA)], [lot(1, "ACME", "5", "20", at=IRA)])
    assert made.buy(ACME, Decimal(3), "Asked.") == 30
    assert made.sell((IRA, asset_id("ACME")), Decimal(5), "Asked.") == 0
    note = only_note(made)
    assert seen(note.constraint, note.amount) == (Constraint.NO_ROUND_TRIP, 50)
    assert note.words == "ACME, or something identical with it, is bought in this plan, so it is not sold."


def test_what_was_sold_is_not_bought_nor_is_its_twin() -> None:
    assets = [asset("ACME", "10", 0), asset("TWIN", "20", 1, group="ACME")]
    made = desk([account()], [lot(1, "ACME", "5", "20")], assets)
    made.sell(ACME, Decimal(5), "Asked.")
    assert made.buy((TAXABLE, asset_id("TWIN")), Decimal(2), "Asked.") == 0
    note = only_note(made)
    assert seen(note.constraint, note.amount) == (Constraint.NO_ROUND_TRIP, 40)
    assert note.words == "TWIN, or something identical with it, is sold in this plan, so it is not bought."


def test_what_is_blocked_is_not_bought_and_its_free_day_is_told() -> None:
    assets = [PAIR[0], asset("BETA", "20", 1, blocked="it would wash a loss.")]
    made = desk([account(cash="1000")], [], assets)
    assert made.buy(BETA, Decimal(3), "Asked.") == 0
    assert made.cash[TAXABLE] == 1000
    assert only_note(made) == NotDone(
        subject="BETA",
        amount=Decimal(60),
        constraint=Constraint.WINDOW,
        words="BETA must not be bought now: it would wash a loss. Free from 20 Jun 2026 on.",
    )


def test_an_account_that_was_not_chosen_neither_buys_nor_sells() -> None:
    made = desk([account(cash="1000", may_trade=False)], [lot(1, "ACME", "5", "20")])
    assert made.sell(ACME, Decimal(5), "Asked.") == 0
    assert made.buy(BETA, Decimal(5), "Asked.") == 0
    assert seen(made.cash[TAXABLE], made.held[ACME]) == (1000, 5)


def test_what_has_no_price_is_neither_bought_nor_sold() -> None:
    made = desk([account(cash="1000")], [lot(1, "ACME", "5", "20")], [asset("ACME", None, 0), PAIR[1]])
    assert made.sell(ACME, Decimal(5), "Asked.") == 0
    assert made.buy(ACME, Decimal(5), "Asked.") == 0
    assert made.plan("greedy").trades == ()


@pytest.mark.parametrize(("cash", "value", "left"), [("81.79", 60, "20.19"), ("81.8", 80, "0")])
def test_a_purchase_takes_no_more_than_the_cash_pays_for(cash: str, value: int, left: str) -> None:
    """A share costs 20 and a hundredth of it on the spread, an order 1: four shares cost 81.80."""
    costs = TradeCosts(half_spread=Decimal("0.01"), per_share=Decimal(0), least=Decimal(1))
    made = desk([account(cash=cash)], [], costs=costs)
    assert made.buy(BETA, Decimal(9), "Asked.") == value
    assert made.cash[TAXABLE] == Decimal(left)


def test_two_sales_of_one_position_are_one_order_with_one_commission() -> None:
    """3 and then 4 of 10 shares at 10, on a basis of 5: a gain of 35, and the least commission once."""
    costs = TradeCosts(half_spread=Decimal(0), per_share=Decimal("0.005"), least=Decimal(1))
    made = desk([account()], [lot(1, "ACME", "10", "50")], costs=costs)
    made.sell(ACME, Decimal(3), "First.")
    made.sell(ACME, Decimal(4), "Then.")
    plan = made.plan("greedy")
    (sale,) = plan.trades
    assert told(plan) == [("Taxable", "sell", "ACME", 7)]
    assert seen(sale.value, sale.cost, sale.long_gain, sale.tax) == (70, 1, 35, 7)
    assert seen(made.cash[TAXABLE], made.gain) == (69, 35)
    assert sale.words.startswith("Then. 1 lot, those with the least tax on a share first; tax about 7.00 USD")


def test_a_lot_that_two_sales_take_from_is_named_once() -> None:
    held = [lot(1, "ACME", "5", "100", is_long=False), lot(2, "ACME", "5", "25")]
    made = desk([account()], held)
    made.sell(ACME, Decimal(3), "First.")
    made.sell(ACME, Decimal(4), "Then.")
    (sale,) = made.plan("greedy").trades
    # Lot 1 loses 10 a share and goes first: 3 and 2 of it, then 2 of lot 2, which gains 5 a share.
    assert [seen(one.lot_id.int - 100, one.quantity, one.gain, one.tax) for one in sale.lots] == [
        (1, 5, -50, -20),
        (2, 2, 10, 2),
    ]


def test_a_lot_of_unknown_basis_that_two_sales_take_from_has_no_gain() -> None:
    made = desk([account(IRA)], [lot(1, "ACME", "6", None, at=IRA, is_long=None)])
    for _ in range(2):
        made.sell((IRA, asset_id("ACME")), Decimal(3), "Asked.")
    (sale,) = made.plan("greedy").trades
    (taken,) = sale.lots
    assert seen(taken.quantity, taken.gain, taken.tax) == (6, None, 0)


def test_adding_to_a_sale_is_never_too_small() -> None:
    made = desk([account()], [lot(1, "ACME", "10", "50")], wish=Wish(least_trade=Decimal(50)))
    assert made.sell(ACME, Decimal(4), "Asked.") == 0
    assert made.sell(ACME, Decimal(5), "Asked.") == 50
    assert made.sell(ACME, Decimal(1), "Asked.") == 10


def test_of_one_subject_under_one_constraint_the_largest_amount_is_told() -> None:
    made = desk([account()], [])
    for amount, words in (("5", "Five."), ("7", "Seven."), ("6", "Six.")):
        made.note("ACME", Decimal(amount), Constraint.CASH, words)
    made.note("ACME", Decimal(1), Constraint.WINDOW, "Another constraint.")
    made.note("BETA", Decimal(2), Constraint.CASH, "Another subject.")
    assert [seen(one.subject, one.constraint, one.amount, one.words) for one in made.not_done] == [
        ("ACME", Constraint.CASH, 7, "Seven."),
        ("ACME", Constraint.WINDOW, 1, "Another constraint."),
        ("BETA", Constraint.CASH, 2, "Another subject."),
    ]


def test_without_wealth_every_weight_is_zero() -> None:
    made = desk([account()], [])
    assert seen(made.wealth, made.weight_of(Decimal(10)), made.plan("greedy").drift) == (0, 0, 0)
