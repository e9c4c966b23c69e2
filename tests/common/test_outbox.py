"""Relaying the outbox."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from redis import RedisError
from redis.client import PubSub

from common.audit import event_record
from common.models import OutboxEvent
from common.outbox import BATCH, KEPT, events_channel, outbox_clean, outbox_relay
from common.tasks import clean_outbox
from common.valkey import valkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def household() -> UUID:
    return uuid4()


@pytest.fixture
def listener(household: UUID) -> Iterator[PubSub]:
    client: Any = valkey()
    with client.pubsub() as subscription:
        subscription.subscribe(events_channel(household))
        subscription.get_message(timeout=5)
        yield subscription


def heard(listener: PubSub, count: int) -> list[dict[str, object]]:
    messages = [listener.get_message(timeout=5) for _ in range(count)]
    assert listener.get_message() is None
    return [json.loads(message["data"]) for message in messages if message is not None]


def record(household: UUID | None, number: int) -> OutboxEvent:
    event_record(topic="order.filled", household_id=household, payload={"number": number})
    return OutboxEvent.objects.latest("created_at")


def test_waiting_events_are_told_once_and_in_order(household: UUID, listener: PubSub) -> None:
    first, _ = record(household, 1), record(household, 2)
    record(uuid4(), 3)
    record(None, 4)

    assert outbox_relay() == 4
    assert outbox_relay() == 0
    told = heard(listener, 2)
    assert told[0] == {
        "type": "event",
        "id": str(first.pk),
        "topic": "order.filled",
        "at": first.created_at.isoformat(),
        "payload": {"number": 1},
    }
    assert told[1]["payload"] == {"number": 2}
    assert not OutboxEvent.objects.filter(relayed_at__isnull=True).exists()


def test_they_go_by_batches_the_oldest_first(household: UUID, listener: PubSub) -> None:
    OutboxEvent.objects.bulk_create(
        OutboxEvent(topic="order.filled", household_id=household, payload={"number": number})
        for number in range(BATCH + 1)
    )
    assert outbox_relay() == BATCH
    assert [one["payload"] for one in heard(listener, BATCH)] == [{"number": n} for n in range(BATCH)]
    assert outbox_relay() == 1


def test_what_cannot_be_told_waits(household: UUID, listener: PubSub, settings: Any) -> None:
    record(household, 1)
    reachable, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1"
    with pytest.raises(RedisError):
        outbox_relay()
    assert OutboxEvent.objects.filter(relayed_at__isnull=True).count() == 1

    settings.REDIS_URL = reachable
    assert outbox_relay() == 1
    assert len(heard(listener, 1)) == 1


def test_what_was_told_long_ago_goes_and_what_waits_stays() -> None:
    now = timezone.now()
    old, fresh, waiting = (record(None, number) for number in range(3))
    OutboxEvent.objects.filter(pk=old.pk).update(relayed_at=now - KEPT - timedelta(seconds=1))
    OutboxEvent.objects.filter(pk=fresh.pk).update(relayed_at=now - KEPT + timedelta(seconds=1))
    OutboxEvent.objects.filter(pk=waiting.pk).update(created_at=now - 10 * KEPT)

    assert outbox_clean(now=now) == 1
    assert set(OutboxEvent.objects.all()) == {fresh, waiting}
    clean_outbox()
    assert OutboxEvent.objects.count() == 2
