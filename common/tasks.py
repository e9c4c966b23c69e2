"""Jobs of the ground that a worker does."""

from celery import shared_task
from django.utils import timezone

from common.outbox import outbox_clean


@shared_task(name="common.clean_outbox")
def clean_outbox() -> None:
    """Remove events that were told long ago."""
    outbox_clean(now=timezone.now())
