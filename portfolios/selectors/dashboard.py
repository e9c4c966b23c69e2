"""The dashboard: one number, its change, key figures, accounts, allocation and what waits for a decision."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from accounts.models import User, Viewer
from common.dates import add_months
from common.money import quantize
from common.prepared import Prepared, Slot
from portfolios.engine.allocation import Allocation
from portfolios.engine.change import change, gain, net_flows
from portfolios.engine.figures import UnavailableError, list_text
from portfolios.engine.holding import long_from
from portfolios.engine.intervals import interval_of, steps_of
from portfolios.engine.money_weighted import internal_rate, over_interval, payments_of
from portfolios.engine.records import FindingKind, ValuationRecord
from portfolios.engine.time_weighted import time_weighted_return
from portfolios.models import Finding, FindingDismissal, ImportRun
from portfolios.selectors.allocation import allocation_by_class
from portfolios.selectors.benchmarks import benchmark_list
from portfolios.selectors.cash_income import IncomeSum, RealisedSum, income_between, realised_between
from portfolios.selectors.holdings import HoldingLine, holding_lines
from portfolios.selectors.intervals import Span, span_of
from portfolios.selectors.kept import kept
from portfolios.selectors.lots import lots_turning_long
from portfolios.selectors.rates import rates_between
from portfolios.selectors.scopes import Account, Scope
from portfolios.selectors.valuations import (
    AccountValue,
    account_values,
    last_day_of,
    valuation_series,
)

ZERO = Decimal(0)
DAYS_A_YEAR = 365
# What a row of the inbox's query says that belongs to somebody above.
BESIDE = "beside"
# Rows that somebody above reads in the query of the inbox, from who asks and all accounts that they may see:
# six columns like those of the inbox, the first of them `beside`, the fourth a text.
Beside = Callable[[User, Collection[UUID]], QuerySet[Any, Any]]


class InboxKind(StrEnum):
    """What a row of the inbox is about."""

    FINDING = "finding"
    IMPORT = "import"
    LONG_TERM = "long_term"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One thing to decide: a sentence with its reason, an amount and a day where there are any.

    `key` is the finding's, the import run's or the instrument's.
    """

    kind: InboxKind
    key: UUID
    title: str
    reason: str
    amount: Decimal | None = None
    currency: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A number, or the sentence that says why there is none."""

    value: Decimal | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account with its last value, in its own currency, and the day of it."""

    account: Account
    value: Decimal | None
    day: date | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """What a household is worth and how it got there; amounts in the scope's currency."""

    scope: Scope
    as_of: date
    span: Span
    value: Known
    change: Known
    flows: Known
    gain: Known
    twr: Known
    xirr: Known
    money_weighted: Known
    is_over_a_year: bool
    realised: RealisedSum
    income: IncomeSum
    cash: Known
    accounts: tuple[AccountRow, ...]
    allocation: Allocation
    inbox: tuple[InboxRow, ...]
    finding_count: int
    stale: tuple[str, ...]
    missing: tuple[str, ...]
    benchmarks: tuple[tuple[UUID, str], ...]
    beside: tuple[str, ...] = ()

    @property
    def cash_share(self) -> Decimal | None:
        """Cash as a fraction of the value; None without both, or for a value that is not positive."""
        if self.cash.value is None or self.value.value is None or self.value.value <= 0:
            return None
        return quantize(self.cash.value / self.value.value)


def dashboard_of(
    user: Viewer,
    scope: Scope,
    *,
    interval: str | None,
    today: date,
    beside: Beside | None = None,
) -> Dashboard | None:
    """The dashboard of a scope, or None when none of its accounts was ever valued.

    `beside` is what the caller reads in the same query as the inbox; its texts come back in
    `Dashboard.beside`.

    What follows from the book is kept in the cache under the version of the book, so that only its first
    reader after a write computes it (ten queries); the questions and imports that wait are read each time.
    """
    board = kept("dashboard", scope, interval, today, compute=lambda: _computed(scope, interval, today))
    if board is None:
        return None
    rows, details = inbox_findings(user, scope, beside)
    return replace(
        board,
        scope=scope,
        beside=details,
        inbox=(*rows, *board.inbox),
        finding_count=sum(1 for row in rows if row.kind is InboxKind.FINDING),
    )


