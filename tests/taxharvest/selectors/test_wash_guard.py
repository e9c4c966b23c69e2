"""The wash guard on a stored book: what the look at an order says of everything still to come."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common.identifiers import uuid7
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Portfolio, RecurringPurchase
from portfolios.services.book import book_derive
from portfolios.services.identities import identity_group_save
from portfolios.services.ledger import transactions_record
from taxharvest.engine.harvest.wash_windows import WindowCause, WindowKind
from taxharvest.models import WashGuard
from taxharvest.selectors.ledgers import sale_ledger
from taxharvest.selectors.order_taxes import order_tax_look
from taxharvest.selectors.wash_guard import blocked_symbols, planned_trades, waiting_trades, windows_of
from tests.factories.portfolios import PortfolioFactory, buy, parsed, stock
from tests.factories.trading import BrokerAccountFactory, OrderFactory
from tests.portfolios.small_book import seen
from tests.taxharvest.wash_book import WashBook, ago, wash_book
from trading.engine.records import Side
from trading.engine.tax_looks import OrderBefore, TaxLook, TrapKind
from trading.models import Execution, Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> WashBook:
    return wash_book()


def look(portfolio: Portfolio, instrument: Instrument, side: Side, quantity: int, **facts: Any) -> TaxLook:
    """The look at an order at 10 a share today."""
    values: dict[str, Any] = {"price": Decimal(10), "day": timezone.localdate(), "lots": ()}
    return order_tax_look(
        portfolio_id=portfolio.pk,
        instrument_id=instrument.pk,
        side=side,
        quantity=Decimal(quantity),
        **(values | facts),
    )


def waiting(portfolio: Portfolio, instrument: Instrument, side: Side, quantity: int, **facts: Any) -> Order:
    """An open limit order at 10 that waits until it is cancelled."""
    account = getattr(portfolio, "broker_account", None) or BrokerAccountFactory.create(portfolio=portfolio)
    values = {"kind": "limit", "limit_price": Decimal(10), "time_in_force": "gtc"} | facts
    order: Order = OrderFactory.create(
        account=account, instrument=instrument, side=side, quantity=Decimal(quantity), **values
    )
    return order


def apart(book: WashBook, name: str = "GAMMA") -> Instrument:
    """Ten shares for 200 in Ann's account, of which nothing else was bought."""
    transactions_record(portfolio=book.taxable, parsed=[buy(ago(100), 10, "200", symbol=name)], source="test")
    book_derive(household_id=book.taxable.household_id)
    return Instrument.objects.get(symbol=name, household=book.taxable.household)


def monthly(portfolio: Portfolio, instrument: Instrument, **facts: Any) -> RecurringPurchase:
    values = {"amount": Decimal(50), "currency": "USD", "next_on": ago(-7)} | facts
    return RecurringPurchase.objects.create(portfolio=portfolio, instrument=instrument, **values)


# --- A loss sale -------------------------------------------------------------------------------------


def test_a_loss_sale_is_warned_of_an_open_order_elsewhere_that_is_not_named(book: WashBook) -> None:
    gamma = apart(book)
    order = waiting(book.ira, gamma, Side.BUY, 4)

    found = look(book.taxable, gamma, Side.SELL, 10)

    assert seen(found.deferred, found.at_risk, found.first_free) == (0, 40, None)
    assert found.wash_words == (
        "Still to come (IRC 1091): 40.00 USD of loss would be lost for good because of the open order to "
        f"buy 4 GAMMA in {ELSEWHERE}. First cancel the order."
    )
    (trap,) = found.traps
    assert (trap.kind, trap.key, trap.portfolio_id) == (TrapKind.ORDER, order.pk, book.ira.pk)
    assert "Ben" not in found.wash_words + trap.words


def test_what_is_left_of_an_order_counts_and_a_final_one_does_not(book: WashBook) -> None:
    gamma = apart(book)
    waiting(book.ira, gamma, Side.BUY, 4, filled=Decimal(3), state="partially_filled")
    waiting(book.ira, gamma, Side.BUY, 9, state="cancelled")

    assert seen(look(book.taxable, gamma, Side.SELL, 10).at_risk) == (10,)


