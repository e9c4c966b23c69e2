"""One look at the capital of all accounts at a time."""

from django.db import connection

LOCK = """
SELECT id FROM risk_limits WHERE account_id IS NULL AND firm_capital IS NOT NULL FOR NO KEY UPDATE
"""


def firm_capital_lock() -> None:
    """Judge one request at a time against the capital of all accounts, where an operator has set that limit.

    Called inside the transaction that keeps the orders, after the accounts' own locks and before the sums are
    read: two accounts that are judged in the same moment would each find room for themselves. Without a
    limit of an operator's nobody waits; the documented default is then judged by what is committed already.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
