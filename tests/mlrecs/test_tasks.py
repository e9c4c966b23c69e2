"""Jobs of intelligence: their queue, their place in the calendar, and a queue that is not there."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from mlrecs import tasks
from mlrecs.engine.training_wishes import TrainingWish
from mlrecs.models import TrainingRun
from mlrecs.selectors.training_runs import LOST_AFTER
from mlrecs.services.training_runs import training_begin
from mlrecs.tasks.models import NO_WORKER
from wealthalloc.celery import SCHEDULE, app

pytestmark = pytest.mark.django_db


def test_every_job_goes_to_the_queue_that_may_load_arrays() -> None:
    jobs = {name for name in app.tasks if name.startswith("mlrecs.")}

    assert {"mlrecs.score_nightly", "mlrecs.score_accounts", "mlrecs.train", "mlrecs.report_drift"} <= jobs
    ways = {name: app.amqp.router.route({}, name)["queue"].name for name in jobs}
    assert {name for name, queue in ways.items() if queue != "ml"} == {"mlrecs.fetch_news"}
    assert ways["mlrecs.fetch_news"] == "sync"


def test_the_calendar_has_scores_drift_challengers_and_resumption() -> None:
    planned = {task for task, _ in SCHEDULE.values()}

    assert {
        "mlrecs.score_nightly", "mlrecs.report_drift", "mlrecs.train_challenger", "mlrecs.resume_trainings",
    } <= planned  # fmt: skip


def test_a_training_whose_worker_was_lost_is_handed_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(tasks.train, "apply_async", sent.append)
    lost, fresh = training_begin(wish=TrainingWish()), training_begin(wish=TrainingWish())
    late = timezone.now() - LOST_AFTER - timedelta(seconds=1)
    TrainingRun.objects.filter(pk=lost.pk).update(state="running", updated_at=late)
    TrainingRun.objects.filter(pk=fresh.pk).update(state="running")

    tasks.resume_trainings()

    assert sent == [(str(lost.pk),)]


def test_the_month_has_a_challenger_of_each_net_with_its_own_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(tasks.train, "apply_async", sent.append)

    tasks.train_challenger()

    now = timezone.now()
    found = {run.settings["name"]: run.settings["seed"] for run in TrainingRun.objects.all()}
    assert found == dict.fromkeys(("lstm", "lstm_masked"), now.year * 100 + now.month)
    assert len(sent) == 2


def test_without_a_queue_a_training_fails_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.train, "apply_async", absent)
    run = training_begin(wish=TrainingWish())

    tasks.enqueue_training(run.pk)

    run.refresh_from_db()
    assert (run.state, run.words) == ("failed", NO_WORKER)
