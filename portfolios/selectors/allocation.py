"""How a scope's value is spread, from its positions and cash at the last closes."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from portfolios.engine.allocation import Allocation, AllocationBy, AllocationPart, allocate
from portfolios.models import Instrument
from portfolios.selectors.holdings import CashLine, HoldingLine, HoldingTable, holding_table
from portfolios.selectors.scopes import Scope


def allocation_of(scope: Scope, as_of: date, by: AllocationBy) -> Allocation:
    """The allocation of a scope on its last valued day."""
    return allocation_of_table(holding_table(scope, as_of), by)


def allocation_of_table(table: HoldingTable, by: AllocationBy) -> Allocation:
    """The allocation of positions and cash that were read already."""
    parts = [*map(_position, table.lines), *map(_cash, table.cash)]
    return allocate(parts, by=by, currency=table.currency)


def allocation_by_class(
    lines: Iterable[HoldingLine], cash: Mapping[UUID, Decimal | None], scope: Scope
) -> Allocation:
    """By asset class, from positions and each account's cash in the scope's currency."""
    parts = [_position(line) for line in lines]
    for key, amount in cash.items():
        if amount is None or amount:
            parts.append(_cash_of(key, scope.names[key], scope.currency, amount))
    return allocate(parts, by=AllocationBy.ASSET_CLASS, currency=scope.currency)


def _position(line: HoldingLine) -> AllocationPart:
    return AllocationPart(
        instrument_id=line.instrument_id,
        name=line.symbol,
        asset_class=line.asset_class_label,
        sector=line.sector,
        currency=line.currency,
        account_id=line.portfolio_id or line.instrument_id,
        account=line.account,
        value=line.value_base,
    )


def _cash(line: CashLine) -> AllocationPart:
    return _cash_of(line.portfolio_id, line.account, line.currency, line.amount_base)


def _cash_of(account_id: UUID, account: str, currency: str, amount: Decimal | None) -> AllocationPart:
    return AllocationPart(
        instrument_id=None,
        name=f"{currency} cash",
        asset_class=Instrument.AssetClass.CASH.label,
        sector="",
        currency=currency,
        account_id=account_id,
        account=account,
        value=amount,
    )
