"""Trainings, the monthly challenger and the weekly reports of drift; one thread each, in the queue `ml`."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from mlrecs.engine.model_catalogue import LEARNERS
from mlrecs.engine.training_wishes import TrainingWish
from mlrecs.selectors.training_runs import runs_lost
from mlrecs.services.drift import drift_reports_make
from mlrecs.services.training_runs import training_begin, training_fail, training_make
from trading.engine.market_days import market_today

log = logging.getLogger(__name__)

NO_WORKER = "The queue of the workers cannot be reached, so this was not begun. Let it go on in a while."


@shared_task(name="mlrecs.train")
def train(run_id: str) -> None:
    """Make one training, or go on with it; the row says how far it is."""
    training_make(run_id=UUID(run_id), now=timezone.now())


@shared_task(name="mlrecs.resume_trainings")
def resume_trainings() -> None:
    """Let workers go on with trainings whose worker was killed, or that nobody took up."""
    for run in runs_lost(timezone.now()):
        train.apply_async((str(run.pk),))


@shared_task(name="mlrecs.train_challenger")
def train_challenger() -> None:
    """Train a challenger of each net with a seed of the month; what it is worth the evaluation says."""
    now = timezone.now()
    for name in LEARNERS:
        run = training_begin(wish=TrainingWish(name=name, seed=now.year * 100 + now.month))
        train.apply_async((str(run.pk),))


@shared_task(name="mlrecs.report_drift")
def report_drift() -> None:
    """Judge how far the world has moved from every model that scores."""
    drift_reports_make(today=market_today(timezone.now()))


def enqueue_training(run_id: UUID) -> None:
    """Ask a worker for a training; a queue that cannot be reached fails it in words."""
    try:
        train.apply_async((str(run_id),))
    except OperationalError:
        log.exception("training %s: no queue", run_id)
        training_fail(run_id=run_id, words=NO_WORKER)
