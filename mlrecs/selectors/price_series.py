"""Returns from the book's closes, restated for splits, and the weights of what an account holds."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from math import log
from typing import NamedTuple
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import FloatField
from django.db.models.functions import Cast

from common.money import ARITHMETIC
from mlrecs.engine.return_table import ReturnTable, SeriesFault, SeriesNote
from portfolios.engine.closes import MAX_AGE_DAYS, Split
from portfolios.engine.exchange_rates import RateTable
from portfolios.engine.figures import day_text
from portfolios.engine.records import TransactionKind
from portfolios.models import CashBalance, Holding, Portfolio, Price, Transaction
from portfolios.selectors.prices import NO_QUOTE, quotes_on, splits_known_to
from portfolios.selectors.rates import rates_known_to

__all__ = [
    "Close", "Position", "ReturnTable", "Valued", "closes_of", "returns_of", "valued_on", "weights_of",
]  # fmt: skip

ZERO = Decimal(0)
# A day counts when this share of what was quoted within the week before has a close on it.
LEAST_QUOTED = 0.5
# Without a ledger to trust, a split must be at least so large, and the closes must show three quarters of it.
LARGE_SPLIT = log(1.4)
HIDDEN = 0.25
SATURDAY = 5
WEEK = timedelta(days=MAX_AGE_DAYS)


class Close(NamedTuple):
    """A close as traded, and its currency."""

    day: date
    close: float
    currency: str


def returns_of(
    instrument_ids: Iterable[UUID],
    since: date,
    until: date,
    *,
    household_id: UUID | None = None,
    currency: str = "",
) -> ReturnTable:
    """Daily simple returns of closes from `since` to `until`, both included, restated for splits.

    Splits are those of the household's own ledger; without a household, those of any ledger that the closes
    themselves show, so that nobody's entry changes what another household sees. With a `currency` and a
    household, closes in another one are converted first. Nothing after `until` is read. Two queries, two
    more to convert.
    """
    keys = tuple(dict.fromkeys(instrument_ids))
    closes = closes_of(keys, since, until)
    splits = _splits(keys, household_id, until)
    days = _common_days(closes.values())
    notes = tuple(_notes(closes, days))
    if currency and household_id is not None:
        closes = _converted(closes, currency, household_id, until)
    columns = [_returns(closes[key], splits[key], days) for key in keys]
    return ReturnTable(
        days=tuple(days[1:]),
        instrument_ids=keys,
        values=tuple(zip(*columns, strict=True)),
        notes=notes,
    )


def closes_of(instrument_ids: Collection[UUID], since: date, until: date) -> dict[UUID, list[Close]]:
    """The closes of each instrument as traded, oldest first; weekends are left out. One query."""
    found: dict[UUID, list[Close]] = {key: [] for key in instrument_ids}
    # One row for each series: tens of thousands of closes come as arrays, not as rows of their own.
    rows = (
        Price.objects.filter(instrument_id__in=list(found), day__gte=since, day__lte=until)
        .annotate(number=Cast("close", FloatField()))
        .values("instrument_id", "currency")
        .annotate(days=ArrayAgg("day", order_by="day"), closes=ArrayAgg("number", order_by="day"))
        .order_by("instrument_id", "currency")
        .values_list("instrument_id", "currency", "days", "closes")
    )
    for key, currency, days, closes in rows:
        told = zip(days, closes, strict=True)
        found[key] += [Close(day, close, currency) for day, close in told if day.weekday() < SATURDAY]
    # A series in two currencies comes in two parts; sorting one that is in order costs next to nothing.
    return {key: sorted(series) for key, series in found.items()}


class Position(NamedTuple):
    """What a position is worth in the account's currency, and how many days old its close is."""

    instrument_id: UUID
    value: Decimal
    age: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """An account's positions at some day's closes, and its cash; what has no close or rate is not in it."""

    positions: tuple[Position, ...]
    cash: Decimal

    @property
    def total(self) -> Decimal:
        """Net value of what is known."""
        return sum((one.value for one in self.positions), self.cash)


def weights_of(portfolio: Portfolio, on: date) -> dict[UUID, Decimal]:
    """The share of each position in the account's net value at the closes that stand for `on`.

    Positions are those of today's ledger; shorts are negative and cash is what is missing to one. A position
    without a usable close or rate is left out, and nothing comes back when the net value is not positive.
    """
    valued = valued_on(portfolio, on)
    if valued.total <= 0:
        return {}
    with localcontext(ARITHMETIC):
        return {one.instrument_id: one.value / valued.total for one in valued.positions}


def valued_on(portfolio: Portfolio, on: date) -> Valued:
    """What today's positions are worth in the account's currency at the closes that stand for `on`."""
    held = list(
        Holding.objects.filter(portfolio=portfolio)
        .exclude(quantity=0)
        .values_list("instrument_id", "quantity", "instrument__multiplier")
    )
    balances = list(CashBalance.objects.filter(portfolio=portfolio).values_list("currency", "amount"))
    splits = splits_known_to(portfolio.household_id, {key for key, _, _ in held})
    quotes = quotes_on(splits, on, tells_last_known=False)
    currencies = {quote.currency for quote in quotes.values()} | {currency for currency, _ in balances}
    rates = _rates(portfolio, on) if currencies - {portfolio.base_currency} else RateTable()
    positions = []
    with localcontext(ARITHMETIC):
        for key, quantity, multiplier in held:
            quote = quotes.get(key, NO_QUOTE)
            rate = rates.on_day(quote.currency, portfolio.base_currency, on)
            if quote.close is not None and rate is not None:
                value = quantity * multiplier * quote.close * rate.rate
                positions.append(Position(key, value, quote.age))
        known = [(amount, rates.on_day(held_in, portfolio.base_currency, on)) for held_in, amount in balances]
        cash = sum((amount * rate.rate for amount, rate in known if rate is not None), ZERO)
    return Valued(positions=tuple(positions), cash=cash)


