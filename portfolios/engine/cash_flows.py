"""What a ledger does to cash, and what of it comes from outside: the inputs of valuation and performance."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from portfolios.engine.records import TransactionKind, TransactionRecord

EXTERNAL = frozenset(
    {
        TransactionKind.DEPOSIT,
        TransactionKind.WITHDRAWAL,
        TransactionKind.TRANSFER_IN,
        TransactionKind.TRANSFER_OUT,
        TransactionKind.OPENING,
        TransactionKind.GIFT,
        TransactionKind.INHERITANCE,
    }
)


class CashChange(NamedTuple):
    """Cash that came (positive) or went on a day, in its own currency."""

    day: date
    currency: str
    amount: Decimal


class ExternalFlow(NamedTuple):
    """Capital that crosses the border of an account: cash, or `quantity` of an instrument in kind."""

    day: date
    currency: str
    amount: Decimal
    instrument_id: UUID | None = None
    quantity: Decimal = Decimal(0)


def cash_changes(transactions: Iterable[TransactionRecord]) -> list[CashChange]:
    """Every change of cash in the ledger, both legs of an exchange included.

    `transactions` are rows in effect: a reversed row and its reversal are both left out by the caller.
    """
    changes: list[CashChange] = []
    for row in transactions:
        if row.amount:
            changes.append(CashChange(row.trade_date, row.currency, row.amount))
        if row.counter_amount:
            changes.append(CashChange(row.trade_date, row.counter_currency, row.counter_amount))
    return changes


def external_flows(transactions: Iterable[TransactionRecord]) -> list[ExternalFlow]:
    """Deposits, withdrawals, transfers, gifts, inheritances and opening positions as flows.

    A fee inside such a row is a cost of the account and no flow, so it is added back to the amount.
    `transactions` are rows in effect, as for `cash_changes`.
    """
    flows: list[ExternalFlow] = []
    for row in transactions:
        if row.kind not in EXTERNAL:
            continue
        cash = row.amount + row.fees
        if cash:
            flows.append(ExternalFlow(row.trade_date, row.currency, cash))
        if row.instrument_id is not None and row.quantity:
            flows.append(
                ExternalFlow(row.trade_date, row.currency, Decimal(0), row.instrument_id, row.quantity)
            )
    return flows
