"""What the lines of a broker's summary say about accounts: cash by currency, buying power, worth."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from trading.engine.records import AccountValue

# The lines of a ledger by currency; the one in BASE adds the others up.
LEDGER_CASH, SUM_OF_LEDGER = "CashBalance", "BASE"
CASH, BUYING_POWER, WORTH = "TotalCashValue", "BuyingPower", "NetLiquidation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFigures:
    """The figures of one account in its own currency; None where the broker did not say."""

    currency: str
    cash: Decimal | None = None
    buying_power: Decimal | None = None
    net_liquidation: Decimal | None = None


def account_figures(values: Iterable[AccountValue]) -> dict[str, AccountFigures]:
    """The figures of every account that the lines name."""
    told: dict[str, dict[str, AccountValue]] = {}
    for value in values:
        lines = told.setdefault(value.account, {})
        if value.tag in (CASH, BUYING_POWER, WORTH):
            lines[value.tag] = value
    return {account: _figures(lines) for account, lines in told.items()}


def _figures(lines: dict[str, AccountValue]) -> AccountFigures:
    currency = next((line.currency for line in lines.values() if line.currency), "")
    return AccountFigures(
        currency=currency,
        cash=_amount(lines.get(CASH)),
        buying_power=_amount(lines.get(BUYING_POWER)),
        net_liquidation=_amount(lines.get(WORTH)),
    )


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


def _amount(value: AccountValue | None) -> Decimal | None:
    """The number of a line; None for a line that is missing or says something else."""
    try:
        amount = Decimal(value.value) if value else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() else None
