"""Daily closes and rates: which one is usable on a day, and which is too old to be."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from portfolios.engine.records import PriceRecord, TransactionKind, TransactionRecord

# A close carries over weekends and holidays; beyond a week it says nothing about today.
MAX_AGE_DAYS = 7


class Close(NamedTuple):
    """A close of one instrument: its day, the price of one unit as traded that day, its currency."""

    day: date
    close: Decimal
    currency: str


class Split(NamedTuple):
    """From `day` on, one old share is `ratio` new ones, so an earlier close is worth 1/ratio a share."""

    day: date
    ratio: Decimal


class UsableClose(NamedTuple):
    """The close that stands for a day; `is_stale` when it was carried over from an earlier one."""

    close: Decimal
    currency: str
    day: date
    is_stale: bool


def closes_by_instrument(prices: Iterable[PriceRecord]) -> dict[UUID, list[Close]]:
    """The closes of each instrument, sorted by day; where a day has several, the last given wins."""
    by_day: dict[UUID, dict[date, Close]] = {}
    for price in prices:
        by_day.setdefault(price.instrument_id, {})[price.day] = Close(price.day, price.close, price.currency)
    return {key: sorted(days.values(), key=_day) for key, days in by_day.items()}


def splits_by_instrument(transactions: Iterable[TransactionRecord]) -> dict[UUID, list[Split]]:
    """The splits that a ledger records, by instrument and sorted by day; accounts repeat the same event."""
    found: dict[UUID, dict[date, Split]] = {}
    for row in transactions:
        if row.kind is not TransactionKind.SPLIT or row.instrument_id is None:
            continue
        if row.ratio_new is None or row.ratio_old is None:
            continue
        ratio = row.ratio_new / row.ratio_old
        found.setdefault(row.instrument_id, {})[row.trade_date] = Split(row.trade_date, ratio)
    return {key: sorted(days.values(), key=_split_day) for key, days in found.items()}


def usable_close(
    closes: Sequence[Close], day: date, *, splits: Sequence[Split] = (), max_age_days: int = MAX_AGE_DAYS
) -> UsableClose | None:
    """The last of the sorted `closes` on or before `day`, restated for the `splits` between the two.

    Returns None when there is none or it is more than `max_age_days` calendar days old.
    """
    index = bisect_right(closes, day, key=_day)
    if index == 0:
        return None
    last = closes[index - 1]
    if (day - last.day).days > max_age_days:
        return None
    return UsableClose(_restated(last, day, splits), last.currency, last.day, last.day != day)


def closes_on_days(
    closes: Sequence[Close],
    days: Sequence[date],
    *,
    splits: Sequence[Split] = (),
    max_age_days: int = MAX_AGE_DAYS,
) -> list[UsableClose | None]:
    """`usable_close` for each of the sorted `days`, in one pass over both."""
    found: list[UsableClose | None] = []
    position, count = 0, len(closes)
    oldest = timedelta(days=max_age_days)
    for day in days:
        while position < count and closes[position].day <= day:
            position += 1
        last = closes[position - 1] if position else None
        if last is None or day - last.day > oldest:
            found.append(None)
        else:
            close = _restated(last, day, splits) if splits else last.close
            found.append(UsableClose(close, last.currency, last.day, last.day != day))
    return found


def _restated(last: Close, day: date, splits: Sequence[Split]) -> Decimal:
    close = last.close
    for split in splits:
        if last.day < split.day <= day:
            close /= split.ratio
    return close


def _day(close: Close) -> date:
    return close.day


def _split_day(split: Split) -> date:
    return split.day
