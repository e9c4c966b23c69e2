"""Households that lost much on one day: by their own value, or by an index that a fund of theirs follows."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from portfolios.models import Holding, Instrument, Price, Valuation
from taxharvest.engine.harvest.falls import day_return, is_large_fall
from taxharvest.models import HarvestPolicy, HarvestScan
from trading.engine.market_days import is_market_day

# The day before the last market day is at most so far back.
LOOK_BACK = 10


class Fall(NamedTuple):
    """A household that fell on `day`; the household's own value, or the index of that name."""

    household_id: UUID
    day: date
    what: str


class _Day(NamedTuple):
    day: date
    value: Decimal | None
    flow: Decimal


def households_fallen(day: date) -> list[Fall]:
    """Households with an enabled account that fell by 3 % or more on the last market day up to `day`.

    One that was scanned for it already, on that day or since, is not named again.
    """
    last = last_market_day(day)
    scanned = set(
        HarvestScan.objects.filter(cause=HarvestScan.Cause.FALL, day__gte=last).values_list(
            "household_id", flat=True
        )
    )
    if None in scanned:  # one scan of everybody
        return []
    found: dict[UUID, Fall] = {}
    for fall in (*_by_value(last), *_by_index(last)):
        if fall.household_id not in scanned:
            found.setdefault(fall.household_id, fall)
    return list(found.values())


def last_market_day(day: date) -> date:
    """`day`, or the last market day before it."""
    while not is_market_day(day):
        day -= timedelta(days=1)
    return day


def _by_value(last: date) -> Iterator[Fall]:
    """Households whose accounts, those in the household's own currency, were worth so much less."""
    enabled = HarvestPolicy.objects.filter(is_enabled=True).values("portfolio__household")
    rows = (
        Valuation.objects.filter(
            day__gt=last - timedelta(days=LOOK_BACK),
            day__lte=last,
            portfolio__household__in=enabled,
            portfolio__base_currency=F("portfolio__household__base_currency"),
        )
        .order_by("portfolio__household_id", "day")
        .values_list("portfolio__household_id", "day")
        .annotate(
            unknown=Count("pk", filter=Q(value__isnull=True) | Q(flow__isnull=True)),
            worth=Sum("value"),
            paid_in=Sum("flow"),
        )
    )
    days: defaultdict[UUID, list[_Day]] = defaultdict(list)
    for household_id, day, unknown, value, flow in rows.iterator(chunk_size=5000):
        days[household_id].append(_Day(day, None if unknown else value, flow or Decimal(0)))
    for household_id, known in days.items():
        if len(known) > 1 and known[-1].day == last and _fell(known[-2], known[-1]):
            yield Fall(household_id, last, "the household's value")


def _fell(before: _Day, after: _Day) -> bool:
    if before.value is None or after.value is None:
        return False
    return is_large_fall(day_return(before.value, after.value, after.flow))


def _by_index(last: date) -> Iterator[Fall]:
    """Households that hold a fund on an index which fell: by the fund's own closes."""
    tracking = Instrument.objects.exclude(tracked_index="").values_list("pk", "tracked_index")
    names = dict(tracking)
    closes: defaultdict[UUID, list[tuple[date, Decimal]]] = defaultdict(list)
    prices = Price.objects.filter(
        instrument_id__in=list(names), day__gt=last - timedelta(days=LOOK_BACK), day__lte=last
    )
    for key, day, close in prices.order_by("day").values_list("instrument_id", "day", "close"):
        closes[key].append((day, close))
    fallen = [key for key, known in closes.items() if _index_fell(known, last)]
    held = Holding.objects.filter(
        instrument_id__in=fallen, quantity__gt=0, portfolio__harvest_policy__is_enabled=True
    )
    for household_id, key in held.values_list("portfolio__household_id", "instrument_id").distinct():
        yield Fall(household_id, last, names[key])


def _index_fell(known: list[tuple[date, Decimal]], last: date) -> bool:
    if len(known) < 2 or known[-1][0] != last:  # noqa: PLR2004 - a change needs two closes
        return False
    return is_large_fall(day_return(known[-2][1], known[-1][1]))
