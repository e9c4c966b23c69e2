"""The value of a scope day by day, read from the stored valuations: no walk through the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from portfolios.engine.household_valuation import AccountSeries, sum_valuations
from portfolios.engine.records import ValuationRecord
from portfolios.models import Portfolio, Valuation
from portfolios.selectors.rates import rates_between
from portfolios.selectors.scopes import Scope

UNVALUED = "an account without a valuation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountValue:
    """What one account was worth at its last valuation, in its own base currency."""

    portfolio_id: UUID
    first_day: date
    day: date
    value: Decimal | None
    cash: Decimal | None
    missing: tuple[str, ...]
    stale: tuple[str, ...]


def account_values(scope: Scope) -> dict[UUID, AccountValue]:
    """The last valuation of each account of the scope; an account without any is left out. One query."""
    days = Valuation.objects.filter(portfolio=OuterRef("pk"))
    last = days.order_by("-day")
    rows = (
        Portfolio.objects.filter(pk__in=scope.portfolio_ids)
        .annotate(
            first_day=Subquery(days.order_by("day").values("day")[:1]),
            last_day=Subquery(last.values("day")[:1]),
            last_value=Subquery(last.values("value")[:1]),
            last_cash=Subquery(last.values("cash")[:1]),
            last_missing=Subquery(last.values("missing")[:1]),
            last_stale=Subquery(last.values("stale")[:1]),
        )
        .filter(last_day__isnull=False)
        .values_list("pk", "first_day", "last_day", "last_value", "last_cash", "last_missing", "last_stale")
    )
    return {
        key: AccountValue(
            portfolio_id=key,
            first_day=first,
            day=day,
            value=value,
            cash=cash,
            missing=tuple(missing.splitlines()),
            stale=tuple(stale.splitlines()),
        )
        for key, first, day, value, cash, missing, stale in rows
    }


def last_day_of(values: Iterable[AccountValue]) -> date | None:
    """The day up to which the scope is valued."""
    return max((value.day for value in values), default=None)


def valuation_series(
    scope: Scope,
    *,
    first: date | None = None,
    last: date | None = None,
    values: dict[UUID, AccountValue] | None = None,
) -> list[ValuationRecord]:
    """The scope's valuations in its currency, oldest first, from the last one before `first` to `last`.

    A day on which an account that exists has no value or no valuation has none for the scope either, and
    `missing` says why. Accounts in one currency are added up by the database.
    """
    known = account_values(scope) if values is None else values
    if not known:
        return []
    if any(account.base_currency != scope.currency for account in scope.accounts):
        return _converted_series(scope, first, last)
    rows = (
        _between(scope, first, last)
        .values("day")
        .annotate(
            total=Sum("value"),
            in_cash=Sum("cash"),
            flows=Sum("flow"),
            rows=Count("id"),
            valued=Count("value"),
            with_cash=Count("cash"),
            with_flow=Count("flow"),
            lacking=StringAgg("missing", delimiter="\n", filter=~Q(missing="")),
            older=StringAgg("stale", delimiter="\n", filter=~Q(stale="")),
        )
        .order_by("day")
        .values_list(
            "day", "total", "in_cash", "flows", "rows", "valued", "with_cash", "with_flow", "lacking", "older"
        )
    )
    starts = sorted(value.first_day for value in known.values())
    series = []
    for day, total, cash, flow, count, valued, with_cash, with_flow, lacking, older in rows:
        expected = sum(1 for start in starts if start <= day)
        series.append(
            ValuationRecord(
                portfolio_id=scope.household_id,
                day=day,
                value=total if valued == expected else None,
                cash=cash if with_cash == expected else None,
                flow=flow if with_flow == count else None,
                missing=() if valued == expected else _names(lacking) or (UNVALUED,),
                stale=_names(older),
            )
        )
    return series


def _names(text: str | None) -> tuple[str, ...]:
    """The distinct names in lines that several accounts gave."""
    return tuple(sorted({name for name in (text or "").splitlines() if name}))


def _converted_series(scope: Scope, first: date | None, last: date | None) -> list[ValuationRecord]:
    rates = rates_between(scope, last=last)
    by_account: dict[UUID, list[ValuationRecord]] = {key: [] for key in scope.portfolio_ids}
    for row in _between(scope, first, last).order_by("day"):
        by_account[row.portfolio_id].append(
            ValuationRecord(
                portfolio_id=row.portfolio_id,
                day=row.day,
                value=row.value,
                cash=row.cash,
                flow=row.flow,
                missing=tuple(row.missing_names),
                stale=tuple(row.stale_names),
            )
        )
    accounts = [
        AccountSeries(name=account.name, base_currency=account.base_currency, records=by_account[account.id])
        for account in scope.accounts
    ]
    return sum_valuations(
        household_id=scope.household_id, accounts=accounts, currency=scope.currency, rates=rates
    )


def _between(scope: Scope, first: date | None, last: date | None) -> QuerySet[Valuation]:
    rows = Valuation.objects.filter(portfolio_id__in=scope.portfolio_ids)
    if last is not None:
        rows = rows.filter(day__lte=last)
    if first is not None:
        before = rows.filter(day__lt=first).values("day").order_by("-day")[:1]
        rows = rows.filter(day__gte=Coalesce(Subquery(before), Value(first)))
    return rows