def _rates(portfolio: Portfolio, on: date) -> RateTable:
    return rates_known_to(portfolio.household_id, [portfolio.pk], first=on - WEEK, last=on)


def _converted(
    closes: Mapping[UUID, Sequence[Close]], currency: str, household_id: UUID, until: date
) -> dict[UUID, list[Close]]:
    """The same in one currency; a close on a day without a rate is left out."""
    if all(one.currency == currency for series in closes.values() for one in series):
        return {key: list(series) for key, series in closes.items()}
    accounts = Portfolio.objects.filter(household_id=household_id).values_list("pk", flat=True)
    rates = rates_known_to(household_id, accounts, last=until)
    return {key: _in_currency(series, currency, rates) for key, series in closes.items()}


def _in_currency(series: Sequence[Close], currency: str, rates: RateTable) -> list[Close]:
    foreign = {one.currency for one in series}
    days = [one.day for one in series]
    by_currency = {name: rates.on_days(name, currency, days) for name in foreign}
    found = []
    for place, one in enumerate(series):
        rate = by_currency[one.currency][place]
        if rate is not None:
            found.append(Close(one.day, one.close * float(rate.rate), currency))
    return found


def _common_days(series: Iterable[Sequence[Close]]) -> list[date]:
    """Days with closes of at least half of what was quoted within the week before; no later day counts."""
    quoted: dict[date, set[int]] = {}
    for place, closes in enumerate(series):
        for one in closes:
            quoted.setdefault(one.day, set()).add(place)
    days, last = [], dict[int, date]()
    for day in sorted(quoted):
        last |= dict.fromkeys(quoted[day], day)
        alive = sum(1 for seen in last.values() if day - seen <= WEEK)
        if len(quoted[day]) >= LEAST_QUOTED * alive:
            days.append(day)
    return days


def _returns(closes: Sequence[Close], splits: Sequence[Split], days: Sequence[date]) -> list[float | None]:
    """The return on each of the days but the first, over the last close on an earlier one of them."""
    known = {one.day: one.close for one in closes}
    found: list[float | None] = []
    before: tuple[date, float] | None = None
    for day in days:
        close = known.get(day)
        if close is None or before is None or day - before[0] > WEEK:
            found.append(None)
        else:
            found.append(close * _ratio(before[0], day, splits) / before[1] - 1)
        before = before if close is None else (day, close)
    return found[1:]


def _ratio(before: date, day: date, splits: Sequence[Split]) -> float:
    """How many shares of `day` one share of `before` has become."""
    ratio = 1.0
    for split in splits:
        if before < split.day <= day:
            ratio *= float(split.ratio)
    return ratio


def _splits(keys: Sequence[UUID], household_id: UUID | None, until: date) -> dict[UUID, list[Split]]:
    if household_id is not None:
        return splits_known_to(household_id, keys)
    return _shown_splits(keys, until)


def _shown_splits(keys: Sequence[UUID], until: date) -> dict[UUID, list[Split]]:
    """Large splits of anybody's ledger that the closes around them show. Two queries at most."""
    rows = (
        Transaction.objects.filter(
            instrument_id__in=list(keys),
            kind=TransactionKind.SPLIT,
            ratio_new__gt=0,
            ratio_old__gt=0,
            trade_date__lte=until,
        )
        .effective()
        .values_list("instrument_id", "trade_date", "ratio_new", "ratio_old")
    )
    told = {(key, day): Split(day, new / old) for key, day, new, old in rows}
    found: dict[UUID, list[Split]] = {key: [] for key in keys}
    if not told:
        return found
    days = [day for _, day in told]
    closes = closes_of({key for key, _ in told}, min(days) - WEEK, min(until, max(days) + WEEK))
    for (key, _), split in sorted(told.items(), key=lambda item: item[0][1]):
        if _is_shown(split, closes[key]):
            found[key].append(split)
    return found


def _is_shown(split: Split, closes: Sequence[Close]) -> bool:
    """Whether the close before the split and the one on or after it differ by most of its ratio."""
    before = [one.close for one in closes if one.day < split.day]
    after = [one.close for one in closes if one.day >= split.day]
    expected = -log(float(split.ratio))
    if not before or not after or abs(expected) < LARGE_SPLIT:
        return False
    return abs(log(after[0] / before[-1]) - expected) <= HIDDEN * abs(expected)


def _notes(closes: Mapping[UUID, Sequence[Close]], days: Sequence[date]) -> Iterator[SeriesNote]:
    """What is missing at all, and what ended more than a week before the last day."""
    for key, series in closes.items():
        if not series:
            yield SeriesNote(instrument_id=key, fault=SeriesFault.MISSING, words="There is no close at all.")
        elif days and days[-1] - series[-1].day > WEEK:
            words = f"The last close is of {day_text(series[-1].day)}."
            yield SeriesNote(instrument_id=key, fault=SeriesFault.ENDED, words=words)
