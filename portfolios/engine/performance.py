"""Everything measured over an interval, each figure with its arithmetic or the reason it is missing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from portfolios.engine import change, money_weighted, risk_figures, time_weighted
from portfolios.engine.benchmark import Benchmark, benchmark_return, explain_benchmark
from portfolios.engine.figures import (
    Explanation,
    ExplanationLine,
    Figure,
    LineKind,
    UnavailableError,
    Unit,
    day_text,
    figure_from,
)
from portfolios.engine.intervals import Interval, Step, interval_of, steps_of, value_on
from portfolios.engine.records import ValuationRecord
from portfolios.engine.risk_figures import MINIMUM_RETURNS, DailyReturn, Drawdown
from portfolios.engine.time_weighted import IndexPoint

ZERO = Decimal(0)
T = TypeVar("T")
Measured = tuple[Decimal, Explanation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """The figures of an interval by key, and the series and days behind them.

    `index` is empty, and `drawdown`, `best` and `worst` are None, where the figure of that name is missing.
    `notes` are sentences about the whole: days without a value, older closes at the end.
    """

    first_day: date | None
    last_day: date | None
    currency: str
    figures: dict[str, Figure]
    index: tuple[IndexPoint, ...] = ()
    drawdown: Drawdown | None = None
    best: DailyReturn | None = None
    worst: DailyReturn | None = None
    notes: tuple[str, ...] = ()


def measure(
    records: Sequence[ValuationRecord],
    *,
    currency: str,
    first: date | None = None,
    last: date | None = None,
    risk_free_rate: Decimal = ZERO,
    benchmark: Benchmark | None = None,
    minimum_returns: int = MINIMUM_RETURNS,
) -> Performance:
    """The performance of the sorted valuations from `first` to `last` (both included; None: all there is).

    `records` should include the last one before `first`: the interval opens with it. The keys of `figures`:
    start_value, end_value, cash, change, net_flows, gain, average_capital, simple_return, twr, twr_yearly,
    xirr, mwr, volatility, sharpe, drawdown, drawdown_now, best_day, worst_day, and with a benchmark
    benchmark_return, active_return. `risk_free_rate` is a yearly fraction.
    """
    gauge = _Gauge(records, currency, first, last)
    figures = [*gauge.money_figures(), *gauge.return_figures()]
    figures += gauge.risk_figures(risk_free_rate, minimum_returns)
    if benchmark is not None:
        figures += gauge.benchmark_figures(benchmark)
    interval = _or_none(lambda: gauge.interval)
    returns = _or_none(lambda: gauge.returns)
    return Performance(
        first_day=None if interval is None else interval.first_day,
        last_day=None if interval is None else interval.last_day,
        currency=currency,
        figures={figure.key: figure for figure in figures},
        index=tuple(_or_none(lambda: gauge.index) or ()),
        drawdown=_or_none(lambda: risk_figures.worst_drawdown(gauge.index)),
        best=risk_figures.best_day(returns) if returns else None,
        worst=risk_figures.worst_day(returns) if returns else None,
        notes=() if interval is None else tuple(_notes(interval)),
    )


def _or_none(compute: Callable[[], T]) -> T | None:
    try:
        return compute()
    except UnavailableError:
        return None


def _notes(interval: Interval) -> list[str]:
    notes = []
    unvalued = [record.day for record in interval.days if record.value is None]
    if unvalued:
        notes.append(
            f"{len(unvalued)} day{'s' if len(unvalued) > 1 else ''} without a value, "
            f"the last on {day_text(unvalued[-1])}."
        )
    stale = interval.days[-1].stale
    if stale:
        notes.append(f"Valued at an older close: {', '.join(stale)}.")
    return notes


class _Gauge:
    """One interval and what is computed from it once, however many figures need it."""

    def __init__(
        self, records: Sequence[ValuationRecord], currency: str, first: date | None, last: date | None
    ) -> None:
        self._currency = currency
        self._interval: Interval | None = None
        self._steps: list[Step] | None = None
        self._reason = ""
        try:
            self._interval = interval_of(records, first=first, last=last)
            self._steps = steps_of(self._interval)
        except UnavailableError as missing:
            self._reason = missing.reason

    @property
    def interval(self) -> Interval:
        """The interval; raises UnavailableError when no valuation lies in it."""
        if self._interval is None:
            raise UnavailableError(self._reason)
        return self._interval

    @property
    def steps(self) -> list[Step]:
        """The steps between valued days; raises UnavailableError where they cannot be linked."""
        if self._steps is None:
            raise UnavailableError(self._reason)
        return self._steps

    @cached_property
    def returns(self) -> list[DailyReturn]:
        """The daily returns of the interval."""
        return risk_figures.daily_returns(self.steps)

    @cached_property
    def index(self) -> list[IndexPoint]:
        """The growth index of the interval."""
        return time_weighted.growth_index(self.interval, self.steps)

    def money_figures(self) -> list[Figure]:
        """What the account was worth, what was paid in, what was gained."""
        return [
            self._money("start_value", "Value at the start", self._start_value),
            self._money("end_value", "Value at the end", self._end_value),
            self._money("cash", "Cash", self._cash),
            self._money("change", "Change in value", self._of_interval(change.change, change.explain_change)),
            self._money(
                "net_flows", "Paid in, net", self._of_interval(change.net_flows, change.explain_flows)
            ),
            self._money("gain", "Gain", self._of_interval(change.gain, change.explain_gain)),
            self._money(
                "average_capital",
                "Average capital",
                self._of_interval(change.average_capital, change.explain_average),
            ),
        ]

    def return_figures(self) -> list[Figure]:
        """The simple, time-weighted and money-weighted returns."""
        is_estimated = any(step.is_estimated for step in self._steps or ())
        simple = self._of_interval(change.simple_return, change.explain_simple_return)
        return [
            self._fraction("simple_return", "Simple return", simple),
            self._fraction(
                "twr", "Time-weighted return", lambda: self._time_weighted, is_estimated=is_estimated
            ),
            self._fraction(
                "twr_yearly", "Time-weighted return a year", self._yearly, is_estimated=is_estimated
            ),
            self._fraction("xirr", "Money-weighted return a year (XIRR)", lambda: self._internal_rate),
            self._fraction("mwr", "Money-weighted return", self._money_weighted),
        ]

    def risk_figures(self, risk_free_rate: Decimal, minimum: int) -> list[Figure]:
        """Volatility, Sharpe ratio, drawdowns, best and worst day."""

        def volatility() -> Measured:
            spread = risk_figures.spread_of(self.returns, minimum=minimum)
            return spread.volatility, risk_figures.explain_volatility(spread)

        def sharpe() -> Measured:
            spread = risk_figures.spread_of(self.returns, minimum=minimum)
            ratio = risk_figures.sharpe_ratio(spread, risk_free_rate)
            return ratio, risk_figures.explain_sharpe(spread, risk_free_rate)

        return [
            self._fraction("volatility", "Volatility a year", volatility),
            figure_from(sharpe, key="sharpe", label="Sharpe ratio", unit=Unit.RATIO),
            self._fraction("drawdown", "Largest drawdown", self._fall(risk_figures.worst_drawdown)),
            self._fraction("drawdown_now", "Drawdown now", self._fall(risk_figures.current_drawdown)),
            self._fraction("best_day", "Best day", self._extreme("Best day", risk_figures.best_day)),
            self._fraction("worst_day", "Worst day", self._extreme("Worst day", risk_figures.worst_day)),
        ]

    def benchmark_figures(self, benchmark: Benchmark) -> list[Figure]:
        """The benchmark's return over the same days, and the portfolio's less it."""

        def theirs() -> Measured:
            days = self.interval.first_day, self.interval.last_day
            return benchmark_return(benchmark, *days), explain_benchmark(benchmark, *days)

        def active() -> Measured:
            own, other = self._time_weighted[0], theirs()[0]
            return own - other, _explain_active(benchmark.name, own, other, self.interval.last_day)

        return [
            self._fraction("benchmark_return", f"Return of {benchmark.name}", theirs),
            self._fraction("active_return", f"Against {benchmark.name}", active),
        ]

    def _money(self, key: str, label: str, compute: Callable[[], Measured]) -> Figure:
        return figure_from(compute, key=key, label=label, unit=Unit.MONEY, currency=self._currency)

    def _fraction(
        self, key: str, label: str, compute: Callable[[], Measured], *, is_estimated: bool = False
    ) -> Figure:
        return figure_from(compute, key=key, label=label, unit=Unit.FRACTION, is_estimated=is_estimated)

    def _of_interval(
        self, value: Callable[[Interval], Decimal], explain: Callable[[Interval, str], Explanation]
    ) -> Callable[[], Measured]:
        return lambda: (value(self.interval), explain(self.interval, self._currency))

    def _start_value(self) -> Measured:
        record = self.interval.opening
        return value_on(record), change.explain_value("Value at the start", record, self._currency)

    def _end_value(self) -> Measured:
        record = self.interval.days[-1]
        return value_on(record), change.explain_value("Total value", record, self._currency)

    def _cash(self) -> Measured:
        record = self.interval.days[-1]
        if record.cash is None:
            raise UnavailableError(f"There is no exchange rate for some cash on {day_text(record.day)}.")
        return record.cash, change.explain_cash(record, record.cash, self._currency)

    @cached_property
    def _time_weighted(self) -> Measured:
        steps = self.steps
        explanation = time_weighted.explain_time_weighted(self.interval, steps, self._currency)
        return time_weighted.time_weighted_return(steps), explanation

    def _yearly(self) -> Measured:
        return_, days = self._time_weighted[0], self.interval.length_in_days
        return time_weighted.annualised(return_, days), time_weighted.explain_annualised(return_, days)

    @cached_property
    def _internal_rate(self) -> Measured:
        payments = money_weighted.payments_of(self.interval)
        rate = money_weighted.internal_rate(payments)
        return rate, money_weighted.explain_money_weighted(payments, rate, self._currency)

    def _money_weighted(self) -> Measured:
        rate, days = self._internal_rate[0], self.interval.length_in_days
        return money_weighted.over_interval(rate, days), money_weighted.explain_over_interval(rate, days)

    def _fall(self, find: Callable[[Sequence[IndexPoint]], Drawdown]) -> Callable[[], Measured]:
        def compute() -> Measured:
            index = self.index
            drawdown = find(index)
            return drawdown.fall, risk_figures.explain_drawdown("Drawdown", drawdown, index)

        return compute

    def _extreme(
        self, title: str, find: Callable[[Sequence[DailyReturn]], DailyReturn]
    ) -> Callable[[], Measured]:
        def compute() -> Measured:
            found = find(self.returns)
            return found.return_, risk_figures.explain_day(title, found, self.steps, self._currency)

        return compute


def _explain_active(name: str, own: Decimal, other: Decimal, last: date) -> Explanation:
    return Explanation(
        title=f"Against {name}",
        formula="Time-weighted return less the return of the benchmark over the same days",
        lines=(
            ExplanationLine(label="Time-weighted return", amount=own, unit=Unit.FRACTION),
            ExplanationLine(label=f"Return of {name}", amount=-other, unit=Unit.FRACTION),
            ExplanationLine(label="Difference", amount=own - other, unit=Unit.FRACTION, kind=LineKind.RESULT),
        ),
        prices_as_of=last,
    )
