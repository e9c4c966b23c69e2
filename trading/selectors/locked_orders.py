"""Orders as the rules step them, with what belongs to each, locked for the one who writes."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from common.joined_rows import models_of, part_of
from portfolios.models import Portfolio
from trading.models import BrokerAccount, Order

# Long, sealed, or both, and of no use to a step.
LEFT_OUT = frozenset(("verdicts", "flex_token"))
# All that the broker says goes through it.
LOCKED = """
SELECT {order}, {account}, {portfolio}
FROM orders o JOIN broker_accounts a ON a.id = o.account_id JOIN portfolios p ON p.id = o.portfolio_id
WHERE o.id = ANY(%s) ORDER BY o.id FOR NO KEY UPDATE OF o
"""


def orders_lock(ids: Sequence[UUID]) -> dict[UUID, Order]:
    """The orders with these keys, locked in one order so that two transactions never wait for each other.

    Each with its account, its portfolio and the order that it waits for.
    """
    if not ids:
        return {}
    parts = part_of(Order, "o", LEFT_OUT), part_of(BrokerAccount, "a", LEFT_OUT), part_of(Portfolio, "p")
    order, account, portfolio = (part.columns for part in parts)
    with connection.cursor() as cursor:
        cursor.execute(LOCKED.format(order=order, account=account, portfolio=portfolio), [list(ids)])
        rows = cursor.fetchall()
    found: dict[UUID, Order] = {}
    for row in rows:
        one, one.account, one.portfolio = models_of(row, *parts)
        found[one.pk] = one
    waiting = [one for one in found.values() if one.parent_id is not None]
    if waiting:
        parents = Order.objects.defer("verdicts").in_bulk([one.parent_id for one in waiting])
        for one in waiting:
            one.parent = parents[one.parent_id]
    return found
