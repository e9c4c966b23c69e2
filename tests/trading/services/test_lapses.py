"""Orders that waited too long are cancelled with their reason, and nothing of them is sent or held back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from common.build import build_digest
from common.models import OutboxEvent
from tests.factories.trading import BrokerAccountFactory, OrderFactory
from trading import tasks
from trading.engine.records import OrderState, TimeInForce
from trading.models import BrokerAccount, Contract, Order
from trading.services.gateways import gateway_take
from trading.services.lapses import orders_lapse
from trading.services.leases import orders_lease
from trading.services.market_hours import session_end

pytestmark = pytest.mark.django_db
# A Monday, at ten in the morning in New York.
PLACED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATER = PLACED + timedelta(minutes=16)
TOO_LONG = "It could not be sent within 15 minutes, and the price may be another by now."


@pytest.fixture
def account() -> BrokerAccount:
    made: BrokerAccount = BrokerAccountFactory.create()
    return made


def waiting(account: BrokerAccount, placed: datetime = PLACED, **facts: Any) -> Order:
    """An order that has waited here since a moment, as this build accepted it."""
    order: Order = OrderFactory.create(account=account, build=build_digest(), **facts)
    Order.objects.filter(pk=order.pk).update(created_at=placed)
    Contract.objects.create(
        gateway=account.gateway, instrument=order.instrument, con_id=4815, symbol="ACME", currency="USD"
    )
    return order


def state_of(order: Order) -> tuple[str, str, Decimal]:
    """How the order stands, why, and what it still holds back."""
    order.refresh_from_db()
    return order.state, order.words, order.reserved


def test_an_order_that_waited_too_long_is_cancelled_and_frees_what_it_held_back(
    account: BrokerAccount,
) -> None:
    old, young = waiting(account), waiting(account, LATER)
    assert orders_lapse(now=LATER) == 1
    assert state_of(old) == (OrderState.CANCELLED, TOO_LONG, Decimal(0))
    assert state_of(young) == (OrderState.PENDING, "", Decimal(125))
    assert [event.words for event in old.events.all()] == [TOO_LONG]
    assert OutboxEvent.objects.get(topic="order.changed").payload["state"] == "cancelled"
    assert orders_lapse(now=LATER) == 0


def test_a_daemon_that_comes_back_sends_none_that_waited_too_long(account: BrokerAccount) -> None:
    old, young = waiting(account), waiting(account, LATER)
    epoch = gateway_take(gateway_id=account.gateway_id, holder="one", now=LATER)
    assert epoch is not None
    leased = orders_lease(gateway_id=account.gateway_id, epoch=epoch, numbers=[1, 2], now=LATER)
    assert [(one.order_id, one.broker_order_id) for one in leased] == [(young.pk, 1)]
    assert state_of(old) == (OrderState.CANCELLED, TOO_LONG, Decimal(0))


def test_a_day_order_does_not_become_one_of_the_next_session(account: BrokerAccount) -> None:
    # Late hours in New York end at eight in the evening.
    placed = datetime(2026, 3, 3, 0, 55, tzinfo=UTC)
    day = waiting(account, placed)
    longer = waiting(account, placed, time_in_force=TimeInForce.GOOD_TILL_CANCELLED)
    assert orders_lapse(now=placed + timedelta(minutes=6)) == 1
    assert state_of(day)[:2] == ("cancelled", "The session that it was for ended before it could be sent.")
    assert state_of(longer)[0] == OrderState.PENDING


def test_what_waits_for_another_order_goes_with_it(account: BrokerAccount) -> None:
    parent = waiting(account)
    child = waiting(account, LATER, parent=parent, time_in_force=TimeInForce.GOOD_TILL_CANCELLED)
    assert orders_lapse(now=LATER) == 2
    assert state_of(child)[:2] == (OrderState.CANCELLED, TOO_LONG)


def test_an_order_that_may_be_at_the_broker_is_never_given_up_by_the_clock(account: BrokerAccount) -> None:
    sending = waiting(account, state=OrderState.SENDING, attempt=1, epoch=1)
    assert orders_lapse(now=LATER + timedelta(days=30)) == 0
    assert state_of(sending)[0] == OrderState.SENDING


def test_how_long_is_a_setting_and_the_schedule_looks(account: BrokerAccount, settings: Settings) -> None:
    order = waiting(account, time_in_force=TimeInForce.GOOD_TILL_CANCELLED)
    settings.ORDER_PENDING_SECONDS = 60
    tasks.lapse_orders()
    assert state_of(order)[1] == "It could not be sent within 1 minute, and the price may be another by now."


def test_a_session_ends_with_its_late_hours_and_there_is_none_at_night() -> None:
    assert session_end(PLACED) == datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
    assert session_end(datetime(2026, 3, 2, 6, 0, tzinfo=UTC)) is None
