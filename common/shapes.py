"""The geometry of small drawings: lengths and paths, rounded to a tenth of a pixel, from plain fractions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """One slice of a ring: its path, and which series colour it takes (1 to 6)."""

    path: str
    series: int


def along(fraction: float, length: float) -> float:
    """Where `fraction` (held between 0 and 1) lies on a line of `length`."""
    return round(min(max(fraction, 0.0), 1.0) * length, 1)


def diverging(fraction: float, length: float) -> tuple[float, float]:
    """Left edge and width of a bar that grows from the middle of `length`, by -1 to 1 of its half."""
    half = length / 2
    width = along(abs(fraction), half)
    return (half if fraction >= 0 else round(half - width, 1)), width


def ring(
    fractions: Sequence[float], *, radius: float = 78, thickness: float = 22, centre: float = 84
) -> list[Arc]:
    """Slices of a ring, clockwise from the top, one for each positive fraction, scaled to fill it."""
    total = sum(fraction for fraction in fractions if fraction > 0)
    arcs, start = [], 0.0
    for index, fraction in enumerate(fractions):
        if fraction <= 0 or total <= 0:
            continue
        end = start + fraction / total
        arcs.append(Arc(path=_slice(start, end, radius, radius - thickness, centre), series=index % 6 + 1))
        start = end
    return arcs


def line(values: Sequence[float | None], *, width: float, height: float, pad: float = 2) -> str:
    """An SVG path through evenly spaced `values`, broken where one is None; empty without two values."""
    known = [value for value in values if value is not None]
    if len(known) <= 1:
        return ""
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    step = width / (len(values) - 1)
    commands, pen_down = [], False
    for index, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        y = pad + (high - value) / span * (height - 2 * pad)
        commands.append(f"{'L' if pen_down else 'M'}{index * step:.1f} {y:.1f}")
        pen_down = True
    return "".join(commands)


def _slice(start: float, end: float, outer: float, inner: float, centre: float) -> str:
    # A full circle has no two ends to join, so it is drawn just short of closing.
    end = min(end, start + 0.99999)
    large = 1 if 2 * (end - start) > 1 else 0
    first, last = _on_circle(start, outer, centre), _on_circle(end, outer, centre)
    back, close = _on_circle(end, inner, centre), _on_circle(start, inner, centre)
    return f"M{first}A{outer} {outer} 0 {large} 1 {last}L{back}A{inner} {inner} 0 {large} 0 {close}Z"


def _on_circle(turn: float, radius: float, centre: float) -> str:
    angle = 2 * pi * turn
    return f"{centre + radius * sin(angle):.2f} {centre - radius * cos(angle):.2f}"
