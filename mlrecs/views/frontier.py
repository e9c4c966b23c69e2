"""The efficient frontier as a drawing: risk to the right, growth upwards, the account and methods on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from common.formats import percent

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 16, 40
TICKS = 4
Span = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A portfolio on the drawing; `series` is its colour."""

    name: str
    x: int
    y: int
    series: int
    volatility: Decimal
    growth: Decimal
    tail: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis."""

    at: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The whole picture, in its own coordinates."""

    line: str
    dots: tuple[Dot, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    summary: str
    width: int = WIDTH
    height: int = HEIGHT


def frontier_drawing(figures: Mapping[str, Any]) -> Drawing | None:
    """The drawing of an advice about risk; None for any other, or where no frontier was found."""
    curve: Sequence[Mapping[str, str]] = figures.get("frontier") or ()
    if len(curve) < 2 or "now" not in figures:  # noqa: PLR2004 - a line has two ends
        return None
    marked = [figures["now"], figures["proposed"], *figures.get("others", ())]
    everything = [*curve, *marked]
    across, up = _span(everything, "volatility"), _span(everything, "growth")
    dots = tuple(_dot(one, series, across, up) for series, one in enumerate(marked, start=1))
    line = " ".join(
        f"{_x(Decimal(one['volatility']), across)},{_y(Decimal(one['growth']), up)}" for one in curve
    )
    now, then = dots[0], dots[1]
    return Drawing(
        line=line,
        dots=dots,
        across=tuple(Tick(at=_x(one, across), text=percent(one, 0)) for one in _steps(across)),
        up=tuple(Tick(at=_y(one, up), text=percent(one, 0)) for one in _steps(up)),
        summary=(
            f"The account at a volatility of {percent(now.volatility)} and growth of {percent(now.growth)} a "
            f"year, the proposal at {percent(then.volatility)} and {percent(then.growth)}."
        ),
    )


def _dot(one: Mapping[str, str], series: int, across: Span, up: Span) -> Dot:
    volatility, growth = Decimal(one["volatility"]), Decimal(one["growth"])
    return Dot(
        name=one["name"],
        x=_x(volatility, across),
        y=_y(growth, up),
        series=series,
        volatility=volatility,
        growth=growth,
        tail=Decimal(one["tail"]),
    )


def _span(points: Sequence[Mapping[str, str]], name: str) -> Span:
    """From the least to the most, with some air."""
    values = [Decimal(one[name]) for one in points]
    low, high = min(values), max(values)
    air = max((high - low) / 10, Decimal("0.005"))
    return low - air, high + air


def _steps(span: Span) -> list[Decimal]:
    low, high = span
    return [low + (high - low) * place / TICKS for place in range(TICKS + 1)]


def _x(value: Decimal, span: Span) -> int:
    return LEFT + int((value - span[0]) / (span[1] - span[0]) * (WIDTH - LEFT - RIGHT))


def _y(value: Decimal, span: Span) -> int:
    return HEIGHT - BOTTOM - int((value - span[0]) / (span[1] - span[0]) * (HEIGHT - TOP - BOTTOM))
