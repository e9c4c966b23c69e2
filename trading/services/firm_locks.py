"""One look at the capital of all accounts at a time."""

from trading.models import RiskLimit


def firm_capital_lock() -> None:
    """Judge one request at a time against the capital of all accounts, where an operator has set that limit.

    Called inside the transaction that keeps the orders, after the accounts' own locks and before the sums are
    read: two accounts that are judged in the same moment would each find room for themselves. Without a
    limit of an operator's nobody waits; the documented default is then judged by what is committed already.
    """
    rows = RiskLimit.objects.select_for_update(no_key=True).filter(account__isnull=True)
    list(rows.filter(firm_capital__isnull=False).values_list("pk"))
