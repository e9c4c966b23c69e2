"""Jobs that measure risk: every account nightly, and one that somebody asks about."""

import logging
from datetime import date
from uuid import UUID

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError

from mlrecs.selectors.risk_reports import accounts_measured, asked_key
from mlrecs.services.risk_reports import risk_measure
from trading.engine.market_days import is_market_day, market_today

log = logging.getLogger(__name__)

QUEUE = "ml"
# Accounts that one job measures: some ten seconds of one core.
BATCH = 100


@shared_task(name="mlrecs.measure_risks")
def measure_risks() -> None:
    """Share out every open account among the workers, on days on which New York trades."""
    day = market_today(timezone.now())
    if is_market_day(day):
        keys = [str(key) for key in accounts_measured()]
        for start in range(0, len(keys), BATCH):
            measure_risk_batch.apply_async((keys[start : start + BATCH], day.isoformat()), queue=QUEUE)


@shared_task(name="mlrecs.measure_risk_batch")
def measure_risk_batch(portfolio_ids: list[str], day: str) -> None:
    """Measure some accounts; one that goes wrong is logged and the others are measured all the same."""
    for key in portfolio_ids:
        try:
            risk_measure(portfolio_id=UUID(key), day=date.fromisoformat(day))
        except Exception:
            log.exception("risk of %s on %s could not be measured", key, day)


@shared_task(name="mlrecs.measure_risk")
def measure_risk(portfolio_id: str, day: str) -> None:
    """Measure one account."""
    risk_measure(portfolio_id=UUID(portfolio_id), day=date.fromisoformat(day))


def enqueue_risk(portfolio_id: UUID) -> bool:
    """Ask a worker to measure an account today; False when the queue cannot be reached."""
    try:
        measure_risk.apply_async((str(portfolio_id), market_today(timezone.now()).isoformat()), queue=QUEUE)
    except OperationalError:
        log.exception("risk of %s: no queue", portfolio_id)
        cache.delete(asked_key(portfolio_id))
        return False
    return True
