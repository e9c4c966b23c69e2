"""Jobs of harvesting that a worker does."""

from celery import shared_task
from django.utils import timezone

from taxharvest.services.wash_alerts import alerts_follow, alerts_nightly


@shared_task(name="taxharvest.follow_washes")
def follow_washes() -> None:
    """Look at the losses of households whose book, orders or plans have changed."""
    alerts_follow(timezone.now())


@shared_task(name="taxharvest.watch_washes")
def watch_washes() -> None:
    """Look at the losses of every household that has any in the window."""
    alerts_nightly(timezone.now())
