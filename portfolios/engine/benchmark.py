"""The return of a benchmark over the same interval as the portfolio's, from its daily closes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext

from common.money import ARITHMETIC
from portfolios.engine.closes import Close, UsableClose, usable_close
from portfolios.engine.exchange_rates import RateTable
from portfolios.engine.figures import (
    Explanation,
    ExplanationLine,
    LineKind,
    UnavailableError,
    Unit,
    day_text,
)
from portfolios.engine.time_weighted import IndexPoint

ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A price series to compare with: its sorted closes, and the rates that bring it into `currency`.

    `note` says what the series holds, for example that dividends are not in it.
    """

    name: str
    closes: Sequence[Close]
    currency: str
    rates: RateTable = field(default_factory=RateTable)
    note: str = ""


def benchmark_return(benchmark: Benchmark, first: date, last: date) -> Decimal:
    """Price at the close of `last` over price at the close of `first`, less one, in the benchmark's currency.

    A close carried over for up to a week counts; raises UnavailableError when there is none.
    """
    with localcontext(ARITHMETIC):
        return _level(benchmark, last) / _level(benchmark, first) - ONE


def benchmark_index(benchmark: Benchmark, days: Sequence[date]) -> list[IndexPoint]:
    """Growth of one unit from the first of `days`; days without a usable close have no point.

    Empty when the first day itself has none.
    """
    points: list[IndexPoint] = []
    start: Decimal | None = None
    with localcontext(ARITHMETIC):
        for day in days:
            try:
                level = _level(benchmark, day)
            except UnavailableError:
                if start is None:
                    return []
                continue
            start = level if start is None else start
            points.append(IndexPoint(day=day, level=level / start))
    return points


def explain_benchmark(benchmark: Benchmark, first: date, last: date) -> Explanation:
    """The two prices that a benchmark's return compares."""
    lines = [
        ExplanationLine(
            label=f"{benchmark.name}, {day_text(_close(benchmark, day).day)}",
            amount=_level(benchmark, day),
            currency=benchmark.currency,
        )
        for day in (first, last)
    ]
    lines.append(
        ExplanationLine(
            label="Return",
            amount=benchmark_return(benchmark, first, last),
            unit=Unit.FRACTION,
            kind=LineKind.RESULT,
        )
    )
    return Explanation(
        title=f"Return of {benchmark.name}",
        formula="Close at the end over close at the start, less one",
        lines=tuple(lines),
        prices_as_of=_close(benchmark, last).day,
        notes=(benchmark.note,) if benchmark.note else (),
    )


def _close(benchmark: Benchmark, day: date) -> UsableClose:
    close = usable_close(benchmark.closes, day)
    if close is None:
        raise UnavailableError(f"{benchmark.name} has no usable close on {day_text(day)}.")
    return close


def _level(benchmark: Benchmark, day: date) -> Decimal:
    close = _close(benchmark, day)
    rate = benchmark.rates.on_day(close.currency, benchmark.currency, day)
    if rate is None:
        raise UnavailableError(
            f"There is no exchange rate {close.currency} to {benchmark.currency} on {day_text(day)}."
        )
    return close.close * rate.rate
