"""The daily values of several accounts added up into one series in one currency."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.exchange_rates import RateTable
from portfolios.engine.market import rate_name
from portfolios.engine.records import ValuationRecord

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSeries:
    """The sorted valuations of one account, with its name and base currency."""

    name: str
    base_currency: str
    records: Sequence[ValuationRecord]


@dataclass(slots=True)
class _Sum:
    """One day of the household while it is being added up; None once a part is not known."""

    value: Decimal | None = ZERO
    cash: Decimal | None = ZERO
    flow: Decimal | None = ZERO
    missing: set[str] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)


def sum_valuations(
    *, household_id: UUID, accounts: Sequence[AccountSeries], currency: str, rates: RateTable
) -> list[ValuationRecord]:
    """The household's valuations in `currency` on every day that any account was valued.

    An account counts as nothing before its first valuation. A later day without one, or with a missing
    price or exchange rate, makes that day's sum missing, and `missing` names the account and what it lacks.
    """
    days = sorted({record.day for account in accounts for record in account.records})
    sums = {day: _Sum() for day in days}
    with localcontext(ARITHMETIC):
        for account in accounts:
            _add_account(sums, account, currency, rates)
    return [_record(household_id, day, sums[day]) for day in days]


def _add_account(sums: Mapping[date, _Sum], account: AccountSeries, currency: str, rates: RateTable) -> None:
    if not account.records:
        return
    by_day = {record.day: record for record in account.records}
    days = [day for day in sums if day >= account.records[0].day]
    for day, rate in zip(days, rates.on_days(account.base_currency, currency, days), strict=True):
        total, record = sums[day], by_day.get(day)
        if record is None:
            total.value = total.cash = total.flow = None
            total.missing.add(f"{account.name}: no valuation")
            continue
        if rate is None:
            total.missing.add(f"{account.name}: {rate_name(account.base_currency, currency)}")
        elif rate.is_stale:
            total.stale.add(f"{account.name}: {rate_name(account.base_currency, currency)}")
        factor = None if rate is None else rate.rate
        total.value = _plus(total.value, record.value, factor)
        total.cash = _plus(total.cash, record.cash, factor)
        total.flow = _plus(total.flow, record.flow, factor)
        total.missing.update(_named(account.name, record.missing))
        total.stale.update(_named(account.name, record.stale))


def _named(account: str, names: Iterable[str]) -> set[str]:
    return {f"{account}: {name}" for name in names}


def _plus(total: Decimal | None, part: Decimal | None, factor: Decimal | None) -> Decimal | None:
    if part == 0:
        return total
    return None if total is None or part is None or factor is None else total + part * factor


def _record(household_id: UUID, day: date, total: _Sum) -> ValuationRecord:
    return ValuationRecord(
        portfolio_id=household_id,
        day=day,
        value=None if total.value is None else quantize(total.value),
        cash=None if total.cash is None else quantize(total.cash),
        flow=None if total.flow is None else quantize(total.flow),
        missing=tuple(sorted(total.missing)),
        stale=tuple(sorted(total.stale)),
    )
