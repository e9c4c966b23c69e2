"""Relaying the outbox: what was written with a change is told to whoever listens, at least once, in order."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from common.models import OutboxEvent
from common.transactions import write_transaction
from common.valkey import valkey

BATCH = 200
KEPT = timedelta(days=7)
CLEANED_AT_ONCE = 5_000


def events_channel(household_id: UUID | str) -> str:
    """Where the events of a household are told."""
    return f"wealthalloc:events:{household_id}"


def outbox_relay() -> int:
    """Tell the oldest waiting events and mark them as told; returns how many there were.

    The rows are locked first, so of two relays the second finds them told. They are marked after the
    telling: a relay that is killed between the two tells them again, and none is lost. A Valkey that cannot
    be reached (RedisError) leaves them waiting.
    """
    if not OutboxEvent.objects.filter(relayed_at__isnull=True).exists():
        return 0
    return _relay()


@write_transaction
def _relay() -> int:
    events = list(
        OutboxEvent.objects.select_for_update()
        .filter(relayed_at__isnull=True)
        .order_by("created_at", "id")[:BATCH]
    )
    with valkey().pipeline(transaction=False) as pipeline:
        for event in events:
            if event.household_id is not None:
                pipeline.publish(events_channel(event.household_id), event_text(event))
        pipeline.execute()
    OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(relayed_at=timezone.now())
    return len(events)


def event_text(event: OutboxEvent) -> str:
    """An event as it is told: JSON with its id (the same when it is told again), topic, time and payload."""
    return json.dumps(
        {
            "type": "event",
            "id": str(event.pk),
            "topic": event.topic,
            "at": event.created_at.isoformat(),
            "payload": event.payload,
        },
        separators=(",", ":"),
    )


def outbox_clean(*, now: datetime) -> int:
    """Remove events that were told longer ago than they are kept (seven days); returns how many.

    What still waits stays, however old. Some thousands go at a time, each in a transaction of its own.
    """
    old = OutboxEvent.objects.filter(relayed_at__lt=now - KEPT)
    total = 0
    while keys := list(old.values_list("pk", flat=True)[:CLEANED_AT_ONCE]):
        total += OutboxEvent.objects.filter(pk__in=keys).delete()[0]
    return total
