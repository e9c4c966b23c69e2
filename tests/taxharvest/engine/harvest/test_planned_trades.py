"""What is still to come: purchases by plan and dividends to be reinvested, reckoned by hand."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from portfolios.engine.policies import TaxRules
from portfolios.engine.records import PortfolioRecord, TransactionKind, TransactionRecord, Treatment
from taxharvest.engine.harvest.planned_trades import (
    PlannedTrade,
    RecurringPlan,
    ReinvestingAccount,
    expected_span,
    recurring_trades,
    reinvestments,
)
from taxharvest.engine.what_if import SaleLedger
from tests.portfolios.engine.ledger_rows import ACME, AWAY, HOME, buy, row, seen
from trading.engine.tax_looks import TrapKind

TODAY, LAST = date(2026, 11, 27), date(2026, 12, 27)
PLAN = UUID(int=0xE1)
TEN = {ACME: Decimal(10)}


def plan(pace: str = "monthly", next_on: str = "2026-12-05") -> RecurringPlan:
    return RecurringPlan(
        id=PLAN,
        portfolio_id=AWAY,
        instrument_id=ACME,
        amount=Decimal(50),
        currency="USD",
        pace=pace,
        next_on=date.fromisoformat(next_on),
    )


def planned(*plans: RecurringPlan, rows: tuple[TransactionRecord, ...] = (), **facts: Any) -> list[date]:
    """The days on which the plans buy in the thirty days from today."""
    prices = facts.get("prices", TEN)
    return [one.first for one in recurring_trades(plans, rows, prices, TODAY, LAST)]


@pytest.mark.parametrize(
    ("pace", "days"),
    [
        ("weekly", ["2026-12-05", "2026-12-12", "2026-12-19", "2026-12-26"]),
        ("fortnightly", ["2026-12-05", "2026-12-19"]),
        ("monthly", ["2026-12-05"]),
    ],
)
def test_a_plan_buys_at_its_pace(pace: str, days: list[str]) -> None:
    assert planned(plan(pace)) == [date.fromisoformat(day) for day in days]


def test_a_plan_of_the_last_day_of_a_month_keeps_to_the_ends_of_months() -> None:
    found = list(plan(next_on="2026-08-31").days(date(2026, 9, 1), date(2026, 12, 31)))

    assert found == [date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31)]


def test_what_was_due_and_is_not_in_the_ledger_yet_still_counts() -> None:
    late = plan(next_on="2026-11-20")
    told = buy("2026-11-23", "5", "50", portfolio_id=AWAY)

    assert planned(late) == [date(2026, 11, 20), date(2026, 12, 20)]
    assert planned(late, rows=(told,)) == [date(2026, 12, 20)]


def test_a_planned_purchase_is_for_as_many_shares_as_its_money_buys() -> None:
    (found,) = recurring_trades([plan()], (), TEN, TODAY, LAST)
    (unknown,) = recurring_trades([plan()], (), {}, TODAY, LAST)

    assert (found.kind, found.key, found.pace) == (TrapKind.RECURRING, PLAN, "monthly")
    assert seen(found.quantity, found.price) == (5, 10)
    assert unknown.quantity == 1


# --- Reinvested dividends ----------------------------------------------------------------------------


def ledger(*rows: TransactionRecord, away: Treatment = Treatment.IRA) -> SaleLedger:
    portfolios = {
        HOME: PortfolioRecord(id=HOME, base_currency="USD"),
        AWAY: PortfolioRecord(id=AWAY, base_currency="USD", treatment=away),
    }
    return SaleLedger(rows=rows, portfolios=portfolios, rules=TaxRules())


def reinvested(day: str, quantity: str = "2", **facts: Any) -> TransactionRecord:
    values = {"quantity": quantity, "amount": "-20", "portfolio_id": AWAY} | facts
    return row(TransactionKind.REINVEST, day, **values)


def dividend(day: str, amount: str = "30", **facts: Any) -> TransactionRecord:
    return row(TransactionKind.DIVIDEND, day, **({"amount": amount, "portfolio_id": AWAY} | facts))


HELD = buy("2026-01-05", "100", "900", portfolio_id=AWAY)


def expected(book: SaleLedger, **account: Any) -> tuple[PlannedTrade, ...]:
    """What AWAY reinvests in the thirty days from today, as its owner has told of it."""
    facts: dict[str, Any] = {"portfolio_id": AWAY, "is_told": False} | account
    accounts = {AWAY: ReinvestingAccount(**facts)}
    return reinvestments(book, accounts, TEN, TODAY, LAST)


def test_a_position_reinvested_before_is_expected_to_do_so_again() -> None:
    (found,) = expected(ledger(HELD, reinvested("2026-06-15"), reinvested("2026-09-14", "3")))

    assert (found.kind, found.key, found.instrument_id) == (TrapKind.REINVESTMENT, AWAY, ACME)
    assert (found.first, found.last) == (date(2026, 12, 4), date(2026, 12, 24))
    assert found.quantity == 3


def test_an_account_that_is_said_to_reinvest_does_so_with_what_it_was_paid() -> None:
    paid = ledger(HELD, dividend("2026-06-15"), dividend("2026-09-14"))

    assert expected(paid) == ()
    (found,) = expected(paid, is_told=True)
    assert found.quantity == 3


def test_what_another_account_was_paid_tells_the_day() -> None:
    book = ledger(HELD, dividend("2026-09-14", portfolio_id=HOME))

    (found,) = expected(book, is_told=True)

    assert (found.first, found.last) == (date(2026, 12, 4), date(2026, 12, 24))
    assert found.quantity == 1


def test_a_pause_holds_until_the_ledger_shows_that_the_broker_went_on() -> None:
    book = ledger(HELD, reinvested("2026-06-15"), reinvested("2026-09-14"))

    assert expected(book, paused_on=date(2026, 10, 1)) == ()
    assert len(expected(book, paused_on=date(2026, 9, 1))) == 1
    assert len(expected(book, paused_on=date(2026, 12, 1))) == 1


def test_what_is_not_held_or_never_paid_or_paid_in_a_simulation_is_not_expected() -> None:
    sold = row(TransactionKind.SELL, "2026-10-01", quantity="-102", amount="1000", portfolio_id=AWAY)
    rows = (HELD, reinvested("2026-09-14"))

    assert expected(ledger(*rows, sold)) == ()
    assert expected(ledger(buy("2025-11-20", "9", "90", portfolio_id=AWAY)), is_told=True) == ()
    assert expected(ledger(*rows, away=Treatment.SIMULATED)) == ()


def test_what_is_new_and_has_not_paid_yet_may_pay_on_any_day() -> None:
    (found,) = expected(ledger(HELD), is_told=True)

    assert (found.first, found.last) == (TODAY, None)
    assert found.quantity == 1


def test_a_distribution_beyond_the_days_asked_for_is_left_out() -> None:
    assert expected(ledger(HELD, reinvested("2026-08-17"), reinvested("2026-11-16"))) == ()


@pytest.mark.parametrize(
    ("days", "span"),
    [
        (["2026-11-02"], ("2027-01-22", "2027-02-11")),
        (["2026-09-30", "2026-10-30"], ("2026-11-19", "2026-12-09")),
        (["2026-10-28", "2026-10-30"], ("2027-01-17", "2027-02-06")),
        (["2026-01-05", "2026-04-06"], ("2026-12-25", "2027-01-14")),
    ],
)
def test_the_next_distribution_follows_the_usual_gap(days: list[str], span: tuple[str, str]) -> None:
    found = expected_span([date.fromisoformat(day) for day in days], TODAY)

    assert tuple(day.isoformat() for day in found) == span
