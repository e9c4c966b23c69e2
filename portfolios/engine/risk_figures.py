"""How much the value swung: volatility, Sharpe ratio, drawdowns, best and worst day."""

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
    day_text,
)
from portfolios.engine.intervals import Step
from portfolios.engine.time_weighted import IndexPoint

ZERO, ONE = Decimal(0), Decimal(1)
TRADING_DAYS = 252
# Fewer daily returns than about a month of trading make a spread that means nothing.
MINIMUM_RETURNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReturn:
    """The return of one trading day."""

    day: date
    return_: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far daily returns lie apart: `deviation` of a day, `volatility` of a year."""

    count: int
    last_day: date
    mean: Decimal
    deviation: Decimal
    volatility: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """The fall (never positive) from a peak to a trough, and the day it was made good, or None."""

    fall: Decimal
    peak: date
    trough: date
    recovery: date | None


def daily_returns(steps: Sequence[Step]) -> list[DailyReturn]:
    """Returns of single days with capital at work.

    Bridged gaps, and days on which nothing moved because prices were carried over (the market was closed),
    are no daily returns.
    """
    return [
        DailyReturn(day=step.end, return_=step.factor - ONE)
        for step in steps
        if not (step.is_gap or step.is_idle or step.is_closed_market)
    ]


def spread_of(returns: Sequence[DailyReturn], *, minimum: int = MINIMUM_RETURNS) -> Spread:
    """Mean and sample standard deviation of the daily returns, and the deviation times the root of 252.

    Raises UnavailableError for fewer than `minimum` (at least two) returns.
    """
    _enough(returns, max(minimum, 2))
    with localcontext(ARITHMETIC):
        mean = sum((item.return_ for item in returns), ZERO) / len(returns)
        distances = [item.return_ - mean for item in returns]
        squares = sum((distance * distance for distance in distances), ZERO)
        deviation = (squares / (len(returns) - 1)).sqrt()
        return Spread(
            count=len(returns),
            last_day=returns[-1].day,
            mean=mean,
            deviation=deviation,
            volatility=deviation * Decimal(TRADING_DAYS).sqrt(),
        )


def sharpe_ratio(spread: Spread, risk_free_rate: Decimal) -> Decimal:
    """Mean daily return times 252, less the yearly `risk_free_rate`, over the volatility (Sharpe 1994).

    Raises UnavailableError for a volatility of zero.
    """
    if spread.volatility == 0:
        raise UnavailableError("The value did not swing at all; a ratio to its swings has no meaning.")
    with localcontext(ARITHMETIC):
        return (spread.mean * TRADING_DAYS - risk_free_rate) / spread.volatility


def worst_drawdown(index: Sequence[IndexPoint]) -> Drawdown:
    """The deepest fall of a growth index below an earlier high; a fall of zero when it never fell.

    The first deepest one wins. `recovery` is the first later day at or above the peak.
    """
    worst = Drawdown(fall=ZERO, peak=index[0].day, trough=index[0].day, recovery=index[0].day)
    peak, level = index[0], index[0].level
    with localcontext(ARITHMETIC):
        for point in index:
            if point.level >= peak.level:
                peak = point
            fall = point.level / peak.level - ONE
            if fall < worst.fall:
                worst, level = Drawdown(fall=fall, peak=peak.day, trough=point.day, recovery=None), peak.level
    return worst if worst.fall == 0 else _with_recovery(worst, level, index)


def current_drawdown(index: Sequence[IndexPoint]) -> Drawdown:
    """How far the last point stands below the highest one before it; zero at a high."""
    last = index[-1]
    peak = max(index, key=lambda point: (point.level, point.day))
    with localcontext(ARITHMETIC):
        fall = last.level / peak.level - ONE
    return Drawdown(
        fall=fall, peak=peak.day, trough=last.day, recovery=last.day if peak.day == last.day else None
    )


def best_day(returns: Sequence[DailyReturn]) -> DailyReturn:
    """The first day with the highest return; raises UnavailableError when there is no daily return."""
    _enough(returns, 1)
    return max(returns, key=lambda item: item.return_)


def worst_day(returns: Sequence[DailyReturn]) -> DailyReturn:
    """The first day with the lowest return; raises UnavailableError when there is no daily return."""
    _enough(returns, 1)
    return min(returns, key=lambda item: item.return_)


def explain_volatility(spread: Spread) -> Explanation:
    """The count, mean and deviation behind a volatility."""
    return Explanation(
        title="Volatility",
        formula="Standard deviation of the daily returns (sample) times the square root of 252 trading days",
        lines=(
            ExplanationLine(label="Daily returns", amount=Decimal(spread.count), unit=Unit.DAYS),
            ExplanationLine(label="Mean of a day", amount=spread.mean, unit=Unit.FRACTION),
            ExplanationLine(label="Standard deviation of a day", amount=spread.deviation, unit=Unit.FRACTION),
            ExplanationLine(
                label="A year", amount=spread.volatility, unit=Unit.FRACTION, kind=LineKind.RESULT
            ),
        ),
        prices_as_of=spread.last_day,
        notes=("Days on which the market was closed are left out.",),
    )


def explain_sharpe(spread: Spread, risk_free_rate: Decimal) -> Explanation:
    """The parts of a Sharpe ratio."""
    yearly = spread.mean * TRADING_DAYS
    return Explanation(
        title="Sharpe ratio",
        formula="(Mean daily return × 252 − risk-free rate) ÷ volatility",
        lines=(
            ExplanationLine(label="Mean daily return × 252", amount=yearly, unit=Unit.FRACTION),
            ExplanationLine(label="Risk-free rate a year", amount=-risk_free_rate, unit=Unit.FRACTION),
            ExplanationLine(
                label="Excess return",
                amount=yearly - risk_free_rate,
                unit=Unit.FRACTION,
                kind=LineKind.SUBTOTAL,
            ),
            ExplanationLine(label="Volatility", amount=spread.volatility, unit=Unit.FRACTION),
            ExplanationLine(
                label="Ratio",
                amount=sharpe_ratio(spread, risk_free_rate),
                unit=Unit.RATIO,
                kind=LineKind.RESULT,
            ),
        ),
        rule="Sharpe, The Sharpe Ratio, Journal of Portfolio Management (1994)",
        prices_as_of=spread.last_day,
    )


def explain_drawdown(title: str, drawdown: Drawdown, index: Sequence[IndexPoint]) -> Explanation:
    """The two levels that a drawdown compares, and when it was made good."""
    levels = {point.day: point.level for point in index}
    made_good = f"Made good on {day_text(drawdown.recovery)}." if drawdown.recovery else "Not yet made good."
    return Explanation(
        title=title,
        formula="Growth of one unit of capital at the low, over its growth at the high before, less one",
        lines=(
            ExplanationLine(
                label=f"High, {day_text(drawdown.peak)}", amount=levels[drawdown.peak], unit=Unit.RATIO
            ),
            ExplanationLine(
                label=f"Low, {day_text(drawdown.trough)}", amount=levels[drawdown.trough], unit=Unit.RATIO
            ),
            ExplanationLine(label="Fall", amount=drawdown.fall, unit=Unit.FRACTION, kind=LineKind.RESULT),
        ),
        rule="Flows are taken out: the index is that of the time-weighted return",
        prices_as_of=index[-1].day,
        notes=() if drawdown.fall == 0 else (made_good,),
    )


def explain_day(title: str, found: DailyReturn, steps: Sequence[Step], currency: str) -> Explanation:
    """The capital and the gain of a single day."""
    step = next(item for item in steps if item.end == found.day)
    return Explanation(
        title=title,
        formula="Gain of the day ÷ capital at work on it",
        lines=(
            ExplanationLine(label=f"Gain, {day_text(found.day)}", amount=step.gain, currency=currency),
            ExplanationLine(label="Capital at work", amount=step.capital, currency=currency),
            ExplanationLine(label="Return", amount=found.return_, unit=Unit.FRACTION, kind=LineKind.RESULT),
        ),
        prices_as_of=found.day,
    )


def _enough(returns: Sequence[DailyReturn], minimum: int) -> None:
    if len(returns) < minimum:
        plural = "s" if minimum > 1 else ""
        raise UnavailableError(
            f"This needs at least {minimum} daily return{plural}; there are {len(returns)}."
        )


def _with_recovery(drawdown: Drawdown, level: Decimal, index: Sequence[IndexPoint]) -> Drawdown:
    later = (point.day for point in index if point.day > drawdown.trough and point.level >= level)
    return Drawdown(
        fall=drawdown.fall, peak=drawdown.peak, trough=drawdown.trough, recovery=next(later, None)
    )
