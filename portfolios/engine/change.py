"""How a value changed over an interval: flows, gain, average capital at work, and the simple return."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

from common.money import ARITHMETIC
from portfolios.engine.figures import (
    Explanation,
    ExplanationLine,
    LineKind,
    Source,
    SourceKind,
    UnavailableError,
    Unit,
    day_text,
)
from portfolios.engine.intervals import Interval, flow_on, value_on
from portfolios.engine.records import ValuationRecord

ZERO = Decimal(0)
DIETZ = "Modified Dietz: each flow counts for the share of the interval that it was at work"


def net_flows(interval: Interval) -> Decimal:
    """Deposits and transfers in, less those out; raises UnavailableError when one is not known."""
    return sum((flow_on(record) for record in interval.flow_days), ZERO)


def change(interval: Interval) -> Decimal:
    """Value at the end less value at the start."""
    return value_on(interval.days[-1]) - value_on(interval.opening)


def gain(interval: Interval) -> Decimal:
    """The change that the flows do not explain."""
    return change(interval) - net_flows(interval)


def average_capital(interval: Interval) -> Decimal:
    """The opening value plus each flow times the share of the interval's calendar days it was at work.

    Inflows work from the start of their day, outflows until its end.
    """
    with localcontext(ARITHMETIC):
        return value_on(interval.opening) + sum(
            (flow * share for _, flow, share in _weighted_flows(interval)), ZERO
        )


def simple_return(interval: Interval) -> Decimal:
    """Gain over average capital; raises UnavailableError when there was no capital to speak of."""
    capital = average_capital(interval)
    if capital <= 0:
        raise UnavailableError("There was no capital at work on average; a return on it has no meaning.")
    with localcontext(ARITHMETIC):
        return gain(interval) / capital


def explain_value(title: str, record: ValuationRecord, currency: str) -> Explanation:
    """A day's value as cash and holdings; the closes carried over are named."""
    value = value_on(record)
    lines = []
    if record.cash is not None:
        lines = [
            ExplanationLine(label="Cash", amount=record.cash, currency=currency),
            ExplanationLine(label="Holdings", amount=value - record.cash, currency=currency),
        ]
    lines.append(
        ExplanationLine(
            label=f"Value, {day_text(record.day)}",
            amount=value,
            currency=currency,
            kind=LineKind.RESULT,
            source=_day(record),
        )
    )
    return Explanation(
        title=title,
        formula="Cash and holdings in the base currency, each holding at its last close",
        lines=tuple(lines),
        prices_as_of=record.day,
        notes=_stale_notes(record),
    )


def explain_cash(record: ValuationRecord, cash: Decimal, currency: str) -> Explanation:
    """A day's cash; negative cash is borrowed."""
    return Explanation(
        title="Cash",
        formula="The balances of all currencies at the rates of the day",
        lines=(
            ExplanationLine(
                label=f"Cash, {day_text(record.day)}",
                amount=cash,
                currency=currency,
                kind=LineKind.RESULT,
                source=_day(record),
            ),
        ),
        notes=("Negative cash is borrowed on margin.",) if cash < 0 else (),
    )


def explain_change(interval: Interval, currency: str) -> Explanation:
    """The two values, and how much of their difference was paid in."""
    return Explanation(
        title="Change in value",
        formula="Value at the end less value at the start",
        lines=(
            *_ends(interval, currency),
            ExplanationLine(label="Change", amount=change(interval), currency=currency, kind=LineKind.RESULT),
        ),
        prices_as_of=interval.last_day,
        notes=_stale_notes(interval.days[-1]),
    )


def explain_flows(interval: Interval, currency: str) -> Explanation:
    """Every flow of the interval and their sum."""
    return Explanation(
        title="Paid in, net",
        formula="Deposits and transfers in, less withdrawals and transfers out, each at the value of its day",
        lines=(
            *_flow_lines(interval, currency),
            ExplanationLine(label="Net", amount=net_flows(interval), currency=currency, kind=LineKind.RESULT),
        ),
    )


def explain_gain(interval: Interval, currency: str) -> Explanation:
    """The change less what was paid in."""
    return Explanation(
        title="Gain",
        formula="Value at the end, less value at the start, less what was paid in",
        lines=(
            *_ends(interval, currency),
            ExplanationLine(label="Paid in, net", amount=-net_flows(interval), currency=currency),
            ExplanationLine(label="Gain", amount=gain(interval), currency=currency, kind=LineKind.RESULT),
        ),
        prices_as_of=interval.last_day,
        notes=_stale_notes(interval.days[-1]),
    )


def explain_average(interval: Interval, currency: str) -> Explanation:
    """The opening value and each flow with its weight."""
    lines = [
        ExplanationLine(label="Value at the start", amount=value_on(interval.opening), currency=currency)
    ]
    lines += [
        ExplanationLine(
            label=f"{_flow_label(flow)}, {day_text(record.day)}",
            amount=flow * share,
            currency=currency,
            detail=f"{flow:,.2f} at work for {share * 100:.1f} % of the interval",
            source=_day(record),
        )
        for record, flow, share in _weighted_flows(interval)
    ]
    lines.append(
        ExplanationLine(
            label="Average capital",
            amount=average_capital(interval),
            currency=currency,
            kind=LineKind.RESULT,
        )
    )
    return Explanation(
        title="Average capital",
        formula="Value at the start, plus each flow times the share of the interval that it was at work",
        lines=tuple(lines),
        rule=DIETZ,
    )


def explain_simple_return(interval: Interval, currency: str) -> Explanation:
    """Gain over average capital."""
    return Explanation(
        title="Simple return",
        formula="Gain ÷ average capital",
        lines=(
            ExplanationLine(label="Gain", amount=gain(interval), currency=currency),
            ExplanationLine(label="Average capital", amount=average_capital(interval), currency=currency),
            ExplanationLine(
                label="Return",
                amount=simple_return(interval),
                unit=Unit.FRACTION,
                kind=LineKind.RESULT,
            ),
        ),
        rule=DIETZ,
        prices_as_of=interval.last_day,
    )


def _weighted_flows(interval: Interval) -> list[tuple[ValuationRecord, Decimal, Decimal]]:
    length = Decimal(interval.length_in_days)
    found = []
    for record in interval.flow_days:
        flow = flow_on(record)
        days_left = (interval.last_day - record.day).days + (1 if flow > 0 else 0)
        found.append((record, flow, days_left / length))
    return found


def _ends(interval: Interval, currency: str) -> Sequence[ExplanationLine]:
    opening, closing = interval.opening, interval.days[-1]
    return (
        ExplanationLine(
            label=f"Value at the end, {day_text(closing.day)}",
            amount=value_on(closing),
            currency=currency,
            source=_day(closing),
        ),
        ExplanationLine(
            label=f"Value at the start, {day_text(opening.day)}",
            amount=-value_on(opening),
            currency=currency,
            source=_day(opening),
        ),
    )


def _flow_lines(interval: Interval, currency: str) -> list[ExplanationLine]:
    return [
        ExplanationLine(
            label=f"{_flow_label(flow_on(record))}, {day_text(record.day)}",
            amount=flow_on(record),
            currency=currency,
            source=_day(record),
        )
        for record in interval.flow_days
    ]


def _flow_label(flow: Decimal) -> str:
    return "Paid in" if flow > 0 else "Taken out"


def _stale_notes(record: ValuationRecord) -> tuple[str, ...]:
    if not record.stale:
        return ()
    return (f"Valued at an older close: {', '.join(record.stale)}.",)


def _day(record: ValuationRecord) -> Source:
    return Source(kind=SourceKind.DAY, key=record.day.isoformat())
