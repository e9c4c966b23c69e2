"""Jobs of trading that a worker does: asking brokers, and fetching their statements."""

from typing import Any
from uuid import UUID

from celery import Task, shared_task
from django.utils import timezone

from trading.selectors.book_states import accounts_of, gateways_to_sync
from trading.services.broker_sync import gateway_sync
from trading.services.lapses import orders_lapse
from trading.services.nightly_statements import accounts_with_statements, statement_fetch

# Waits on brokers, so that nothing else waits behind it.
QUEUE = "sync"
HISTORY_DAYS = 10
STATEMENT_ATTEMPTS = 4


@shared_task(name="trading.sync_gateways")
def sync_gateways() -> None:
    """Ask every gateway whose daemon is up."""
    for gateway in gateways_to_sync():
        sync_gateway.apply_async((str(gateway.pk),), queue=QUEUE)


@shared_task(name="trading.sync_histories")
def sync_histories() -> None:
    """Ask every gateway whose daemon is up, for the closes of the last days too."""
    for gateway in gateways_to_sync():
        sync_gateway.apply_async((str(gateway.pk), HISTORY_DAYS), queue=QUEUE)


@shared_task(name="trading.sync_gateway")
def sync_gateway(gateway_id: str, history_days: int = 0) -> None:
    """Take in what one gateway tells, and compare; the run says how it went."""
    for gateway in gateways_to_sync():
        if str(gateway.pk) == gateway_id:
            gateway_sync(
                gateway=gateway,
                accounts=accounts_of(gateway.pk),
                cause="schedule",
                now=timezone.now(),
                history_days=history_days,
            )


@shared_task(name="trading.lapse_orders")
def lapse_orders() -> None:
    """Give up the orders that waited too long to be sent."""
    orders_lapse(now=timezone.now())


@shared_task(name="trading.fetch_statements")
def fetch_statements() -> None:
    """Fetch the statement of every account that has a Flex query."""
    for account_id in accounts_with_statements():
        fetch_statement.apply_async((str(account_id),), queue=QUEUE)


@shared_task(name="trading.fetch_statement", bind=True, max_retries=STATEMENT_ATTEMPTS - 1)
def fetch_statement(self: "Task[Any, Any]", account_id: str) -> None:
    """Fetch one statement; one that is not ready is asked for again when the service said."""
    _, seconds = statement_fetch(account_id=UUID(account_id), now=timezone.now())
    if seconds and self.request.retries < STATEMENT_ATTEMPTS - 1:
        raise self.retry(countdown=seconds, queue=QUEUE)
