"""Closes as pages and the API show them: the last usable one and its age, and an instrument's history."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from common.money import ARITHMETIC
from portfolios.engine.closes import MAX_AGE_DAYS, Close, Split, usable_close
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Price, Transaction

MANUAL = "manual"
SYNTHETIC = "synthetic"


class PriceState(StrEnum):
    """How far a price can be trusted: a close of the day, carried over, entered, made up, or none at all."""

    CLOSE = "close"
    STALE = "stale"
    MANUAL = "manual"
    SYNTHETIC = "synthetic"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The close that stands for a day, and the one before it.

    `close` is restated for a split since its day and None when it is missing; `last_day` then still says
    when the last one was known, if ever. `age` counts calendar days.
    """

    state: PriceState
    close: Decimal | None = None
    previous: Decimal | None = None
    currency: str = ""
    day: date | None = None
    source: str = ""
    age: int = 0


NO_QUOTE = Quote(state=PriceState.MISSING)


def quotes_on(
    splits: Mapping[UUID, Collection[Split]], day: date, *, tells_last_known: bool = True
) -> dict[UUID, Quote]:
    """The quote on `day` of each instrument that `splits` names, with the splits to restate it for.

    One without a usable close comes as missing. One query, and a second, unless `tells_last_known` is off,
    to say when something that has no close within two weeks last had one.
    """
    since = day - timedelta(days=2 * MAX_AGE_DAYS)
    recent: dict[UUID, list[tuple[Close, str]]] = {}
    rows = Price.objects.filter(instrument_id__in=list(splits), day__gte=since, day__lte=day)
    for key, on, close, currency, source in rows.order_by("day").values_list(
        "instrument_id", "day", "close", "currency", "source"
    ):
        recent.setdefault(key, []).append((Close(on, close, currency), source))
    quotes = {key: _quote(found, splits[key], day) for key, found in recent.items()}
    lacking = [key for key in splits if quotes.get(key, NO_QUOTE).state is PriceState.MISSING]
    return quotes | (_last_known(lacking, day) if tells_last_known else {})


def quote_on(household_id: UUID, instrument_id: UUID, day: date) -> Quote:
    """The quote of one instrument on `day`, as a household sees it."""
    splits = splits_of(household_id, instrument_id)
    return quotes_on({instrument_id: splits}, day).get(instrument_id, NO_QUOTE)


def splits_known_to(household_id: UUID, instrument_ids: Collection[UUID]) -> dict[UUID, list[Split]]:
    """The splits of each instrument that the ledger of a household records, oldest first.

    Only the household's own ledger counts: nobody's entry changes what another household sees.
    """
    rows = (
        Transaction.objects.filter(
            portfolio__household_id=household_id,
            kind=TransactionKind.SPLIT,
            ratio_new__gt=0,
            ratio_old__gt=0,
        )
        .effective()
        .order_by("trade_date")
        .values_list("instrument_id", "trade_date", "ratio_new", "ratio_old")
    )
    # Several accounts record one and the same split.
    found: dict[UUID, dict[date, Split]] = {key: {} for key in instrument_ids}
    for key, day, new, old in rows:
        if key in found:
            found[key][day] = Split(day, new / old)
    return {key: list(days.values()) for key, days in found.items()}


def price_history(
    instrument_id: UUID, *, first: date | None = None, last: date | None = None
) -> QuerySet[Price]:
    """The closes of an instrument, oldest first, as traded (not adjusted for splits)."""
    prices = Price.objects.filter(instrument_id=instrument_id)
    if first is not None:
        prices = prices.filter(day__gte=first)
    if last is not None:
        prices = prices.filter(day__lte=last)
    return prices.order_by("day")


def restated_history(
    instrument_id: UUID, splits: Collection[Split], *, first: date | None = None, last: date | None = None
) -> list[tuple[date, Decimal]]:
    """The closes in today's shares: each divided by the ratios of the `splits` after its day."""
    rows = price_history(instrument_id, first=first, last=last).values_list("day", "close")
    return [(day, restated(close, day, splits)) for day, close in rows]


def restated(amount: Decimal, day: date, splits: Collection[Split]) -> Decimal:
    """A price per share of `day` as a price per share of today."""
    with localcontext(ARITHMETIC):
        for split in splits:
            if day < split.day:
                amount /= split.ratio
    return amount


def splits_of(household_id: UUID, instrument_id: UUID) -> list[Split]:
    """The splits of one instrument, as `splits_known_to`."""
    return splits_known_to(household_id, [instrument_id])[instrument_id]


def missing_prices(portfolio_ids: Collection[UUID], day: date) -> list[tuple[Instrument, date | None]]:
    """What these portfolios hold without a usable close on `day`, and the day of the last close known."""
    last = Price.objects.filter(instrument=OuterRef("pk"), day__lte=day).order_by("-day").values("day")[:1]
    held = (
        Instrument.objects.filter(holdings__portfolio_id__in=list(portfolio_ids))
        .distinct()
        .annotate(last_close=Subquery(last))
        .order_by("symbol")
    )
    oldest = day - timedelta(days=MAX_AGE_DAYS)
    found = [(instrument, getattr(instrument, "last_close", None)) for instrument in held]
    return [(instrument, known) for instrument, known in found if known is None or known < oldest]


def _quote(found: list[tuple[Close, str]], splits: Collection[Split], day: date) -> Quote:
    closes = [close for close, _ in found]
    usable = usable_close(closes, day, splits=list(splits))
    if usable is None:
        last, source = found[-1]
        return Quote(state=PriceState.MISSING, day=last.day, source=source, currency=last.currency)
    earlier = [close for close in closes if close.day < usable.day]
    previous = usable_close(earlier, day, splits=list(splits), max_age_days=2 * MAX_AGE_DAYS)
    source = found[-1][1]
    return Quote(
        state=_state(source, is_stale=(day - usable.day).days > _weekend(day)),
        close=usable.close,
        previous=None if previous is None else previous.close,
        currency=usable.currency,
        day=usable.day,
        source=source,
        age=(day - usable.day).days,
    )


def _state(source: str, *, is_stale: bool) -> PriceState:
    if is_stale:
        return PriceState.STALE
    if source.lower().startswith(MANUAL):
        return PriceState.MANUAL
    return PriceState.SYNTHETIC if SYNTHETIC in source.lower() else PriceState.CLOSE


def _weekend(day: date) -> int:
    """Calendar days since the last weekday: a close of Friday is no older on Sunday."""
    return max(0, day.weekday() - 4)


def _last_known(instrument_ids: Collection[UUID], day: date) -> dict[UUID, Quote]:
    if not instrument_ids:
        return {}
    last = Price.objects.filter(instrument=OuterRef("pk"), day__lte=day).order_by("-day")
    rows = (
        Instrument.objects.filter(pk__in=list(instrument_ids))
        .annotate(last_day=Subquery(last.values("day")[:1]), last_source=Subquery(last.values("source")[:1]))
        .values_list("pk", "last_day", "last_source")
    )
    return {
        key: Quote(state=PriceState.MISSING, day=on, source=source or "", age=(day - on).days if on else 0)
        for key, on, source in rows
    }
