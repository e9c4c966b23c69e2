"""News of a gateway or a stop, told to everybody whose account it concerns."""

from typing import Any

from django.db.models import QuerySet

from common.models import OutboxEvent
from trading.models import BrokerAccount


def accounts_tell(topic: str, accounts: QuerySet[BrokerAccount], payload: dict[str, Any]) -> None:
    """Put an event for each of the accounts into the outbox, in the caller's transaction.

    Each names its account: whoever may see one account of a household hears of that one alone.
    """
    rows = accounts.order_by("pk").values_list("portfolio__household_id", "portfolio_id")
    OutboxEvent.objects.bulk_create(
        OutboxEvent(
            topic=topic, household_id=household_id, payload={**payload, "portfolio": str(portfolio_id)}
        )
        for household_id, portfolio_id in rows
    )
