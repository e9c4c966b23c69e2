"""What the broker tells reaches the order, its history and the ledger, each thing once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from common.models import OutboxEvent
from portfolios.engine.records import TransactionKind
from portfolios.models import Disposal, Holding, Lot, Transaction
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import InstrumentFactory, parsed, stock
from tests.factories.trading import BrokerAccountFactory, OrderFactory
from trading.engine.differences import BrokerState
from trading.engine.records import BrokerOrder, ExecutionFacts, OrderState, Side
from trading.models import Execution, KillSwitch, Order, OrderEvent
from trading.selectors.broker_books import book_state
from trading.services.booking import account_book, accounts_to_book
from trading.services.reports import (
    broker_orders_record,
    executions_record,
    order_refused,
    orders_doubt,
    words_record,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def told(order: Order, **changes: object) -> BrokerOrder:
    """The broker says that the order lives, unless told otherwise."""
    said = BrokerOrder(
        order_ref=str(order.pk),
        perm_id=501,
        broker_order_id=7,
        client_id=17,
        account=order.account.code,
        con_id=1,
        symbol=order.instrument.symbol,
        side=Side(order.side),
        quantity=order.quantity,
        filled=Decimal(0),
        state=OrderState.SUBMITTED,
        is_open=True,
        kind="MKT",
        time_in_force="DAY",
    )
    return replace(said, **changes)  # type: ignore[arg-type]


def fill(order: Order, **changes: object) -> ExecutionFacts:
    """Four shares at 12.00, with a dollar of commission, unless told otherwise."""
    facts = ExecutionFacts(
        exec_id="0001.01",
        revision=1,
        order_ref=str(order.pk),
        perm_id=501,
        account=order.account.code,
        con_id=1,
        symbol=order.instrument.symbol,
        currency="USD",
        side=Side(order.side),
        quantity=Decimal(4),
        price=Decimal(12),
        executed_at=NOW,
        commission=Decimal(1),
        commission_currency="USD",
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


@pytest.fixture
def order() -> Order:
    """An order that was written to the broker."""
    made: Order = OrderFactory.create(state=OrderState.SENDING, attempt=1, epoch=1)
    return made


def test_an_order_follows_the_broker_and_writes_its_history_once(order: Order) -> None:
    gateway_id = order.account.gateway_id
    assert broker_orders_record(gateway_id=gateway_id, told=[told(order)], now=NOW) == 1
    assert broker_orders_record(gateway_id=gateway_id, told=[told(order)], now=NOW) == 0
    order.refresh_from_db()
    assert (order.state, order.lives[0]["perm_id"], order.acknowledged_at) == ("submitted", 501, NOW)
    assert list(OrderEvent.objects.values_list("before", "after")) == [("sending", "submitted")]


def test_words_about_an_order_of_another_gateway_change_nothing(order: Order) -> None:
    other = BrokerAccountFactory.create()
    assert broker_orders_record(gateway_id=other.gateway_id, told=[told(order)], now=NOW) == 0
    order.refresh_from_db()
    assert order.state == "sending"


def test_a_fill_before_any_acknowledgement_lowers_what_is_held_back(order: Order) -> None:
    assert executions_record(gateway_id=order.account.gateway_id, told=[fill(order)], now=NOW) == 1
    order.refresh_from_db()
    assert (order.state, order.filled, order.average_price) == ("partially_filled", Decimal(4), Decimal(12))
    assert order.reserved == Decimal(75)


def test_the_same_fill_told_twice_counts_once(order: Order) -> None:
    gateway_id = order.account.gateway_id
    executions_record(gateway_id=gateway_id, told=[fill(order), fill(order)], now=NOW)
    assert executions_record(gateway_id=gateway_id, told=[fill(order)], now=NOW) == 0
    order.refresh_from_db()
    assert (order.filled, Execution.objects.count()) == (Decimal(4), 1)


def test_fills_beyond_what_was_approved_stop_all_trading_at_once(order: Order) -> None:
    fills = [fill(order), fill(order, exec_id="0002.01", quantity=Decimal(6))]
    executions_record(gateway_id=order.account.gateway_id, told=fills, now=NOW)
    assert not KillSwitch.objects.exists()
    more = fill(order, exec_id="0003.01", perm_id=502, quantity=Decimal(1))
    executions_record(gateway_id=order.account.gateway_id, told=[*fills, more], now=NOW)
    stop = KillSwitch.objects.get()
    assert (stop.account, stop.origin, stop.engaged_at, stop.lifted_at) == (None, "control", NOW, None)
    assert stop.reason == (
        "11 shares were filled where 10 were approved. Trading stops until somebody has looked."
    )


def test_fills_of_a_change_on_its_way_are_approved(order: Order) -> None:
    Order.objects.update(wanted={"quantity": "12", "sent_at": NOW.isoformat()})
    told = [fill(order, quantity=Decimal(12))]
    executions_record(gateway_id=order.account.gateway_id, told=told, now=NOW)
    assert not KillSwitch.objects.exists()


def test_two_orders_of_which_one_was_to_end_the_other_stop_trading_when_both_fill(order: Order) -> None:
    Order.objects.update(oca_group="exit")
    named = {"account": order.account, "portfolio": order.portfolio, "instrument": order.instrument}
    other = OrderFactory.create(**named, oca_group="exit", state=OrderState.SENDING, attempt=1, epoch=1)
    gateway_id = order.account.gateway_id
    executions_record(gateway_id=gateway_id, told=[fill(order, quantity=Decimal(7))], now=NOW)
    rest = fill(other, exec_id="0002.01", quantity=Decimal(3))
    executions_record(gateway_id=gateway_id, told=[rest], now=NOW)
    assert not KillSwitch.objects.exists()
    executions_record(gateway_id=gateway_id, told=[fill(other, exec_id="0003.01")], now=NOW)
    assert "have filled both" in KillSwitch.objects.get().reason


def test_a_refused_order_ends_and_holds_nothing_back(order: Order) -> None:
    assert order_refused(order_id=order.pk, code=201, words="No buying power.", now=NOW)
    order.refresh_from_db()
    assert (order.state, order.words, order.reserved) == ("rejected", "No buying power.", Decimal(0))
    assert order.finished_at == NOW


def test_a_doubted_order_keeps_what_is_held_back(order: Order) -> None:
    assert orders_doubt(order_ids=[order.pk], reason="The link was lost.", now=NOW) == 1
    order.refresh_from_db()
    assert (order.state, order.words, order.reserved) == ("unknown", "The link was lost.", Decimal(125))


def test_a_fill_becomes_a_ledger_row_and_a_lot_once(order: Order) -> None:
    executions_record(gateway_id=order.account.gateway_id, told=[fill(order)], now=NOW)
    assert account_book(account_id=order.account_id, now=NOW) == 1
    assert account_book(account_id=order.account_id, now=NOW) == 0
    row = Transaction.objects.get()
    assert (row.kind, row.quantity, row.amount, row.fees) == ("buy", Decimal(4), Decimal(-49), Decimal(1))
    assert row.natural_key == f"ibkr:{order.account.code}:exec:0001.01"
    assert Lot.objects.get().cost == Decimal(49)


def test_a_fill_waits_for_its_commission_but_not_for_ever(order: Order) -> None:
    gateway_id = order.account.gateway_id
    executions_record(gateway_id=gateway_id, told=[fill(order, commission=None)], now=NOW)
    stored = Execution.objects.get().created_at
    assert accounts_to_book(gateway_id, stored + timedelta(seconds=29)) == []
    assert accounts_to_book(gateway_id, stored + timedelta(seconds=31)) == [order.account_id]


def test_a_corrected_fill_takes_back_its_row_and_writes_another(order: Order) -> None:
    gateway_id = order.account.gateway_id
    executions_record(gateway_id=gateway_id, told=[fill(order)], now=NOW)
    account_book(account_id=order.account_id, now=NOW)
    corrected = fill(order, revision=2, quantity=Decimal(3))
    executions_record(gateway_id=gateway_id, told=[corrected], now=NOW)
    account_book(account_id=order.account_id, now=NOW)
    assert Holding.objects.get().quantity == Decimal(3)
    assert Transaction.objects.count() == 3
    order.refresh_from_db()
    assert order.filled == Decimal(3)


def test_a_sale_takes_the_lots_that_the_ticket_named() -> None:
    account = BrokerAccountFactory.create()
    instrument = InstrumentFactory.create(symbol="ACME", household=account.portfolio.household)
    days = [NOW.date() - timedelta(days=30), NOW.date() - timedelta(days=20)]
    bought = [
        parsed(TransactionKind.BUY, day, instrument=stock(), quantity=Decimal(10), amount=-amount)
        for day, amount in zip(days, [Decimal(100), Decimal(200)], strict=True)
    ]
    transactions_record(portfolio=account.portfolio, parsed=bought, source="test")
    book_derive(household_id=account.portfolio.household_id)
    dear = Lot.objects.get(cost=Decimal(200))
    order = OrderFactory.create(
        account=account,
        instrument=instrument,
        side=Side.SELL,
        state=OrderState.SUBMITTED,
        lots=[{"lot_id": str(dear.root_id), "quantity": "10"}],
    )
    fills = [fill(order), fill(order, exec_id="0002.01", quantity=Decimal(6))]
    executions_record(gateway_id=account.gateway_id, told=fills, now=NOW)
    account_book(account_id=account.pk, now=NOW)
    assert {row.lot_id for row in Disposal.objects.all()} == {dear.root_id}
    assert Holding.objects.get().quantity == Decimal(10)
    assert Order.objects.get().state == "filled"


def test_words_and_fills_of_ten_orders_take_a_few_statements_and_one_for_each_order(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    account = BrokerAccountFactory.create()
    orders = [
        OrderFactory.create(
            account=account, portfolio=account.portfolio, state=OrderState.SENDING, attempt=1, epoch=1,
            quantity=Decimal(4),
        )
        for _ in range(10)
    ]  # fmt: skip
    words = [told(order, perm_id=500 + place) for place, order in enumerate(orders)]
    fills = [fill(order, perm_id=500 + place, exec_id=f"{place:04}.01") for place, order in enumerate(orders)]
    # Accounts, names by words and by fills, lock; ten orders, history, news; stored fills, new ones, all of
    # each order; ten orders, history, news.
    with django_assert_num_queries(29):
        words_record(gateway_id=account.gateway_id, told=words, fills=fills, now=NOW)
    assert {order.state for order in Order.objects.all()} == {OrderState.FILLED}
    assert OrderEvent.objects.count() == 20
    assert OutboxEvent.objects.filter(topic="order.changed").count() == 20


def test_a_comparison_leaves_out_a_fill_that_came_after_its_question(order: Order) -> None:
    account = order.account
    executions_record(gateway_id=account.gateway_id, told=[fill(order)], now=NOW)
    silent = BrokerState(accounts=frozenset({account.code}))
    asked = Execution.objects.get().created_at
    before = book_state(account.gateway_id, silent, NOW, since=asked + timedelta(seconds=1))
    assert [one.exec_id for one in before.executions] == ["0001.01"]
    after = book_state(account.gateway_id, silent, NOW, since=asked - timedelta(seconds=1))
    assert (after.executions, after.positions) == ((), {})


def test_an_order_that_has_changed_since_a_question_is_in_motion(order: Order) -> None:
    silent = BrokerState(accounts=frozenset({order.account.code}))
    for seconds, is_in_motion in ((1, False), (0, True), (-1, True)):
        since = order.state_since + timedelta(seconds=seconds)
        (found,) = book_state(order.account.gateway_id, silent, NOW, since=since).orders
        assert found.is_in_motion is is_in_motion
