"""Writing to the audit trail and the outbox, inside the caller's transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import models

from common.models import AuditEvent, OutboxEvent


def audit_event(
    *, actor_id: UUID | None, action: str, subject: models.Model, detail: dict[str, Any]
) -> AuditEvent:
    """A line of the audit trail that is not written yet; see `audit_record`."""
    return AuditEvent(
        actor_id=actor_id,
        action=action,
        object_type=subject._meta.db_table,
        object_id=subject.pk,
        detail=detail,
    )


def audit_record(
    *, actor_id: UUID | None, action: str, subject: models.Model, detail: dict[str, Any]
) -> None:
    """Note that `actor_id` did `action` to `subject`; `detail` must be JSON and hold no secret."""
    audit_event(actor_id=actor_id, action=action, subject=subject, detail=detail).save(force_insert=True)


def audits_write(lines: Sequence[AuditEvent]) -> None:
    """Write several lines of the audit trail in one statement."""
    AuditEvent.objects.bulk_create(lines)


def event_record(*, topic: str, household_id: UUID | None, payload: dict[str, Any]) -> None:
    """Put an event for relays and sockets into the outbox."""
    OutboxEvent.objects.create(topic=topic, household_id=household_id, payload=payload)


def events_write(events: Sequence[OutboxEvent]) -> None:
    """Put several events into the outbox in one statement; they are relayed in this order."""
    OutboxEvent.objects.bulk_create(events)
