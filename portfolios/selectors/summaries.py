"""Every account of a scope in one line each, and what they are worth together."""

from dataclasses import dataclass
from datetime import date

from portfolios.selectors.dashboard import AccountRow, Known, value_known
from portfolios.selectors.scopes import Scope
from portfolios.selectors.valuations import account_values, last_day_of, valuation_series


@dataclass(frozen=True, slots=True, kw_only=True)
class Summaries:
    """Accounts with their last values in their own currencies, and the total in the scope's."""

    household: str
    currency: str
    as_of: date | None
    total: Known
    portfolios: tuple[AccountRow, ...]


def portfolio_summaries(scope: Scope) -> Summaries:
    """The accounts of a scope; the total says why when it is not known."""
    values = account_values(scope)
    as_of = last_day_of(values.values())
    records = [] if as_of is None else valuation_series(scope, first=as_of, last=as_of, values=values)
    rows = []
    for account in scope.accounts:
        value = values.get(account.id)
        rows.append(
            AccountRow(account=account, value=None, day=None, missing=())
            if value is None
            else AccountRow(account=account, value=value.value, day=value.day, missing=value.missing)
        )
    return Summaries(
        household=scope.household,
        currency=scope.currency,
        as_of=as_of,
        total=value_known(records[-1] if records else None),
        portfolios=tuple(rows),
    )
