"""Jobs of harvesting and rebalancing that a worker does."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.errors import DomainError
from taxharvest.services.rebalances import rebalance_fail, rebalance_run

log = logging.getLogger(__name__)

OUR_FAULT = "Something went wrong on our side while the plans were worked out. Nothing was traded; ask again."
NO_WORKER = "The queue of the workers cannot be reached, so no plan was worked out. Ask again in a while."
# The one queue whose workers may load a solver.
SOLVERS = "ml"


@shared_task(name="taxharvest.plan_rebalance")
def plan_rebalance(rebalance_id: str) -> None:
    """Work out both plans of a rebalancing; whatever goes wrong, the person is told."""
    from taxharvest.quant.rebalance.convex import optimised  # noqa: PLC0415 - a solver, for workers alone

    try:
        rebalance_run(UUID(rebalance_id), timezone.now(), optimised)
    except DomainError as refusal:
        rebalance_fail(UUID(rebalance_id), refusal.detail, timezone.now())
    except Exception:
        log.exception("rebalance %s failed", rebalance_id)
        rebalance_fail(UUID(rebalance_id), OUR_FAULT, timezone.now())


def enqueue_rebalance(rebalance_id: UUID) -> None:
    """Ask a worker for the plans; a queue that cannot be reached fails the rebalancing in words."""
    try:
        plan_rebalance.apply_async((str(rebalance_id),), queue=SOLVERS)
    except OperationalError:
        log.exception("rebalance %s: no queue", rebalance_id)
        rebalance_fail(rebalance_id, NO_WORKER, timezone.now())
