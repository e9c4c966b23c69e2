"""The convex envelope of one asset's own part of the problem: its risk, its tax and its costs."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from taxharvest.quant.rebalance.numbers import Numbers, Segment
from taxharvest.quant.rebalance.risk import Floats

# Points between which the function is taken as straight; only the sign of the trade is read from it.
POINTS = 65
SMALL = 1e-12


def tax_of_sale(segments: Sequence[Segment], sold: float) -> float:
    """The tax on selling so much: piecewise linear, for the lots go by their tax on a unit."""
    tax = 0.0
    for one in segments:
        part = min(one.most, sold)
        tax += part * one.tax
        sold -= part
        if sold <= 0:
            break
    return tax


def envelope(numbers: Numbers, asset: int, curvature: float) -> list[tuple[float, float]]:
    """Lines (slope, intercept) whose maximum is the convex envelope of the asset's own part over its trade.

    The part is `risk_weight * curvature * distance² + tax_weight * tax + cost`. The tax alone is not convex
    at no trade where a loss can be taken; the curvature that is borrowed from the risk model makes the
    envelope tighter than that of the tax alone (Moehle, Kochenderfer, Boyd and Ang, arXiv 2008.04985).
    """
    segments = numbers.sellable(asset)
    trades = _points(numbers, asset, segments)
    distance = numbers.held[asset] + trades - numbers.goals[asset]
    taxes = np.array([tax_of_sale(segments, max(0.0, -trade)) for trade in trades])
    values = (
        numbers.risk_weight * curvature * distance**2
        + numbers.tax_weight * taxes
        + numbers.cost[asset] * np.abs(trades)
    )
    corners = _lower_hull(trades, values)
    if len(corners) == 1:
        return [(0.0, float(values[0]))]
    lines = []
    for left, right in pairwise(corners):
        slope = float((values[right] - values[left]) / (trades[right] - trades[left]))
        lines.append((slope, float(values[left] - slope * trades[left])))
    return lines


def _points(numbers: Numbers, asset: int, segments: Sequence[Segment]) -> Floats:
    """Trades to try, from all that may be sold to twice what is lacking: even ones, lots' ends, and none."""
    most_sold = sum(one.most for one in segments)
    lacking = max(0.0, float(numbers.goals[asset] - numbers.held[asset]))
    most_bought = 2 * lacking + 0.01 if numbers.buyable[asset] else 0.0
    ends = -np.cumsum([one.most for one in segments]) if segments else np.zeros(0)
    found = np.concatenate([np.linspace(-most_sold, most_bought, POINTS), ends, [0.0]])
    found = np.sort(found[(found >= -most_sold - SMALL) & (found <= most_bought + SMALL)])
    keep = np.concatenate([[True], np.diff(found) > SMALL])
    kept: Floats = found[keep]
    return kept


def _lower_hull(x: Floats, y: Floats) -> list[int]:
    """Places of the corners of the lower convex hull of points in the order of `x`."""
    hull: list[int] = []
    for place in range(len(x)):
        while len(hull) > 1 and _is_above(x, y, hull[-2], hull[-1], place):
            hull.pop()
        hull.append(place)
    return hull


def _is_above(x: Floats, y: Floats, left: int, middle: int, right: int) -> bool:
    """Whether the middle point is on or above the line between the others."""
    rise = (y[right] - y[left]) * (x[middle] - x[left])
    return bool((y[middle] - y[left]) * (x[right] - x[left]) >= rise)
