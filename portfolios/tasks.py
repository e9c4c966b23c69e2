"""Jobs of the book that a worker does: reading statements and letting them in."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from celery import shared_task
from django.core.cache import cache
from kombu.exceptions import OperationalError

from portfolios.models import ImportRun
from portfolios.selectors.imports import PROGRESS_SECONDS, progress_key
from portfolios.services.import_jobs import import_commit, import_read
from portfolios.services.import_reading import Report
from portfolios.services.imports import import_fail

log = logging.getLogger(__name__)

OUR_FAULT = "Something went wrong on our side while this file was worked on. Nothing was changed; try again."
NO_WORKER = "The queue of the workers cannot be reached, so this file was not read. Try again in a while."
# Statements wait on nobody, but a long one must not hold up what is due at a time.
QUEUE = "sync"
Job = Callable[..., ImportRun]


@shared_task(name="portfolios.read_import")
def read_import(run_id: str) -> None:
    """Read an uploaded file for review."""
    _carry_out(import_read, UUID(run_id))


@shared_task(name="portfolios.commit_import")
def commit_import(run_id: str) -> None:
    """Let a confirmed file into the book."""
    _carry_out(import_commit, UUID(run_id))


def enqueue_reading(run_id: UUID) -> None:
    """Ask a worker to read a file; a queue that cannot be reached fails the run in words."""
    _enqueue(read_import, run_id)


def enqueue_commit(run_id: UUID) -> None:
    """Ask a worker to let a file into the book; a queue that cannot be reached fails the run in words."""
    _enqueue(commit_import, run_id)


def _enqueue(task: Any, run_id: UUID) -> None:
    try:
        task.apply_async([str(run_id)], queue=QUEUE)
    except OperationalError:
        log.exception("import %s: no queue", run_id)
        import_fail(run_id=run_id, reason=NO_WORKER)


def _carry_out(job: Job, run_id: UUID) -> None:
    """Run a job with its progress in the cache; whatever goes wrong, the person is told."""
    try:
        job(run_id=run_id, report=_reporter(run_id))
    except Exception:
        log.exception("import %s failed", run_id)
        import_fail(run_id=run_id, reason=OUR_FAULT)


def _reporter(run_id: UUID) -> Report:
    key = progress_key(run_id)

    def report(stage: str, done: int, total: int) -> None:
        cache.set(key, {"stage": stage, "done": done, "total": total}, PROGRESS_SECONDS)

    return report
