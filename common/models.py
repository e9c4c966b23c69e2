"""What every table shares, and the tables that belong to no business noun: outbox, audit, idempotency."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

from common.identifiers import uuid7
from common.money import SCALE

# Django's fields are generic to the type checker alone.
if TYPE_CHECKING:
    DecimalField = models.DecimalField[Any, Any]
    CharField = models.CharField[Any, Any]
else:
    DecimalField, CharField = models.DecimalField, models.CharField


class UUIDModel(models.Model):
    """A row whose key is a UUIDv7: ordered by time, safe to show, no hot sequence."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class TimestampedModel(UUIDModel):
    """A row that knows when it was written and last changed (UTC)."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class MoneyField(DecimalField):
    """numeric(20, 8): amounts, quantities and prices; the currency stands beside it in its own column."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 20)
        kwargs.setdefault("decimal_places", SCALE)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Decimal | None, *_: object) -> Decimal | None:
        """Zero without its exponent (0E-8 would show up in text) and every other value as stored."""
        return Decimal(0) if value is not None and not value else value


class RateField(DecimalField):
    """numeric(24, 12): an exchange rate or another ratio that wants more places than money."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 24)
        kwargs.setdefault("decimal_places", 12)
        super().__init__(*args, **kwargs)


class CurrencyField(CharField):
    """An ISO 4217 code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 3)
        super().__init__(*args, **kwargs)


class OutboxEvent(UUIDModel):
    """Something that happened, written in the transaction that made it happen and relayed afterwards."""

    topic = models.CharField(max_length=60)
    household_id = models.UUIDField(null=True, blank=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    relayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "outbox_events"
        indexes = [
            models.Index(
                fields=["created_at"], name="outbox_waiting", condition=models.Q(relayed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.id}"


class AuditEvent(UUIDModel):
    """Who did what to what, and when. Rows are only ever added."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.UUIDField(null=True, blank=True)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_events"
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
            models.Index(fields=["actor", "-created_at"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"


class IdempotencyKey(TimestampedModel):
    """A client's key for one write: the same key with the same request replays the first answer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_body = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "idempotency_keys"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_user_key")]

    def __str__(self) -> str:
        return self.key
