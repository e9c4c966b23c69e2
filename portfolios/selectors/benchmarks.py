"""What a value can be compared with: the indices that a household knows, as the rules need them."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, localcontext
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.benchmark import Benchmark
from portfolios.engine.closes import MAX_AGE_DAYS, Close
from portfolios.engine.exchange_rates import RateTable
from portfolios.engine.records import ValuationRecord
from portfolios.models import Instrument, Price
from portfolios.selectors.rates import rates_between
from portfolios.selectors.scopes import Scope

ZERO = Decimal(0)
NOTE = "Closes of the index alone: dividends are not in it."


def benchmark_list(scope: Scope) -> list[Instrument]:
    """The indices to choose from, by name."""
    known = Instrument.objects.known_to(scope.household_id)
    return list(known.filter(asset_class=Instrument.AssetClass.INDEX).order_by("name", "symbol"))


def benchmark_choices(benchmarks: Sequence[tuple[UUID, str]]) -> list[tuple[str, str]]:
    """The indices to compare with, as pairs for a short choice; none when there is nothing to choose."""
    if not benchmarks:
        return []
    return [("none", "No index"), *((str(key), name) for key, name in benchmarks)]


def benchmark_of(
    scope: Scope, choices: Sequence[Instrument], chosen: UUID | None, *, first: date | None, last: date
) -> Benchmark | None:
    """The chosen index with its closes over an interval, or None when none is chosen or there is none."""
    instrument = next((row for row in choices if row.pk == chosen), None)
    if instrument is None:
        return None
    prices = Price.objects.filter(instrument=instrument, day__lte=last)
    since = None
    if first is not None:
        since = first - timedelta(days=2 * MAX_AGE_DAYS)
        prices = prices.filter(day__gte=since)
    rows = prices.order_by("day").values_list("day", "close", "currency")
    rates = RateTable()
    if instrument.currency != scope.currency:
        rates = rates_between(scope, first=since, last=last)
    return Benchmark(
        name=instrument.name or instrument.symbol,
        closes=[Close(*row) for row in rows],
        currency=scope.currency,
        rates=rates,
        note=NOTE,
    )


def same_money_in(benchmark: Benchmark, records: Sequence[ValuationRecord]) -> list[Decimal | None]:
    """What the first value, and every flow on its day, would be worth in the benchmark, day by day.

    None where the benchmark has no close, and from the first day whose flow is not known on.
    """
    levels = _levels(benchmark, [record.day for record in records])
    worth: list[Decimal | None] = []
    units: Decimal | None = None
    with localcontext(ARITHMETIC):
        for index, (record, level) in enumerate(zip(records, levels, strict=True)):
            if level is None:
                worth.append(None)
                continue
            if units is None and index == 0 and record.value is not None:
                units = record.value / level
            elif units is not None and record.flow is not None:
                units += record.flow / level
            else:
                units = None
            worth.append(None if units is None else quantize(units * level))
    return worth


def _levels(benchmark: Benchmark, days: Sequence[date]) -> list[Decimal | None]:
    """The last close of each day that is not older than a week, in the benchmark's currency."""
    rates = benchmark.rates
    levels: list[Decimal | None] = []
    position, closes = 0, benchmark.closes
    for day in days:
        while position < len(closes) and closes[position].day <= day:
            position += 1
        last = closes[position - 1] if position else None
        if last is None or (day - last.day).days > MAX_AGE_DAYS:
            levels.append(None)
            continue
        rate = rates.on_day(last.currency, benchmark.currency, day)
        levels.append(None if rate is None else last.close * rate.rate)
    return levels