def _computed(scope: Scope, interval: str | None, today: date) -> Dashboard | None:
    """The dashboard without what is read each time; its slices come without their parts."""
    values = account_values(scope)
    as_of = last_day_of(values.values())
    if as_of is None:
        return None
    span = span_of(interval, as_of)
    records = valuation_series(scope, first=span.first, last=as_of, values=values)
    lines = holding_lines(scope, as_of)
    last = records[-1] if records else None
    returns = returns_of(records, span)
    return Dashboard(
        scope=scope,
        as_of=as_of,
        span=span,
        value=value_known(last),
        change=returns.change,
        flows=returns.flows,
        gain=returns.gain,
        twr=returns.twr,
        xirr=returns.xirr,
        money_weighted=returns.money_weighted,
        is_over_a_year=returns.is_over_a_year,
        realised=realised_between(scope, date(as_of.year, 1, 1), as_of),
        income=income_between(scope, add_months(as_of, -12), as_of),
        cash=_cash_known(last),
        accounts=tuple(_account_row(account, values.get(account.id)) for account in scope.accounts),
        allocation=_without_parts(allocation_by_class(lines, _cash_by_account(scope, values, as_of), scope)),
        inbox=tuple(_long_term_rows(scope, lines, today)),
        finding_count=0,
        stale=() if last is None else last.stale,
        missing=() if last is None else last.missing,
        benchmarks=tuple((row.pk, row.name or row.symbol) for row in benchmark_list(scope)),
    )


def _without_parts(allocation: Allocation) -> Allocation:
    return replace(allocation, slices=tuple(replace(part, parts=()) for part in allocation.slices))


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """What happened over an interval, without the arithmetic behind it."""

    change: Known
    flows: Known
    gain: Known
    twr: Known
    xirr: Known
    money_weighted: Known
    is_over_a_year: bool


def returns_of(records: Sequence[ValuationRecord], span: Span) -> Returns:
    """Change, flows and returns of an interval, each with the reason where it cannot be computed."""
    try:
        interval = interval_of(records, first=span.first, last=span.last)
    except UnavailableError as missing:
        nothing = Known(value=None, reason=missing.reason)
        return Returns(
            change=nothing,
            flows=nothing,
            gain=nothing,
            twr=nothing,
            xirr=nothing,
            money_weighted=nothing,
            is_over_a_year=False,
        )
    xirr = _known(lambda: internal_rate(payments_of(interval)))
    return Returns(
        change=_known(lambda: change(interval)),
        flows=_known(lambda: net_flows(interval)),
        gain=_known(lambda: gain(interval)),
        twr=_known(lambda: quantize(time_weighted_return(steps_of(interval)))),
        xirr=xirr,
        money_weighted=xirr
        if xirr.value is None
        else Known(value=quantize(over_interval(xirr.value, interval.length_in_days))),
        is_over_a_year=interval.length_in_days > DAYS_A_YEAR,
    )


def inbox_findings(
    user: Viewer, scope: Scope, beside: Beside | None = None
) -> tuple[list[InboxRow], tuple[str, ...]]:
    """Questions about the data that nobody dismissed, and imports that wait for a review. One query.

    Also the texts of the rows that are read `beside` them.
    """
    if not isinstance(user, User):
        return [], ()
    slots: list[Slot] = [user.pk, scope.household_id, scope.portfolio_ids]
    if beside is not None:
        slots.append(scope.visible)
    found = _waiting(beside).rows(*slots)
    rows = [_inbox_row(row, scope.names) for row in found if row[0] != BESIDE]
    # Imports first: they are one click from done; then what is most recent.
    ordered = sorted(
        rows, key=lambda row: (row.kind is not InboxKind.IMPORT, -(row.day or date.min).toordinal())
    )
    return ordered, tuple(row[3] for row in found if row[0] == BESIDE)


@lru_cache(maxsize=4)
def _waiting(beside: Beside | None) -> Prepared:
    """The query of the inbox, by who asks, the household, the accounts, and all accounts they may see."""

    def build(
        user_id: UUID, household_id: UUID, portfolio_ids: Sequence[UUID], visible: Sequence[UUID] = ()
    ) -> QuerySet[Any, Any]:
        parts = [_findings(portfolio_ids), _imports(user_id, household_id, portfolio_ids)]
        if beside is not None:
            parts.append(beside(User(pk=user_id), visible))
        return parts[0].union(*parts[1:])

    return Prepared(build)


def _findings(portfolio_ids: Sequence[UUID]) -> QuerySet[Any, Any]:
    dismissed = FindingDismissal.objects.filter(finding_id=OuterRef("pk"))
    rows = Finding.objects.filter(portfolio_id__in=portfolio_ids).exclude(Exists(dismissed)).order_by()
    columns: QuerySet[Any, Any] = rows.annotate(
        what=Value(InboxKind.FINDING.value, CharField()), on=F("day")
    ).values_list("what", "pk", "kind", "detail", "portfolio_id", "on")
    return columns


def _imports(user_id: UUID, household_id: UUID, portfolio_ids: Sequence[UUID]) -> QuerySet[Any, Any]:
    rows = ImportRun.objects.filter(
        Q(created_by_id=user_id) | Q(portfolio_id__in=portfolio_ids),
        household_id=household_id,
        state__in=(ImportRun.State.REVIEW, ImportRun.State.MAPPING),
    ).order_by()
    columns: QuerySet[Any, Any] = rows.annotate(
        what=Value(InboxKind.IMPORT.value, CharField()), on=Cast("created_at", DateField())
    ).values_list("what", "pk", "state", "file_name", "portfolio_id", "on")
    return columns


