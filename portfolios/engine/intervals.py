"""A stretch of valued days and the steps between them: what returns, risk and gains are measured over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from common.money import ARITHMETIC
from portfolios.engine.figures import UnavailableError, day_text, list_text
from portfolios.engine.records import ValuationRecord

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The days measured, and the valuation at the close before the first of them.

    `flow_days` are those of the days on which something came in or went out, or may have.
    """

    opening: ValuationRecord
    days: tuple[ValuationRecord, ...]
    flow_days: tuple[ValuationRecord, ...]

    @property
    def first_day(self) -> date:
        """The day at whose close the measuring starts."""
        return self.opening.day

    @property
    def last_day(self) -> date:
        """The day at whose close the measuring ends."""
        return self.days[-1].day

    @property
    def length_in_days(self) -> int:
        """Calendar days from the opening close to the last."""
        return (self.last_day - self.first_day).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From one valued day to the next: capital at work, gain, and their quotient plus one (`factor`).

    `inflow` came at the start, `outflow` (positive) left at the end. A step over days without a value is
    a gap; with flows inside the gap it is estimated. A step without capital is idle: its factor is 1, and
    a gain in it belongs to no capital.
    """

    start: date
    end: date
    start_value: Decimal
    end_value: Decimal
    inflow: Decimal
    outflow: Decimal
    capital: Decimal
    gain: Decimal
    factor: Decimal
    is_gap: bool = False
    is_estimated: bool = False
    is_idle: bool = False
    is_closed_market: bool = False


def interval_of(
    records: Sequence[ValuationRecord], *, first: date | None = None, last: date | None = None
) -> Interval:
    """The interval from `first` to `last` (both included) of the sorted `records`.

    It opens with the last record before `first`. When there is none, the book begins inside the interval
    and the opening is an empty account on the day before its first record, so that the first deposit is
    a flow like any other. Raises UnavailableError when no record lies in the interval.
    """
    days = tuple(
        record
        for record in records
        if (first is None or record.day >= first) and (last is None or record.day <= last)
    )
    if not days:
        raise UnavailableError("There is no valuation in this interval.")
    before = [record for record in records if record.day < days[0].day]
    return Interval(
        opening=before[-1] if before else _empty_before(days[0]),
        days=days,
        flow_days=tuple(record for record in days if record.flow != 0),
    )


def steps_of(interval: Interval) -> list[Step]:
    """The steps of an interval, from each valued day to the next.

    Inflows count from the start of their day and outflows until its end, so capital at work is the value
    before plus inflows, and the factor is (value after + outflows) / capital. The convention is the usual
    one for daily time-weighted returns (Bacon, Practical Portfolio Performance Measurement, chapter 2; the
    GIPS standards ask for valuation at each large flow, which daily valuation does).

    Over a gap of n days the flows inside are weighted by the share of days they were at work (modified
    Dietz), which for n = 1 is the same rule. Raises UnavailableError where a value or flow that is needed
    is not known, or where the capital is negative or more than lost.
    """
    known, waiting, steps = interval.opening, list[ValuationRecord](), list[Step]()
    _value_needed(known)
    with localcontext(ARITHMETIC):
        for record in interval.days:
            waiting.append(record)
            if record.value is not None:
                steps.append(_step(known, waiting))
                known, waiting = record, []
    if waiting:
        _value_needed(waiting[-1])
    return steps


def value_on(record: ValuationRecord) -> Decimal:
    """The value of a day; raises UnavailableError naming what has no price."""
    _value_needed(record)
    return ZERO if record.value is None else record.value


def flow_on(record: ValuationRecord) -> Decimal:
    """The flow of a day; raises UnavailableError when a transfer or currency of that day has no value."""
    if record.flow is None:
        names = list_text(record.missing) or "a transfer"
        raise UnavailableError(f"What came in or went out on {day_text(record.day)} has no value: {names}.")
    return record.flow


def _value_needed(record: ValuationRecord) -> None:
    if record.value is None:
        names = list_text(record.missing) or "a holding"
        raise UnavailableError(f"There is no value on {day_text(record.day)}: no usable price for {names}.")


def _empty_before(record: ValuationRecord) -> ValuationRecord:
    return ValuationRecord(
        portfolio_id=record.portfolio_id,
        day=record.day - timedelta(days=1),
        value=ZERO,
        cash=ZERO,
        flow=ZERO,
    )


def _step(before: ValuationRecord, days: Sequence[ValuationRecord]) -> Step:
    start, end = value_on(before), value_on(days[-1])
    flows = [flow_on(record) for record in days]
    inflow = sum((flow for flow in flows if flow > 0), ZERO)
    outflow = -sum((flow for flow in flows if flow < 0), ZERO)
    capital = start + (inflow if len(days) == 1 else _weighted(flows))
    gain = end - start - inflow + outflow
    return Step(
        start=before.day,
        end=days[-1].day,
        start_value=start,
        end_value=end,
        inflow=inflow,
        outflow=outflow,
        capital=capital,
        gain=gain,
        factor=_factor(capital, gain, before.day, days[-1].day),
        is_gap=len(days) > 1,
        is_estimated=any(flows[:-1]),
        is_idle=capital == 0,
        is_closed_market=bool(days[-1].stale) and gain == 0 and not any(flows),
    )


def _weighted(flows: Sequence[Decimal]) -> Decimal:
    """The flows of consecutive days, each times the share of these days it was at work."""
    return sum((flow * _share_at_work(index, len(flows), flow) for index, flow in enumerate(flows)), ZERO)


def _share_at_work(index: int, count: int, flow: Decimal) -> Decimal:
    days_left = count - index if flow > 0 else count - index - 1
    return Decimal(days_left) / count


def _factor(capital: Decimal, gain: Decimal, start: date, end: date) -> Decimal:
    if capital == 0:
        return ONE
    if capital < 0:
        raise UnavailableError(
            f"The account was worth less than nothing on {day_text(start)}; a return on negative capital "
            "has no meaning."
        )
    if capital + gain < 0:
        raise UnavailableError(
            f"More than the whole capital was lost by {day_text(end)}; returns cannot be linked beyond that."
        )
    return (capital + gain) / capital
