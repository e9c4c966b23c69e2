"""Jobs of harvesting that a worker does."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from taxharvest.services.backtests import backtest_fail, backtest_run

log = logging.getLogger(__name__)

# The only queue whose workers may load arrays.
STATISTICS_QUEUE = "ml"
NO_WORKER = "The queue of the workers cannot be reached, so this was not begun. Try again in a while."


@shared_task(name="taxharvest.run_backtest")
def run_backtest(backtest_id: str) -> None:
    """Make one back-test; the row says how far it is."""
    backtest_run(backtest_id=UUID(backtest_id), now=timezone.now())


def enqueue_backtest(backtest_id: UUID) -> None:
    """Ask a worker to make a back-test; a queue that cannot be reached fails it in words."""
    try:
        run_backtest.apply_async((str(backtest_id),), queue=STATISTICS_QUEUE)
    except OperationalError:
        log.exception("back-test %s: no queue", backtest_id)
        backtest_fail(backtest_id=backtest_id, reason=NO_WORKER)
