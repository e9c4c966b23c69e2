"""One daemon owns a gateway, and an overtaken one cannot write any more."""

from datetime import UTC, datetime, timedelta

import pytest

from common.models import OutboxEvent
from tests.factories.trading import BrokerAccountFactory, GatewayFactory
from trading.models import Gateway
from trading.services.gateways import (
    FencedOut,
    gateway_beat,
    gateway_fence,
    gateway_release,
    gateway_state_set,
    gateway_take,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def test_a_held_gateway_is_not_taken_until_its_owner_falls_silent() -> None:
    gateway = GatewayFactory.create()
    assert gateway_take(gateway_id=gateway.pk, holder="one", now=NOW) == 1
    assert gateway_take(gateway_id=gateway.pk, holder="two", now=NOW + timedelta(seconds=14)) is None
    assert gateway_take(gateway_id=gateway.pk, holder="two", now=NOW + timedelta(seconds=16)) == 2


def test_an_overtaken_daemon_can_neither_beat_nor_write() -> None:
    gateway = GatewayFactory.create()
    gateway_take(gateway_id=gateway.pk, holder="one", now=NOW)
    later = NOW + timedelta(seconds=16)
    gateway_take(gateway_id=gateway.pk, holder="two", now=later)
    with pytest.raises(FencedOut):
        gateway_beat(gateway_id=gateway.pk, epoch=1, now=later)
    with pytest.raises(FencedOut):
        gateway_fence(gateway.pk, 1)
    assert gateway_fence(gateway.pk, 2).holder == "two"


def test_a_released_gateway_is_free_at_once() -> None:
    gateway = GatewayFactory.create()
    gateway_take(gateway_id=gateway.pk, holder="one", now=NOW)
    gateway_release(gateway_id=gateway.pk, epoch=1, now=NOW)
    assert gateway_take(gateway_id=gateway.pk, holder="two", now=NOW) == 2


def test_a_change_of_state_is_told_to_every_account_behind_it() -> None:
    account = BrokerAccountFactory.create()
    BrokerAccountFactory.create()  # behind another gateway
    gateway_take(gateway_id=account.gateway_id, holder="one", now=NOW)
    gateway_state_set(
        gateway_id=account.gateway_id, epoch=1, state=Gateway.State.READY, words="Ready.", now=NOW
    )
    event = OutboxEvent.objects.get(topic="gateway.state")
    assert event.household_id == account.portfolio.household_id
    assert event.payload == {
        "gateway": str(account.gateway_id),
        "state": "ready",
        "portfolio": str(account.portfolio_id),
    }


def test_an_orderly_end_is_told_and_one_of_an_overtaken_daemon_is_not() -> None:
    account = BrokerAccountFactory.create()
    gateway_take(gateway_id=account.gateway_id, holder="one", now=NOW)
    gateway_release(gateway_id=account.gateway_id, epoch=0, now=NOW)
    assert not OutboxEvent.objects.filter(topic="gateway.state").exists()
    gateway_release(gateway_id=account.gateway_id, epoch=1, now=NOW)
    assert OutboxEvent.objects.get(topic="gateway.state").payload["state"] == "down"
