"""After the window: switching back, staying or waiting, each by what it costs after tax."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import LineKind
from taxharvest.engine.harvest.arithmetic import FigureLine, line_kept, line_read, money_line

ZERO, ONE = Decimal(0), Decimal(1)
TRADING_DAYS, CALENDAR_DAYS = Decimal(252), Decimal(365)


class Choice(StrEnum):
    """What a person may choose for a plan."""

    SWITCH_BACK = "switch"
    STAY = "stay"
    WAIT = "wait"
    BUY_AGAIN = "buy_again"
    BUY_OTHER = "buy_other"
    STAY_IN_CASH = "cash"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPart:
    """A part of the replacement as it is held on `day`; amounts in the account's currency.

    `is_long` says whether a sale on that day is long-term, `long_on` when the last of it is.
    """

    symbol: str
    value: Decimal
    basis: Decimal
    is_long: bool
    long_on: date

    @property
    def gain(self) -> Decimal:
        """The gain of a sale now; negative for a loss."""
        return self.value - self.basis


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnTerms:
    """What the three ways are weighed by.

    Rates are fractions, the household's on the next dollar of gain; None where its income is not known.
    `costs` are of selling the replacement and buying back. `tracking_error` is a fraction a year, and
    `price_of_risk` what a household asks for bearing it (docs/harvesting.md). What stays is sold after
    `horizon_years`, and later taxes are discounted.
    """

    day: date
    currency: str
    short_rate: Decimal | None
    long_rate: Decimal | None
    costs: Decimal
    tracking_error: Decimal | None
    price_of_risk: Decimal = Decimal("0.4")
    discount_rate: Decimal = Decimal("0.05")
    horizon_years: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One of the three ways: what it costs after tax, None where that is not known, and its arithmetic."""

    choice: Choice
    cost: Decimal | None
    lines: tuple[FigureLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAdvice:
    """The three ways, and the cheapest of them; `best` is None where the rates are not known.

    `wait_until` is the first day on which a sale of the whole replacement is long-term, None where it is.
    """

    ways: tuple[Way, ...]
    best: Choice | None
    words: str
    wait_until: date | None


def return_advice(parts: Sequence[HeldPart], terms: ReturnTerms) -> ReturnAdvice:
    """What switching back, staying and waiting cost, each in today's money.

    Switching back now pays the tax on the replacement's gain at the rate of its term and the trading costs;
    its new basis saves the tax of a sale at the horizon. Staying pays nothing now and bears the tracking risk
    until then. Waiting bears it until the gain is long-term and pays the long rate then (IRC 1222).
    """
    wait_until = max((part.long_on for part in parts if not part.is_long), default=None)
    ways = [_switch(parts, terms), _stay(parts, terms)]
    if wait_until is not None:
        ways.append(_wait(parts, terms, wait_until))
    costs = {way.choice: way.cost for way in ways if way.cost is not None}
    best = min(costs, key=lambda choice: costs[choice]) if len(costs) == len(ways) else None
    return ReturnAdvice(
        ways=tuple(ways), best=best, words=_words(best, ways, terms, wait_until), wait_until=wait_until
    )


def advice_written(advice: ReturnAdvice) -> dict[str, object]:
    """The advice as a plan keeps it."""
    return {
        "best": advice.best.value if advice.best else "",
        "words": advice.words,
        "wait_until": advice.wait_until.isoformat() if advice.wait_until else "",
        "ways": [
            {
                "choice": way.choice.value,
                "cost": None if way.cost is None else f"{way.cost:f}",
                "lines": [line_kept(line) for line in way.lines],
            }
            for way in advice.ways
        ],
    }


def ways_read(kept: dict[str, object]) -> tuple[Way, ...]:
    """The ways as a plan kept them; none where there is no advice yet."""
    rows = kept.get("ways")
    if not isinstance(rows, list):
        return ()
    return tuple(
        Way(
            choice=Choice(row["choice"]),
            cost=None if row["cost"] is None else Decimal(row["cost"]),
            lines=tuple(line_read(line) for line in row["lines"]),
        )
        for row in rows
    )


def _switch(parts: Sequence[HeldPart], terms: ReturnTerms) -> Way:
    tax = _tax(parts, terms, is_all_long=False)
    saved = _saved_later(parts, terms)
    lines = [
        money_line("Tax on selling the replacement now", tax, terms.currency, _gain_words(parts)),
        money_line("Trading both ways", terms.costs, terms.currency),
        money_line(
            f"Tax in {terms.horizon_years} years, by the new basis",
            None if saved is None else -saved,
            terms.currency,
            f"discounted at {terms.discount_rate:.1%} a year",
        ),
    ]
    return _way(Choice.SWITCH_BACK, lines, terms)


def _stay(parts: Sequence[HeldPart], terms: ReturnTerms) -> Way:
    days = CALENDAR_DAYS * terms.horizon_years
    risk = _risk(parts, terms, days)
    return _way(
        Choice.STAY, [money_line("Risk of holding something else", risk, terms.currency, _risk_words(terms))],
        terms,
    )  # fmt: skip


def _wait(parts: Sequence[HeldPart], terms: ReturnTerms, until: date) -> Way:
    days = Decimal((until - terms.day).days)
    later = _discount(terms, ARITHMETIC.divide(days, CALENDAR_DAYS))
    tax = _tax(parts, terms, is_all_long=True)
    saved = _saved_later(parts, terms)
    lines = [
        money_line(
            f"Tax on selling the replacement on {until:%-d %b %Y}",
            None if tax is None else quantize(ARITHMETIC.multiply(tax, later)),
            terms.currency,
            "long-term by then, at today’s price",
        ),
        money_line("Trading both ways", quantize(ARITHMETIC.multiply(terms.costs, later)), terms.currency),
        money_line(
            f"Tax in {terms.horizon_years} years, by the new basis",
            None if saved is None else -saved,
            terms.currency,
        ),
        money_line(
            "Risk of holding something else until then",
            _risk(parts, terms, days),
            terms.currency,
            _risk_words(terms),
        ),
    ]
    return _way(Choice.WAIT, lines, terms)


def _way(choice: Choice, lines: Sequence[FigureLine], terms: ReturnTerms) -> Way:
    amounts = [line.amount for line in lines]
    known = [amount for amount in amounts if amount is not None]
    cost = sum(known, ZERO) if len(known) == len(amounts) else None
    total = money_line("Cost after tax, today", cost, terms.currency, kind=LineKind.RESULT)
    return Way(choice=choice, cost=cost, lines=(*lines, total))


def _tax(parts: Sequence[HeldPart], terms: ReturnTerms, *, is_all_long: bool) -> Decimal | None:
    """The tax on the gain of all parts; negative where losses save some. None without the rates."""
    short, long = terms.short_rate, terms.long_rate
    if short is None or long is None:
        return None
    taxes = (ARITHMETIC.multiply(part.gain, long if part.is_long or is_all_long else short) for part in parts)
    return quantize(sum(taxes, ZERO))


def _saved_later(parts: Sequence[HeldPart], terms: ReturnTerms) -> Decimal | None:
    """What the higher basis saves when all is sold at the horizon, today; negative for a lower one."""
    if terms.long_rate is None:
        return None
    gain = sum((part.gain for part in parts), ZERO)
    later = _discount(terms, Decimal(terms.horizon_years))
    return quantize(ARITHMETIC.multiply(ARITHMETIC.multiply(gain, terms.long_rate), later))


def _risk(parts: Sequence[HeldPart], terms: ReturnTerms, days: Decimal) -> Decimal | None:
    """What bearing the tracking error of `days` calendar days is worth: it grows with the root of time."""
    if terms.tracking_error is None:
        return None
    value = sum((part.value for part in parts), ZERO)
    root = ARITHMETIC.sqrt(ARITHMETIC.divide(days, CALENDAR_DAYS))
    deviation = ARITHMETIC.multiply(ARITHMETIC.multiply(value, terms.tracking_error), root)
    return quantize(ARITHMETIC.multiply(deviation, terms.price_of_risk))


def _discount(terms: ReturnTerms, years: Decimal) -> Decimal:
    return ARITHMETIC.power(ONE + terms.discount_rate, -years)


def _gain_words(parts: Sequence[HeldPart]) -> str:
    gain = sum((part.gain for part in parts), ZERO)
    term = "long-term" if all(part.is_long for part in parts) else "short-term"
    return f"a {term} {'gain' if gain >= 0 else 'loss'} of {abs(gain):,.2f}"


def _risk_words(terms: ReturnTerms) -> str:
    if terms.tracking_error is None:
        return "the tracking error of the replacement is not known"
    return f"{terms.tracking_error:.2%} tracking error a year at a price of {terms.price_of_risk:f}"


NAMES = {Choice.SWITCH_BACK: "Switching back now", Choice.STAY: "Staying", Choice.WAIT: "Waiting"}


def _words(best: Choice | None, ways: Sequence[Way], terms: ReturnTerms, wait_until: date | None) -> str:
    if best is None:
        is_taxed = terms.short_rate is not None
        missing = "the tracking error is" if is_taxed else "the household’s rates are"
        return f"No way is recommended: {missing} not known."
    cost = next(way.cost for way in ways if way.choice is best) or ZERO
    until = f" until {wait_until:%-d %b %Y}" if best is Choice.WAIT and wait_until else ""
    verb = "costs least" if cost > 0 else "is worth most"
    return f"{NAMES[best]}{until} {verb}: {abs(cost):,.2f} {terms.currency} after tax."
