"""The time-weighted return: what the investments did, whatever was paid in or taken out meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from common.money import ARITHMETIC
from portfolios.engine.figures import (
    Explanation,
    ExplanationLine,
    LineKind,
    UnavailableError,
    Unit,
    amount_text,
    day_text,
)
from portfolios.engine.intervals import Interval, Step

ONE = Decimal(1)
DAYS_A_YEAR = 365
RULE = (
    "Daily linking; inflows count from the start of their day, outflows until its end "
    "(Bacon, Practical Portfolio Performance Measurement, chapter 2)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubPeriod:
    """A stretch without flows: what was there at its start, what at its end, and the quotient less one."""

    start: date
    end: date
    start_capital: Decimal
    end_capital: Decimal
    return_: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPoint:
    """Growth of one unit of capital up to the close of `day`, flows taken out."""

    day: date
    level: Decimal


def time_weighted_return(steps: Sequence[Step]) -> Decimal:
    """The factors of all steps multiplied, less one. Raises UnavailableError without capital."""
    if all(step.is_idle for step in steps):
        raise UnavailableError("There was no capital at work in this interval.")
    with localcontext(ARITHMETIC):
        return _product(steps) - ONE


def annualised(return_: Decimal, days: int) -> Decimal:
    """`return_` as a yearly rate of 365 days; raises UnavailableError for a year or less.

    A shorter return is never scaled up to a year: it would promise what did not happen (GIPS standards).
    """
    if days <= DAYS_A_YEAR:
        raise UnavailableError("A return over a year or less is not scaled up to a yearly rate.")
    with localcontext(ARITHMETIC):
        return (ONE + return_) ** (Decimal(DAYS_A_YEAR) / days) - ONE


def growth_index(interval: Interval, steps: Sequence[Step]) -> list[IndexPoint]:
    """The index that starts at 1 on the opening day and grows by each step's factor; gaps have no point."""
    level, points = ONE, [IndexPoint(day=interval.first_day, level=ONE)]
    with localcontext(ARITHMETIC):
        for step in steps:
            level *= step.factor
            points.append(IndexPoint(day=step.end, level=level))
    return points


def sub_periods(steps: Sequence[Step]) -> list[SubPeriod]:
    """The steps gathered into stretches without flows, whose returns link to the same result."""
    groups: list[list[Step]] = []
    for index, step in enumerate(steps):
        if index == 0 or _is_border(steps[index - 1], step):
            groups.append([])
        groups[-1].append(step)
    return [_sub_period(group) for group in groups if not all(step.is_idle for step in group)]


def explain_time_weighted(interval: Interval, steps: Sequence[Step], currency: str) -> Explanation:
    """The return by sub-period, and the days on which it rests."""
    lines = [
        ExplanationLine(
            label=f"{day_text(period.start)} to {day_text(period.end)}",
            amount=period.return_,
            unit=Unit.FRACTION,
            detail=(
                f"{amount_text(period.start_capital, currency)} became "
                f"{amount_text(period.end_capital, currency)}"
            ),
        )
        for period in sub_periods(steps)
    ]
    lines.append(
        ExplanationLine(
            label="Linked together",
            amount=time_weighted_return(steps),
            unit=Unit.FRACTION,
            kind=LineKind.RESULT,
        )
    )
    return Explanation(
        title="Time-weighted return",
        formula=(
            "Each stretch between two flows has its own return: what was there at its end over what was "
            "there at its start, less one. The stretches multiply: (1 + first) × (1 + second) × … − 1."
        ),
        lines=tuple(lines),
        rule=RULE,
        prices_as_of=interval.last_day,
        notes=tuple(_notes(steps, currency)),
    )


def explain_annualised(return_: Decimal, days: int) -> Explanation:
    """How a return over more than a year becomes a yearly rate."""
    return Explanation(
        title="Yearly time-weighted return",
        formula="(1 + return over the interval) to the power of 365 / days, less one",
        lines=(
            ExplanationLine(label="Return over the interval", amount=return_, unit=Unit.FRACTION),
            ExplanationLine(label="Calendar days", amount=Decimal(days), unit=Unit.DAYS),
            ExplanationLine(
                label="A year",
                amount=annualised(return_, days),
                unit=Unit.FRACTION,
                kind=LineKind.RESULT,
            ),
        ),
        rule="Only intervals of more than a year are annualised (GIPS standards)",
    )


def notes_on_gaps(steps: Sequence[Step]) -> list[str]:
    """Sentences about steps that bridge days without a value."""
    notes = []
    gaps = sum(1 for step in steps if step.is_gap)
    if gaps:
        bridged = "1 stretch without a value was" if gaps == 1 else f"{gaps} stretches without a value were"
        notes.append(f"{bridged} bridged from one valued day to the next.")
    if any(step.is_estimated for step in steps):
        notes.append("Flows inside such a stretch are weighted by time (modified Dietz): an estimate.")
    return notes


def _notes(steps: Sequence[Step], currency: str) -> list[str]:
    notes = notes_on_gaps(steps)
    idle = sum((step.gain for step in steps if step.is_idle), Decimal(0))
    if idle:
        notes.append(
            f"{amount_text(idle, currency)} came while no capital was at work; it belongs to no return."
        )
    return notes


def _is_border(before: Step, step: Step) -> bool:
    flows_between = before.outflow or step.inflow
    return bool(flows_between) or before.is_estimated or step.is_estimated or before.is_idle != step.is_idle


def _sub_period(group: Sequence[Step]) -> SubPeriod:
    with localcontext(ARITHMETIC):
        return_ = _product(group) - ONE
        start_capital = group[0].capital
        return SubPeriod(
            start=group[0].start,
            end=group[-1].end,
            start_capital=start_capital,
            end_capital=start_capital * (ONE + return_),
            return_=return_,
        )


def _product(steps: Sequence[Step]) -> Decimal:
    product = ONE
    for step in steps:
        product *= step.factor
    return product
