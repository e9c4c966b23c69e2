"""What a risk report of an account is made from, read in sets."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal, localcontext
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from common.money import ARITHMETIC
from mlrecs.engine.risk_facts import Held, RiskFacts
from mlrecs.engine.scenarios import CRASHES, Crash
from mlrecs.selectors.price_series import Valued, returns_of, valued_on
from portfolios.engine.closes import Split
from portfolios.models import Holding, Instrument, Portfolio, Price
from portfolios.selectors.prices import restated, splits_known_to

# Five years: three to stand in the window, the rest to be tested on.
LOOK_BACK = timedelta(days=5 * 365 + 2)
WEEK = timedelta(days=7)
PLACES = Decimal("0.000001")


def risk_facts(portfolio: Portfolio, day: date) -> RiskFacts:
    """The account as it stands, with closes up to `day` and none later. Nine queries at most.

    The benchmark is the first index, by symbol, that the household knows closes of.
    """
    valued = valued_on(portfolio, day)
    keys = [one.instrument_id for one in valued.positions]
    benchmark = _benchmark(portfolio.household_id, day)
    wanted = [*keys, benchmark.pk] if benchmark is not None and keys else keys
    return RiskFacts(
        day=day,
        currency=portfolio.base_currency,
        value=valued.total,
        holdings=_held(valued),
        unpriced=_unpriced(portfolio, keys),
        table=returns_of(
            wanted,
            day - LOOK_BACK,
            day,
            household_id=portfolio.household_id,
            currency=portfolio.base_currency,
        ),
        benchmark_id=benchmark.pk if benchmark is not None else None,
        benchmark=(benchmark.name or benchmark.symbol) if benchmark is not None else "",
        crash_moves=_crash_moves(portfolio.household_id, keys),
    )


def _held(valued: Valued) -> tuple[Held, ...]:
    """The positions with their weights, which nobody has where the net value is not positive."""
    if valued.total <= 0:
        return ()
    instruments = Instrument.objects.in_bulk([one.instrument_id for one in valued.positions])
    with localcontext(ARITHMETIC):
        return tuple(
            Held(
                instrument_id=one.instrument_id,
                symbol=instruments[one.instrument_id].symbol,
                name=instruments[one.instrument_id].name,
                asset_class=instruments[one.instrument_id].asset_class,
                sector=instruments[one.instrument_id].sector,
                tracked_index=instruments[one.instrument_id].tracked_index,
                weight=one.value / valued.total,
                price_age=one.age,
            )
            for one in sorted(valued.positions, key=lambda one: instruments[one.instrument_id].symbol)
        )


def _unpriced(portfolio: Portfolio, priced: Collection[UUID]) -> tuple[str, ...]:
    rows = Holding.objects.filter(portfolio=portfolio).exclude(quantity=0).exclude(instrument_id__in=priced)
    return tuple(rows.order_by("instrument__symbol").values_list("instrument__symbol", flat=True))


def _benchmark(household_id: UUID, day: date) -> Instrument | None:
    indices = Instrument.objects.known_to(household_id).filter(asset_class=Instrument.AssetClass.INDEX)
    quoted = Price.objects.filter(day__gt=day - WEEK, day__lte=day).values("instrument_id")
    return indices.filter(pk__in=quoted).order_by("symbol", "pk").first()


def _crash_moves(household_id: UUID, keys: Collection[UUID]) -> dict[str, dict[UUID, Decimal]]:
    """What closes did in each crash of the past, for whatever was quoted at both of its ends."""
    ends = [day for crash in CRASHES for day in (crash.first, crash.last)]
    near = reduce(or_, (Q(day__gt=day - WEEK, day__lte=day) for day in ends))
    closes: defaultdict[UUID, list[tuple[date, Decimal]]] = defaultdict(list)
    rows = Price.objects.filter(near, instrument_id__in=list(keys)).order_by("day")
    for key, day, close in rows.values_list("instrument_id", "day", "close"):
        closes[key].append((day, close))
    splits = splits_known_to(household_id, closes)
    found: dict[str, dict[UUID, Decimal]] = {}
    for crash in CRASHES:
        moves = {key: _move(crash, known, splits[key]) for key, known in closes.items()}
        found[crash.key] = {key: move for key, move in moves.items() if move is not None}
    return found


def _move(crash: Crash, known: Iterable[tuple[date, Decimal]], splits: Collection[Split]) -> Decimal | None:
    """The change between the closes that stood at both ends; None without either."""
    before = [item for item in known if crash.first - WEEK < item[0] <= crash.first]
    after = [item for item in known if crash.last - WEEK < item[0] <= crash.last]
    if not before or not after or before[-1][0] == after[-1][0]:
        return None
    with localcontext(ARITHMETIC):
        start, end = (restated(close, day, splits) for day, close in (before[-1], after[-1]))
        return (end / start - 1).quantize(PLACES)
