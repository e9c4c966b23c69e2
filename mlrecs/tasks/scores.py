"""Scores that are wanted at once, after trainings that they wait for."""

import logging
from collections.abc import Sequence
from uuid import UUID

from celery import chain
from kombu.exceptions import OperationalError

from mlrecs.tasks.anomalies import score_nightly
from mlrecs.tasks.models import train

log = logging.getLogger(__name__)


def enqueue_scores(run_ids: Sequence[UUID]) -> None:
    """Ask workers for these trainings, one after the other, and then for all scores."""
    steps = [*(train.si(str(key)) for key in run_ids), score_nightly.si()]
    try:
        chain(*steps).apply_async()
    except OperationalError:
        log.warning("scores wait for the night: no queue")
