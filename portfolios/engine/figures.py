"""Figures that a person sees: a value or the reason there is none, with the arithmetic behind it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from common.money import cents, quantize


class Unit(StrEnum):
    """What a number counts; a fraction is of one, so 0.1 is 10 %."""

    MONEY = "money"
    FRACTION = "fraction"
    RATIO = "ratio"
    SHARES = "shares"
    DAYS = "days"


class LineKind(StrEnum):
    """What a line of arithmetic is: an input, a sum on the way, or the answer."""

    LINE = "line"
    SUBTOTAL = "subtotal"
    RESULT = "result"


class SourceKind(StrEnum):
    """What kind of row a line of arithmetic comes from, so that a page can link to it."""

    TRANSACTION = "transaction"
    LOT = "lot"
    DISPOSAL = "disposal"
    INSTRUMENT = "instrument"
    PORTFOLIO = "portfolio"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The row that a line comes from: its kind, and its identifier (or ISO date) as text."""

    kind: SourceKind
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationLine:
    """One line of arithmetic; `amount` is None where the input is not known, and `detail` then says why."""

    label: str
    amount: Decimal | None
    unit: Unit = Unit.MONEY
    currency: str = ""
    kind: LineKind = LineKind.LINE
    detail: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a number is what it is: the formula in words, its inputs line by line, the rule it follows.

    `prices_as_of` is the day of the closes used, or None when no price enters. `notes` are sentences about
    what was left out, estimated or carried over.
    """

    title: str
    formula: str
    lines: tuple[ExplanationLine, ...] = ()
    rule: str = ""
    prices_as_of: date | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A named number with its unit; `value` None always comes with the `reason`, a sentence for people.

    `is_estimated` means that the page says "about" before it.
    """

    key: str
    label: str
    value: Decimal | None
    unit: Unit
    currency: str = ""
    reason: str = ""
    is_estimated: bool = False
    explanation: Explanation | None = None

    def __post_init__(self) -> None:
        """Refuse a figure that is missing without saying why."""
        if self.value is None and not self.reason:
            raise ValueError(f"the figure {self.key} has neither a value nor a reason")


class UnavailableError(Exception):
    """A figure cannot be computed; `reason` is the sentence that a person reads instead of a number."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def figure_from(
    compute: Callable[[], tuple[Decimal, Explanation]],
    *,
    key: str,
    label: str,
    unit: Unit,
    currency: str = "",
    is_estimated: bool = False,
) -> Figure:
    """The figure that `compute` gives, or the same figure without a value when it raises UnavailableError."""
    try:
        value, explanation = compute()
    except UnavailableError as missing:
        return Figure(key=key, label=label, value=None, unit=unit, currency=currency, reason=missing.reason)
    return Figure(
        key=key,
        label=label,
        value=quantize(value),
        unit=unit,
        currency=currency,
        is_estimated=is_estimated,
        explanation=explanation,
    )


def day_text(day: date) -> str:
    """`day` as people write it: 7 Mar 2024 (English month names, whatever the process's locale)."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def amount_text(amount: Decimal, currency: str) -> str:
    """`amount` rounded to cents with thousands separators and its currency code: 1,234.50 USD."""
    return f"{cents(amount):,} {currency}"


def list_text(names: Iterable[str], limit: int = 5) -> str:
    """The distinct `names`, sorted, as a sentence joins them: A, B and C; beyond `limit` counted."""
    distinct = sorted(set(names))
    if len(distinct) > limit:
        return f"{', '.join(distinct[:limit])} and {len(distinct) - limit} more"
    return " and ".join(filter(None, (", ".join(distinct[:-1]), *distinct[-1:])))


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
