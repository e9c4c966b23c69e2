"""Trainings that were asked for: whose they are, which still run, and which have lost their worker."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from common.errors import NotFound
from mlrecs.models import TrainingRun

State = TrainingRun.State
AT_WORK = (State.WAITING, State.RUNNING)
# An epoch takes seconds and tells of itself: one that is silent for so long has lost its worker.
LOST_AFTER = timedelta(minutes=3)
SHOWN = 20


def training_runs(user: User) -> QuerySet[TrainingRun]:
    """The trainings that `user` may see, newest first, without their checkpoints."""
    rows = TrainingRun.objects.visible_to(user).defer("checkpoint")
    return rows.select_related("model", "requested_by").defer("model__weights").order_by("-created_at")


def training_run_get(user: User, run_id: UUID) -> TrainingRun:
    """One training. Raises NotFound for one that is not the user's to see."""
    run: TrainingRun | None = training_runs(user).filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such training.", code="not-found")
    return run


def runs_lost(now: datetime) -> QuerySet[TrainingRun]:
    """Trainings whose worker was lost, and those that no worker took up."""
    return TrainingRun.objects.filter(state__in=AT_WORK, updated_at__lte=now - LOST_AFTER).defer("checkpoint")


def may_be_taken(now: datetime) -> Q:
    """Trainings that a worker may take: those that wait, and those whose worker was lost."""
    return Q(state=State.WAITING) | Q(state=State.RUNNING, updated_at__lte=now - LOST_AFTER)
