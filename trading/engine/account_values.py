"""What the lines of a broker's summary say about cash, by account and currency."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from trading.engine.records import AccountValue

# The lines of a ledger by currency; the one in BASE adds the others up.
LEDGER_CASH, SUM_OF_LEDGER = "CashBalance", "BASE"
CASH = "TotalCashValue"


def cash_told(values: Iterable[AccountValue]) -> dict[tuple[str, str], Decimal]:
    """Cash by account and currency: of the ledger by currency, or the total where there is no such ledger."""
    ledger: dict[tuple[str, str], Decimal] = {}
    totals: dict[tuple[str, str], Decimal] = {}
    for value in values:
        amount = _amount(value)
        if amount is None or not value.currency:
            continue
        if value.tag == LEDGER_CASH and value.currency != SUM_OF_LEDGER:
            ledger[value.account, value.currency] = amount
        elif value.tag == CASH:
            totals[value.account, value.currency] = amount
    detailed = {account for account, _ in ledger}
    return {key: amount for key, amount in totals.items() if key[0] not in detailed} | ledger


def tells_ledger(values: Iterable[AccountValue], account: str) -> bool:
    """Whether the broker tells cash of the account by currency."""
    return any(value.account == account and value.tag == LEDGER_CASH for value in values)


def _amount(value: AccountValue) -> Decimal | None:
    """The number of a line; None for a line that says something else."""
    try:
        amount = Decimal(value.value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
