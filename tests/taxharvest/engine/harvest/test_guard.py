"""The wash guard: what is still to come that an order clashes with, reckoned by hand."""

from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from portfolios.engine.policies import Identity, TaxRules, WashPolicy
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import PortfolioRecord, TaxOwner, TransactionRecord, Treatment
from taxharvest.engine.harvest.guard import (
    Threat,
    WindowCause,
    WindowKind,
    blocked,
    free_of,
    loss_threats,
    order_threats,
    order_washes,
    threat_words,
    traps_of,
    windows,
)
from taxharvest.engine.harvest.planned_trades import PlannedTrade
from taxharvest.engine.what_if import SaleLedger
from tests.portfolios.engine.ledger_rows import ACME, AWAY, BETA, HOME, buy, seen, sell
from trading.engine.tax_looks import TrapKind

TODAY = date(2026, 11, 27)
CALL = UUID(int=0xB7)
CHILD = UUID(int=0xA7)
SYMBOLS = {ACME: "ACME", BETA: "BETA", CALL: "ACME C"}
TWINS = TaxRules(
    identities=MappingProxyType({ACME: Identity(group=ACME), BETA: Identity(group=ACME)}),
)
CALLS = TaxRules(
    identities=MappingProxyType(
        {
            ACME: Identity(group=ACME),
            CALL: Identity(group=CALL, replaces=ACME, shares_per_unit=100),
        }
    )
)


def ledger(
    *rows: TransactionRecord, away: Treatment = Treatment.TAXABLE, rules: TaxRules | None = None
) -> SaleLedger:
    """The rows, with HOME taxable, AWAY as told, and an account of a child."""
    return SaleLedger(
        rows=rows,
        portfolios={
            HOME: PortfolioRecord(id=HOME, base_currency="USD"),
            AWAY: PortfolioRecord(id=AWAY, base_currency="USD", treatment=away),
            CHILD: PortfolioRecord(id=CHILD, base_currency="USD", owner=TaxOwner.OTHER),
        },
        rules=rules or TaxRules(),
    )


OLD = buy("2026-01-05", "10", "140")


def trade(quantity: str, kind: TrapKind = TrapKind.ORDER, **facts: Any) -> PlannedTrade:
    """A trade of ACME at 10 in AWAY that may happen today, unless told otherwise."""
    values: dict[str, Any] = {
        "kind": kind,
        "key": UUID(int=(0xC << 80) | 7 << 76 | 2 << 62 | abs(int(quantity))),
        "portfolio_id": AWAY,
        "instrument_id": ACME,
        "first": TODAY,
        "last": TODAY,
        "quantity": Decimal(quantity),
        "price": Decimal(10),
        "currency": "USD",
    }
    return PlannedTrade(**(values | facts))


def mine(quantity: str, **facts: Any) -> PlannedTrade:
    """The order of HOME that the guard is asked about."""
    return trade(quantity, **({"portfolio_id": HOME, "key": UUID(int=0xD << 80 | 7 << 76 | 2 << 62)} | facts))


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


# --- In words ----------------------------------------------------------------------------------------


def words_of(found: tuple[Threat, ...]) -> str:
    return threat_words(found, HOME, SYMBOLS)


def test_the_words_say_what_is_at_stake_and_what_stops_it() -> None:
    found = order_threats(ledger(OLD, away=Treatment.IRA), mine("-10"), [trade("4", last=None)])

    assert words_of(found) == (
        "Still to come (IRC 1091): 16.00 USD of loss would be lost for good because of the open order to buy "
        f"4 ACME in {ELSEWHERE}. First cancel the order."
    )


def test_the_words_propose_pausing_a_plan_and_a_reinvestment() -> None:
    plan = trade("3", TrapKind.RECURRING, pace="monthly", first=date(2026, 12, 1), last=date(2026, 12, 1))
    dividend = trade("1", TrapKind.REINVESTMENT, portfolio_id=HOME, last=date(2026, 12, 15))

    said = words_of(order_threats(ledger(OLD), mine("-10"), [plan, dividend]))

    assert f"the monthly purchase of ACME in {ELSEWHERE}, due 1 Dec 2026" in said
    assert "the dividend of ACME that is reinvested in this account, expected by 15 Dec 2026" in said
    assert said.endswith("First pause the recurring purchase and pause the reinvestment of dividends.")


def test_the_words_of_a_request_and_of_a_fill_name_no_remedy() -> None:
    said = words_of(
        order_threats(ledger(OLD), mine("-10"), [trade("3", TrapKind.REQUEST), trade("2", TrapKind.FILL)])
    )

    assert f"the order before it to buy 3 ACME in {ELSEWHERE}" in said
    assert f"the fill that bought 2 ACME in {ELSEWHERE} just now" in said
    assert said.endswith("just now.")


