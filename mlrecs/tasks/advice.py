"""Looking for advice every night, measuring what it is worth every month, and ending what is over."""

import logging
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.errors import Conflict
from mlrecs.selectors.advice_facts import advisable
from mlrecs.selectors.evidence import evidence_since
from mlrecs.services.advice import AdviceTools, advice_look
from mlrecs.services.advice_evidence import evidence_measure
from mlrecs.services.advice_looks import looks_ask, looks_unask
from mlrecs.services.outcomes import outcomes_record
from mlrecs.services.recommendations import recommendations_follow

log = logging.getLogger(__name__)
QUEUE = "ml"
# Advice is measured anew once a month.
MEASURED = timedelta(days=28)
NO_WORKER = "The queue of the workers cannot be reached, so this was not begun. Try again in a while."


def advice_tools() -> AdviceTools:
    """What works on arrays; loading it takes seconds, so only workers and commands ask for it."""
    from mlrecs.quant.optimise.answers import answered  # noqa: PLC0415
    from mlrecs.quant.optimise.overlap import overlapping  # noqa: PLC0415
    from mlrecs.quant.optimise.ranks import ranked  # noqa: PLC0415

    return AdviceTools(answer=answered, ranked=ranked, overlapping=overlapping)


@shared_task(name="mlrecs.recommend_nightly")
def recommend_nightly() -> None:
    """Look for advice in every open account, each in a job of its own; keep what became of earlier advice."""
    outcomes_record(timezone.now())
    for portfolio_id in advisable().values_list("pk", flat=True):
        look_for_advice.apply_async((str(portfolio_id),), queue=QUEUE)


@shared_task(name="mlrecs.look_for_advice")
def look_for_advice(portfolio_id: str) -> None:
    """Look for advice in one account."""
    advice_look(UUID(portfolio_id), timezone.now(), advice_tools())


@shared_task(name="mlrecs.measure_advice")
def measure_advice() -> None:
    """Measure what advice is worth, unless that was done within the month."""
    from mlrecs.quant.optimise.evidence import advice_evidence  # noqa: PLC0415 - arrays, for workers alone

    now = timezone.now()
    if not evidence_since(now - MEASURED):
        evidence_measure(now, advice_evidence)


@shared_task(name="mlrecs.follow_recommendations")
def follow_recommendations() -> None:
    """End what nobody decided about, and wake what was put off."""
    recommendations_follow(timezone.now())


def enqueue_advice(household_id: UUID) -> None:
    """Ask workers to look through a household's accounts.

    Raises Conflict where that is under way or was done minutes ago, and where the queue is not reached.
    """
    asked = looks_ask(household_id, timezone.now())
    try:
        for portfolio_id in asked:
            look_for_advice.apply_async((str(portfolio_id),), queue=QUEUE)
    except OperationalError as failure:
        looks_unask(household_id)
        log.exception("advice for %s: no queue", household_id)
        raise Conflict(NO_WORKER, code="no-worker") from failure
