"""The money-weighted return: what the person's own money earned, with the timing of each flow."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple

from pyxirr import InvalidPaymentsError, xirr

from common.money import ARITHMETIC, quantize
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

ZERO, ONE = Decimal(0), Decimal(1)
DAYS_A_YEAR = 365
# A rate solves the equation when what is left over is below a millionth of the money that moved.
TOLERANCE = Decimal("0.000001")
# Powers are dear, and the proof needs a few digits more than the tolerance has.
PROOF_DIGITS = 20


class Payment(NamedTuple):
    """Money that the person put in (negative) or got out (positive) on a day, and what it was."""

    day: date
    amount: Decimal
    label: str


def payments_of(interval: Interval) -> list[Payment]:
    """The opening value and each inflow as money put in, each outflow and the last value as money got out.

    Raises UnavailableError where a value or a flow is not known.
    """
    payments = []
    opening = value_on(interval.opening)
    if opening:
        payments.append(Payment(interval.first_day, -opening, "Value at the start"))
    for record in interval.flow_days:
        flow = flow_on(record)
        payments.append(Payment(record.day, -flow, "Paid in" if flow > 0 else "Taken out"))
    payments.append(Payment(interval.last_day, value_on(interval.days[-1]), "Value at the end"))
    return payments


def internal_rate(payments: Sequence[Payment]) -> Decimal:
    """The yearly rate at which the payments balance: the sum of amount / (1 + rate)^(days / 365) is zero.

    The root is searched in binary floating point by pyxirr. The number that comes back is turned into a
    Decimal by its shortest decimal text, rounded to eight places, and then proved by putting it into the
    equation in Decimal arithmetic. Raises UnavailableError when there is no such rate, it is not proved,
    or the payments span no time.
    """
    if payments[0].day == payments[-1].day:
        raise UnavailableError("All the money moved on one day; a rate needs time to pass.")
    try:
        found = xirr([payment.day for payment in payments], [payment.amount for payment in payments])
    except InvalidPaymentsError:
        raise UnavailableError("A rate needs money put in and money got out; here is only one.") from None
    rate = None if found is None else Decimal(repr(found))
    if rate is None or not rate.is_finite() or rate <= -ONE or not _balances(payments, rate):
        raise UnavailableError("No yearly rate balances these flows.")
    return quantize(rate)


def over_interval(rate: Decimal, days: int) -> Decimal:
    """A yearly rate as the return over `days` calendar days."""
    with localcontext(ARITHMETIC):
        return (ONE + rate) ** (Decimal(days) / DAYS_A_YEAR) - ONE


def explain_money_weighted(payments: Sequence[Payment], rate: Decimal, currency: str) -> Explanation:
    """The payments that the rate balances, and the rate."""
    lines = [
        ExplanationLine(
            label=f"{payment.label}, {day_text(payment.day)}",
            amount=payment.amount,
            currency=currency,
            source=Source(kind=SourceKind.DAY, key=payment.day.isoformat()),
        )
        for payment in payments
    ]
    lines.append(ExplanationLine(label="Rate a year", amount=rate, unit=Unit.FRACTION, kind=LineKind.RESULT))
    return Explanation(
        title="Money-weighted return (XIRR)",
        formula=(
            "The yearly rate at which all money put in and got out balances: "
            "the sum of amount ÷ (1 + rate)^(days since the start ÷ 365) is zero."
        ),
        lines=tuple(lines),
        rule="Internal rate of return with exact days over a year of 365",
        prices_as_of=payments[-1].day,
    )


def explain_over_interval(rate: Decimal, days: int) -> Explanation:
    """How a yearly rate becomes the return over an interval."""
    return Explanation(
        title="Money-weighted return over the interval",
        formula="(1 + rate a year) to the power of days / 365, less one",
        lines=(
            ExplanationLine(label="Rate a year (XIRR)", amount=rate, unit=Unit.FRACTION),
            ExplanationLine(label="Calendar days", amount=Decimal(days), unit=Unit.DAYS),
            ExplanationLine(
                label="Over the interval",
                amount=over_interval(rate, days),
                unit=Unit.FRACTION,
                kind=LineKind.RESULT,
            ),
        ),
    )


def _balances(payments: Sequence[Payment], rate: Decimal) -> bool:
    with localcontext(ARITHMETIC, prec=PROOF_DIGITS):
        start, growth = payments[0].day, ONE + rate
        left = sum(
            (
                payment.amount / growth ** (Decimal((payment.day - start).days) / DAYS_A_YEAR)
                for payment in payments
            ),
            ZERO,
        )
        moved = sum((abs(payment.amount) for payment in payments), ZERO)
        return abs(left) <= moved * TOLERANCE