def test_orders_that_cancel_each_other_count_once(book: WashBook) -> None:
    gamma = apart(book)
    waiting(book.ira, gamma, Side.BUY, 4, oca_group="one")
    waiting(book.ira, gamma, Side.BUY, 3, oca_group="one")

    assert [trade.quantity for trade in waiting_trades(book.ira.household_id, ago(0))] == [4]
    assert seen(look(book.taxable, gamma, Side.SELL, 10).at_risk) == (40,)


def test_a_fill_that_is_not_booked_yet_counts(book: WashBook) -> None:
    gamma = apart(book)
    order = waiting(book.ira, gamma, Side.BUY, 2, filled=Decimal(2), state="filled")
    Execution.objects.create(
        account=order.account, portfolio=book.ira, order=order, instrument=gamma, exec_id="x1",
        side="buy", quantity=Decimal(2), price=Decimal(10), currency="USD", executed_at=timezone.now(),
    )  # fmt: skip

    found = look(book.taxable, gamma, Side.SELL, 10)

    assert seen(found.at_risk) == (20,)
    assert found.traps[0].kind is TrapKind.FILL


def test_a_purchase_by_plan_is_a_trap_until_it_is_paused(book: WashBook) -> None:
    gamma = apart(book)
    plan = monthly(book.ira, gamma)

    warned = look(book.taxable, gamma, Side.SELL, 10)
    plan.is_paused = True
    plan.save()
    paused = look(book.taxable, gamma, Side.SELL, 10)

    assert [(trap.kind, trap.key) for trap in warned.traps] == [(TrapKind.RECURRING, plan.pk)]
    assert warned.wash_words.endswith("First pause the recurring purchase.")
    assert (paused.wash_words, paused.traps) == ("", ())


def test_a_dividend_that_is_reinvested_in_the_ira_is_a_trap_until_it_is_paused(book: WashBook) -> None:
    gamma = apart(book)
    paid = parsed(
        TransactionKind.REINVEST, ago(80), instrument=stock("GAMMA"), quantity=Decimal(1), amount=Decimal(-20)
    )
    transactions_record(portfolio=book.ira, parsed=[paid], source="test")
    book_derive(household_id=book.ira.household_id)

    warned = look(book.taxable, gamma, Side.SELL, 10)
    Portfolio.objects.filter(pk=book.ira.pk).update(reinvestment_paused_on=ago(1))
    paused = look(book.taxable, gamma, Side.SELL, 10)

    assert [(trap.kind, trap.key) for trap in warned.traps] == [(TrapKind.REINVESTMENT, book.ira.pk)]
    assert seen(warned.at_risk) == (10,)
    assert warned.first_free == ago(80) + timedelta(days=91 + 10 + 31)
    assert paused.wash_words == ""


def test_a_sale_at_a_gain_minds_nothing_that_is_planned(book: WashBook) -> None:
    gamma = apart(book)
    waiting(book.ira, gamma, Side.BUY, 4)

    assert look(book.taxable, gamma, Side.SELL, 10, price=Decimal(30)).wash_words == ""


def test_a_purchase_before_it_in_the_same_request_counts(book: WashBook) -> None:
    gamma = apart(book)
    before = OrderBefore(
        portfolio_id=book.ira.pk, instrument_id=gamma.pk, side=Side.BUY, quantity=Decimal(5),
        price=Decimal(10), last_day=ago(0),
    )  # fmt: skip

    found = look(book.taxable, gamma, Side.SELL, 10, before=[before])

    assert seen(found.at_risk) == (50,)
    assert found.traps[0].kind is TrapKind.REQUEST


def test_what_is_identical_counts_as_well(book: WashBook) -> None:
    gamma, twin = apart(book), apart(book, "TWIN")
    identity_group_save(
        household_id=book.taxable.household_id, group_id=uuid7(), name="Twins",
        instrument_ids=[gamma.pk, twin.pk], actor_id=book.ann.pk,
    )  # fmt: skip
    waiting(book.ira, twin, Side.BUY, 3)

    assert seen(look(book.taxable, gamma, Side.SELL, 10).at_risk) == (30,)


