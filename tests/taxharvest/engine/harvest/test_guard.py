"""The wash guard: what is still to come that an order clashes with, reckoned by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.policies import TaxRules, WashPolicy
from portfolios.engine.records import Treatment
from taxharvest.engine.harvest.guard import free_of, loss_threats, order_threats, order_washes
from tests.portfolios.engine.ledger_rows import AWAY, BETA, HOME, buy, seen, sell
from tests.taxharvest.engine.harvest.guarded_ledger import (
    CALL,
    CALLS,
    CHILD,
    OLD,
    TODAY,
    TWINS,
    ledger,
    mine,
    trade,
)
from trading.engine.tax_looks import TrapKind

# --- A sale at a loss --------------------------------------------------------------------------------


def test_an_open_order_to_buy_elsewhere_would_wash_the_loss_share_for_share() -> None:
    (found,) = order_threats(ledger(OLD), mine("-10"), [trade("4")])

    assert seen(found.shares, found.disallowed, found.lost, found.currency) == (4, 16, 0, "USD")
    assert (found.loss_portfolio_id, found.sale_id) == (HOME, None)


def test_what_an_ira_would_buy_loses_the_loss_for_good() -> None:
    (found,) = order_threats(ledger(OLD, away=Treatment.IRA), mine("-10"), [trade("4")])

    assert seen(found.disallowed, found.lost) == (16, 16)


def test_a_sale_at_a_gain_and_a_sale_beside_another_clash_with_nothing() -> None:
    assert order_threats(ledger(OLD), mine("-10", price=Decimal(20)), [trade("4")]) == ()
    assert order_threats(ledger(OLD), mine("-5"), [trade("-4", portfolio_id=HOME)]) == ()


@pytest.mark.parametrize(
    ("first", "threats"), [("2026-12-27", 1), ("2026-12-28", 0), ("2026-10-28", 1), ("2026-10-27", 0)]
)
def test_thirty_days_on_either_side_count_and_no_more(first: str, threats: int) -> None:
    day = date.fromisoformat(first)

    found = order_threats(ledger(OLD), mine("-10"), [trade("4", TrapKind.RECURRING, first=day, last=day)])

    assert len(found) == threats


def test_an_order_that_waits_reaches_as_far_as_it_waits() -> None:
    dividend = trade("1", TrapKind.REINVESTMENT, first=date(2027, 1, 20), last=date(2027, 2, 9))

    assert order_threats(ledger(OLD), mine("-10"), [dividend]) == ()
    assert len(order_threats(ledger(OLD), mine("-10", last=date(2026, 12, 31)), [dividend])) == 1
    assert len(order_threats(ledger(OLD), mine("-10", last=None), [dividend])) == 1


def test_what_a_child_buys_washes_nothing() -> None:
    assert order_threats(ledger(OLD), mine("-10"), [trade("4", portfolio_id=CHILD)]) == ()


def test_a_call_on_it_and_a_fund_that_is_identical_count() -> None:
    call = trade("1", instrument_id=CALL, multiplier=Decimal(100), price=Decimal(2))

    (by_call,) = order_threats(ledger(OLD, rules=CALLS), mine("-10"), [call])
    (by_twin,) = order_threats(ledger(OLD, rules=TWINS), mine("-10"), [trade("3", instrument_id=BETA)])

    assert seen(by_call.shares, by_call.disallowed) == (10, 40)
    assert seen(by_twin.shares, by_twin.disallowed) == (3, 12)


def test_a_call_counts_for_nothing_where_the_policy_says_so() -> None:
    rules = TaxRules(policy=WashPolicy(options_replace=False), identities=CALLS.identities)
    call = trade("1", instrument_id=CALL, multiplier=Decimal(100), price=Decimal(2))

    assert order_threats(ledger(OLD, rules=rules), mine("-10"), [call]) == ()


def test_several_plans_share_the_loss_and_each_is_told() -> None:
    soon = trade("3", TrapKind.RECURRING, pace="weekly")
    later = trade("5", first=TODAY, last=None)

    found = order_threats(ledger(OLD), mine("-10"), [soon, later])

    assert sorted(one.shares for one in found) == [3, 5]
    assert sum(one.disallowed for one in found) == 32


# --- A purchase --------------------------------------------------------------------------------------


def test_an_open_sale_at_a_loss_would_be_washed_by_the_purchase() -> None:
    (found,) = order_threats(
        ledger(OLD), mine("4", portfolio_id=AWAY), [trade("-10", portfolio_id=HOME, last=None)]
    )

    assert seen(found.shares, found.disallowed) == (4, 16)
    assert found.loss_portfolio_id == HOME
    assert found.trade.quantity == -10


def test_an_open_sale_that_closes_the_purchase_itself_is_none_of_it() -> None:
    stop = trade("-10", portfolio_id=HOME, price=Decimal(8), last=None)

    assert order_threats(ledger(), mine("10"), [stop]) == ()


def test_the_ledger_alone_tells_what_an_order_washes() -> None:
    before = ledger(OLD, sell("2026-11-20", "10", "100"))

    assert [seen(wash.quantity, wash.disallowed_base) for wash in order_washes(before, trade("6"))] == [
        (6, 24)
    ]
    assert order_washes(ledger(OLD), trade("6")) == ()


# --- Losses that stand -------------------------------------------------------------------------------


def test_a_loss_that_stands_is_told_of_every_plan_that_would_wash_it() -> None:
    loss = sell("2026-11-20", "10", "100")

    (found,) = loss_threats(ledger(OLD, loss), [trade("4", last=None)], TODAY)

    assert (found.sale_id, found.sold) == (loss.id, date(2026, 11, 20))
    assert seen(found.shares, found.disallowed) == (4, 16)


def test_a_plan_beyond_the_window_threatens_no_loss() -> None:
    late = trade("4", TrapKind.RECURRING, first=date(2026, 12, 21), last=date(2026, 12, 21))
    last = trade("4", TrapKind.RECURRING, first=date(2026, 12, 20), last=date(2026, 12, 20))
    before = ledger(OLD, sell("2026-11-20", "10", "100"))

    assert loss_threats(before, [late], TODAY) == ()
    assert len(loss_threats(before, [last], TODAY)) == 1


def test_the_first_free_day_is_after_everything_that_ends_by_itself() -> None:
    dividend = trade("1", TrapKind.REINVESTMENT, first=TODAY, last=date(2026, 12, 15))
    today = trade("2")
    waits = trade("3", last=None)

    assert free_of(order_threats(ledger(OLD), mine("-10"), [dividend, today])) == date(2027, 1, 15)
    assert free_of(order_threats(ledger(OLD), mine("-10"), [dividend, waits])) is None
    assert free_of(()) is None


# --- The order itself --------------------------------------------------------------------------------


def test_an_order_that_rests_may_wash_its_own_loss_by_filling_in_part() -> None:
    """20 ACME that cost 14, half of them a week ago. Filled whole at 10, nothing is left that replaces.

    Filled by half, 5 of each lot go at a loss of 4 a share and 5 of the fresh ones stay: they wash 5 of it.
    """
    before = ledger(OLD, buy("2026-11-20", "10", "140"))
    order = mine("-20", kind=TrapKind.ITSELF, rests=True, last=None)

    (found,) = order_threats(before, order, [])

    assert seen(found.shares, found.disallowed, found.lost) == (5, 20, 0)
    assert (found.trade, found.sale_id) == (order, None)
    # The thirty-first day after today, however long it may rest.
    assert found.free_on == free_of([found]) == date(2026, 12, 28)
    assert order_threats(before, replace(order, rests=False), []) == ()


def test_a_loss_that_stands_minds_no_further_sale() -> None:
    before = ledger(OLD, sell("2026-11-20", "6", "60"))

    assert loss_threats(before, [trade("-4", portfolio_id=HOME)], TODAY) == ()
