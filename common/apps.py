"""Configuration of the ground."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Outbox, audit trail and idempotency keys."""

    name = "common"
    default_auto_field = "django.db.models.BigAutoField"