def value_known(record: ValuationRecord | None) -> Known:
    """The value of a day, or what it lacks."""
    if record is None:
        return Known(value=None, reason="There is no valuation in this interval.")
    if record.value is None:
        return Known(value=None, reason=f"No usable price or rate for {list_text(record.missing)}.")
    return Known(value=record.value)


def _known(compute: Callable[[], Decimal]) -> Known:
    try:
        return Known(value=compute())
    except UnavailableError as missing:
        return Known(value=None, reason=missing.reason)


def _cash_known(record: ValuationRecord | None) -> Known:
    if record is None or record.cash is None:
        return Known(value=None, reason="There is no exchange rate for some of the cash.")
    return Known(value=record.cash)


def _account_row(account: Account, value: AccountValue | None) -> AccountRow:
    if value is None:
        return AccountRow(account=account, value=None, day=None, missing=())
    return AccountRow(account=account, value=value.value, day=value.day, missing=value.missing)


def _cash_by_account(
    scope: Scope, values: Mapping[UUID, AccountValue], as_of: date
) -> dict[UUID, Decimal | None]:
    """Each account's cash in the scope's currency, None without a rate."""
    if all(account.base_currency == scope.currency for account in scope.accounts):
        return {key: value.cash for key, value in values.items()}
    rates = rates_between(scope, last=as_of)
    found: dict[UUID, Decimal | None] = {}
    for key, value in values.items():
        rate = rates.on_day(scope.currencies[key], scope.currency, as_of)
        found[key] = None if rate is None or value.cash is None else quantize(value.cash * rate.rate)
    return found


def _long_term_rows(scope: Scope, lines: Sequence[HoldingLine], today: date) -> list[InboxRow]:
    """Lots that a wait of at most a month makes long-term: one row for each instrument, account and day."""
    quotes = {(line.portfolio_id, line.instrument_id): line for line in lines}
    rows = []
    for lot in lots_turning_long(scope, today):
        line = quotes.get((lot.portfolio_id, lot.instrument_id))
        if lot.holding_date is None or line is None:
            continue
        on = long_from(lot.holding_date)
        price = line.quote.close
        value = None if price is None else quantize(lot.quantity * line.multiplier * price)
        unrealised = None if value is None or lot.basis is None else value - lot.basis
        days = (on - today).days
        rows.append(
            InboxRow(
                kind=InboxKind.LONG_TERM,
                key=lot.instrument_id,
                title=f"{lot.quantity.normalize():f} {line.symbol} turn long-term in {days} day"
                f"{'' if days == 1 else 's'}",
                reason=scope.names[lot.portfolio_id],
                amount=unrealised,
                currency=lot.currency,
                day=on,
            )
        )
    return rows


TITLES = {
    FindingKind.OVERSOLD: "More was sold than the book holds",
    FindingKind.BASIS_UNKNOWN: "A lot has no basis",
    FindingKind.ACQUIRED_UNKNOWN: "A lot has no day of acquisition",
    FindingKind.NO_POSITION: "A corporate action found no position",
    FindingKind.ALLOCATION_UNKNOWN: "A spin-off's share of the basis is not known",
    FindingKind.RATE_MISSING: "An exchange rate is missing",
    FindingKind.TRANSFER_UNMATCHED: "A transfer has no other side",
    FindingKind.POSITION_DIFFERS: "A position differs from the statement",
    FindingKind.CASH_DIFFERS: "Cash differs from the statement",
    FindingKind.PRICE_MISSING: "A price or exchange rate is missing",
    FindingKind.PRICE_STALE: "A price is old",
    FindingKind.ROW_UNUSABLE: "A row cannot be used",
    FindingKind.REVERSAL_UNMATCHED: "A reversal takes nothing back",
}


def _inbox_row(
    row: tuple[str, UUID, str, str, UUID | None, date | None], names: Mapping[UUID, str]
) -> InboxRow:
    what, key, kind, text, portfolio_id, day = row
    if what == InboxKind.IMPORT.value:
        step = "its columns" if kind == ImportRun.State.MAPPING else "your review"
        return InboxRow(
            kind=InboxKind.IMPORT,
            key=key,
            title=f"{text} waits for {step}",
            reason="Nothing is booked yet",
            day=day,
        )
    account = names.get(portfolio_id, "") if portfolio_id else ""
    return InboxRow(
        kind=InboxKind.FINDING,
        key=key,
        title=TITLES[FindingKind(kind)],
        reason=f"{account}: {text}" if account else text,
        day=day,
    )
