"""Writing to the audit trail and the outbox, inside the caller's transaction."""

from typing import Any
from uuid import UUID

from django.db import models

from common.models import AuditEvent, OutboxEvent


def audit_record(
    *, actor_id: UUID | None, action: str, subject: models.Model, detail: dict[str, Any]
) -> None:
    """Note that `actor_id` did `action` to `subject`; `detail` must be JSON and hold no secret."""
    AuditEvent.objects.create(
        actor_id=actor_id,
        action=action,
        object_type=subject._meta.db_table,
        object_id=subject.pk,
        detail=detail,
    )


def event_record(*, topic: str, household_id: UUID | None, payload: dict[str, Any]) -> None:
    """Put an event for relays and sockets into the outbox."""
    OutboxEvent.objects.create(topic=topic, household_id=household_id, payload=payload)
