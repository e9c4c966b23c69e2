"""The calendar of the workers: every job of it can be done."""

import pytest

from tests.taxharvest.scan_book import scan_book
from wealthalloc.celery import SCHEDULE, app

app.loader.import_default_modules()
# They learn for half a minute; `tests/mlrecs/test_tasks.py` does them on less.
LEARNING = {"mlrecs.measure_advice", "mlrecs.score_nightly"}


@pytest.mark.django_db
@pytest.mark.parametrize("task", sorted({task for task, _ in SCHEDULE.values()} - LEARNING))
def test_every_job_of_the_calendar_is_done_on_a_book(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scan_book(monkeypatch)
    # What a job hands on to other workers is not done here.
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *_, **__: None)
    app.tasks[task].run()
