"""What waits at a gateway for its daemon, counted in one statement: it is asked at every nudge."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from trading.engine.orders import PROOFS_OF_ABSENCE

# Only orders that are not over can wait for anything, and those have an index of their own (`order_open`).
STATEMENT = """
SELECT
    count(*) FILTER (WHERE o.state = 'pending'),
    count(*) FILTER (WHERE o.state = 'unknown' AND o.absences >= %(proofs)s AND o.lives = '[]'
        AND o.filled = 0 AND o.cancel_wanted_at IS NULL AND NOT o.is_expired),
    count(*) FILTER (WHERE o.cancel_wanted_at IS NOT NULL AND o.broker_order_id IS NOT NULL
        AND o.state IN ('submitted', 'partially_filled', 'unknown')
        AND (o.cancel_sent_at IS NULL OR o.cancel_sent_at < %(cancel_sent_before)s)),
    count(*) FILTER (WHERE o.wanted IS NOT NULL AND o.wanted -> 'sent_at' IS NULL
        AND o.cancel_wanted_at IS NULL AND o.state IN ('submitted', 'partially_filled')),
    count(*) FILTER (WHERE o.state = 'sending' AND o.sent_at < %(sent_before)s),
    (SELECT order_id_floor FROM gateway_states WHERE id = %(gateway)s)
FROM orders o JOIN broker_accounts a ON a.id = o.account_id
WHERE o.state NOT IN ('filled', 'cancelled', 'rejected') AND a.gateway_id = %(gateway)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many orders wait, by what for, and the highest order number that the gateway's client has used.

    `orders` are new, `absent` ones proven not to be at the broker; `cancels` and `changes` have to be written
    to it; `overdue` ones should have been acknowledged.
    """

    orders: int
    absent: int
    cancels: int
    changes: int
    overdue: int
    floor: int


def work_waiting(gateway_id: UUID, *, cancel_sent_before: datetime, sent_before: datetime) -> Waiting:
    """What waits now: cancellations not written since a moment, and orders sent before another."""
    with connection.cursor() as cursor:
        cursor.execute(
            STATEMENT,
            {
                "gateway": gateway_id, "proofs": PROOFS_OF_ABSENCE,
                "cancel_sent_before": cancel_sent_before, "sent_before": sent_before,
            },
        )  # fmt: skip
        orders, absent, cancels, changes, overdue, floor = cursor.fetchone()
    return Waiting(
        orders=orders, absent=absent, cancels=cancels, changes=changes, overdue=overdue, floor=floor
    )