# --- A purchase --------------------------------------------------------------------------------------


def test_a_purchase_is_warned_of_an_open_sale_at_a_loss(book: WashBook) -> None:
    gamma = apart(book)
    waiting(book.taxable, gamma, Side.SELL, 10)

    found = look(book.ira, gamma, Side.BUY, 4)

    assert seen(found.deferred, found.at_risk) == (0, 40)
    assert f"the open order to sell 10 GAMMA in {ELSEWHERE}" in found.wash_words


def test_a_purchase_beside_a_sale_at_a_gain_passes(book: WashBook) -> None:
    gamma = apart(book)
    waiting(book.taxable, gamma, Side.SELL, 10, limit_price=Decimal(30))

    assert look(book.ira, gamma, Side.BUY, 4).wash_words == ""


def test_a_purchase_that_washes_nothing_takes_two_queries(
    book: WashBook, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        look(book.taxable, book.beta, Side.BUY, 1, day=ago(-30))


# --- The household's word ----------------------------------------------------------------------------


def test_a_household_may_block_what_washes_a_loss(book: WashBook) -> None:
    asked = look(book.ira, book.beta, Side.BUY, 2)
    WashGuard.objects.create(household=book.ira.household, reaction=WashGuard.Reaction.BLOCK)
    blocked = look(book.ira, book.beta, Side.BUY, 2)

    assert (asked.is_blocked, blocked.is_blocked) == (False, True)
    assert blocked.first_free == ago(-21)
    assert not look(book.ira, book.acme, Side.BUY, 2).is_blocked


# --- Windows -----------------------------------------------------------------------------------------


def test_the_windows_of_the_book_are_a_loss_and_the_purchases_beside_what_is_held(book: WashBook) -> None:
    found = windows_of(book.taxable.household_id, ago(0), ago(-30))

    assert [(one.kind, one.cause, one.instrument_id, one.begins) for one in found] == [
        (WindowKind.NO_LOSS_SALE, WindowCause.BOUGHT, book.acme.pk, ago(14)),
        (WindowKind.NO_BUY, WindowCause.SOLD, book.beta.pk, ago(10)),
        # Ben's BETA paid sixty days ago: the next dividend is expected in twenty-one days at the earliest.
        (WindowKind.NO_LOSS_SALE, WindowCause.PLANNED, book.beta.pk, ago(9)),
    ]
    assert seen(found[1].shares, found[1].at_stake) == (6, 60)


def test_what_was_sold_at_a_loss_is_blocked_until_the_thirtieth_day(book: WashBook) -> None:
    household_id = book.taxable.household_id

    assert blocked_symbols(household_id, ago(-20)) == {book.beta.pk}
    assert blocked_symbols(household_id, ago(-21)) == frozenset()


def test_an_open_sale_at_a_loss_blocks_purchases_and_one_at_a_gain_does_not(book: WashBook) -> None:
    gamma, delta = apart(book), apart(book, "DELTA")
    waiting(book.taxable, gamma, Side.SELL, 10)
    waiting(book.taxable, delta, Side.SELL, 10, limit_price=Decimal(30))

    assert blocked_symbols(book.taxable.household_id, ago(0)) == {book.beta.pk, gamma.pk}


def test_everything_planned_is_told_of_the_whole_household(book: WashBook) -> None:
    gamma = apart(book)
    monthly(book.ira, gamma)
    waiting(book.taxable, gamma, Side.SELL, 10)
    away = PortfolioFactory()
    monthly(away, gamma)

    household_id = book.taxable.household_id
    found = planned_trades(household_id, sale_ledger(household_id), ago(0))

    assert {trade.kind for trade in found} == {
        TrapKind.ORDER, TrapKind.RECURRING, TrapKind.REINVESTMENT
    }  # fmt: skip
    assert {trade.portfolio_id for trade in found} == {book.taxable.pk, book.ira.pk}