def test_nothing_to_come_has_no_words_and_no_traps() -> None:
    assert words_of(()) == ""
    assert traps_of((), HOME, SYMBOLS) == ()


def test_a_plan_is_one_trap_however_often_it_comes() -> None:
    key = UUID(int=0xE << 80 | 7 << 76 | 2 << 62)
    days = [date(2026, 12, 1), date(2026, 12, 8)]
    plan = [trade("2", TrapKind.RECURRING, key=key, pace="weekly", first=day, last=day) for day in days]

    found = order_threats(ledger(OLD), mine("-10"), plan)

    assert len(found) == 2
    assert [(trap.kind, trap.key, trap.portfolio_id) for trap in traps_of(found, HOME, SYMBOLS)] == [
        (TrapKind.RECURRING, key, AWAY)
    ]


def test_the_first_free_day_is_after_everything_that_ends_by_itself() -> None:
    dividend = trade("1", TrapKind.REINVESTMENT, first=TODAY, last=date(2026, 12, 15))
    today = trade("2")
    waits = trade("3", last=None)

    assert free_of(order_threats(ledger(OLD), mine("-10"), [dividend, today])) == date(2027, 1, 15)
    assert free_of(order_threats(ledger(OLD), mine("-10"), [dividend, waits])) is None
    assert free_of(()) is None


# --- Windows -----------------------------------------------------------------------------------------

FIRST, LAST = date(2026, 11, 1), date(2026, 12, 31)


def test_a_loss_closes_purchases_until_the_thirtieth_day() -> None:
    loss = sell("2026-11-20", "10", "100")

    (found,) = windows(ledger(OLD, loss, rules=TWINS), [], FIRST, LAST)

    assert (found.kind, found.cause, found.transaction_id) == (
        WindowKind.NO_BUY,
        WindowCause.SOLD,
        loss.id,
    )
    assert (found.begins, found.ends, found.free_on) == (
        date(2026, 11, 20),
        date(2026, 12, 20),
        date(2026, 12, 21),
    )
    assert seen(found.shares, found.at_stake) == (10, 40)
    assert set(found.instruments) == {ACME, BETA}


def test_calls_are_not_to_be_bought_either() -> None:
    (found,) = windows(ledger(OLD, sell("2026-11-20", "10", "100"), rules=CALLS), [], FIRST, LAST)

    assert blocked([found], date(2026, 12, 20)) == {ACME, CALL}
    assert blocked([found], date(2026, 12, 21)) == frozenset()


def test_a_loss_that_was_washed_whole_closes_nothing() -> None:
    washed = ledger(OLD, sell("2026-11-20", "10", "100"), buy("2026-11-22", "10", "100"))

    assert windows(washed, [], FIRST, LAST) == ()


def test_a_purchase_closes_sales_at_a_loss_of_what_else_is_held() -> None:
    fresh = buy("2026-11-20", "4", "40", portfolio_id=AWAY)

    (found,) = windows(ledger(OLD, fresh), [], date(2026, 12, 1), LAST)

    assert (found.kind, found.cause, found.transaction_id) == (
        WindowKind.NO_LOSS_SALE,
        WindowCause.BOUGHT,
        fresh.id,
    )
    assert (found.begins, found.ends) == (date(2026, 11, 20), date(2026, 12, 20))
    assert found.shares == 4
    assert blocked([found], date(2026, 12, 1)) == frozenset()


def test_the_only_purchase_there_is_closes_nothing() -> None:
    assert windows(ledger(buy("2026-11-20", "4", "40")), [], FIRST, LAST) == ()


def test_a_planned_purchase_closes_sales_on_both_sides_of_its_day() -> None:
    day = date(2026, 12, 10)
    plan = trade("2", TrapKind.RECURRING, pace="monthly", first=day, last=day)

    (found,) = windows(ledger(OLD), [plan], FIRST, LAST)

    assert (found.kind, found.cause) == (WindowKind.NO_LOSS_SALE, WindowCause.PLANNED)
    assert (found.begins, found.ends) == (date(2026, 11, 10), date(2027, 1, 9))


def test_an_open_sale_closes_purchases_from_today() -> None:
    (found,) = windows(ledger(OLD), [trade("-10", portfolio_id=HOME, last=None)], FIRST, LAST)

    assert (found.kind, found.cause, found.begins) == (WindowKind.NO_BUY, WindowCause.WAITING, TODAY)
    assert blocked([found], TODAY) == {ACME}


def test_windows_outside_the_days_asked_for_are_left_out() -> None:
    before = ledger(OLD, sell("2026-11-20", "10", "100"))

    assert windows(before, [], date(2026, 12, 21), LAST) == ()
    assert windows(before, [], date(2026, 11, 1), date(2026, 11, 19)) == ()
