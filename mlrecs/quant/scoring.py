"""Scores of days as multiples of their threshold: three parts, walked forward by year, with their drivers.

Everything that a day's score rests on is from before its year: a detector is fitted on the days before, the
threshold is set on them at a budget of false alarms, and both stay frozen until the next year. Where a
threshold must be set on the days that were learnt from, each stretch of them is scored by a fit on the others,
since a fit flatters the days it has seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from mlrecs.engine.anomaly_words import Driver
from mlrecs.quant.arrays import FloatArray, UnfitReturns
from mlrecs.quant.detectors.base import Detector, shares_of

# One quiet day in a hundred: about 2.5 false alarms a year.
BUDGET = 0.01
# Days that must stand before the first that is scored, the most that are learnt from, and the most that a
# threshold is set on: correlations drift, so old days are let go.
WARM_UP = 250
LEARNT = 2520
CALIBRATED = 1260
# Days before a row that its drivers may look at: EWMA forgets the rest.
LOOK_BACK = 252
FOLDS = 4
KEPT_DRIVERS = 5
PLACES = Decimal("0.0001")
LEAST_THRESHOLD = 1e-12

Make = Callable[[], Detector]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPart:
    """One part of a day's score: the multiple of the threshold, what it is made of, the leading holdings."""

    ratio: Decimal
    raw: Decimal
    threshold: Decimal
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayScore:
    """A day with each part that could be scored."""

    day: date
    parts: Mapping[str, DayPart]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Returns as models read them: days by assets without gaps; `weights` are those of a portfolio."""

    days: tuple[date, ...]
    symbols: tuple[str, ...]
    returns: FloatArray
    weights: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a net says of the days of a table: residuals, days by assets, NaN where it has no whole window.

    `first` is the first row that it had not learnt from; nothing before it is scored or sets a threshold.
    """

    residuals: FloatArray
    weights: FloatArray
    symbols: tuple[str, ...]
    first: int


@dataclass(slots=True)
class Walk:
    """Scores and thresholds of every row, and the detector of each year; NaN where a row was not scored."""

    raw: FloatArray
    thresholds: FloatArray
    by_year: dict[int, Detector] = field(default_factory=dict)


def scores_of(
    table: Table, makers: Mapping[str, Make], *, learned: Learned | None = None, since: date | None = None
) -> list[DayScore]:
    """The scores of each day from `since` on, oldest first; a day that no part can score is left out.

    Refused with `UnfitReturns` where there are too few days to begin with.
    """
    if len(table.days) <= WARM_UP:
        raise UnfitReturns(f"{len(table.days)} days of returns are known; scores begin after {WARM_UP}.")
    returns = table.returns * (table.weights / table.weights.sum() * len(table.weights))
    rows = [row for row, day in enumerate(table.days) if since is None or day >= since]
    years = sorted({table.days[row].year for row in rows})
    parts: dict[str, dict[int, DayPart]] = {}
    for name, make in makers.items():
        walk = walked(make, table.days, returns, years=years)
        parts[name] = {
            row: _part(walk, row, _drivers(walk.by_year[table.days[row].year], returns, row), table.symbols)
            for row in rows
            if np.isfinite(walk.raw[row])
        }
    if learned is not None:
        parts["learned"] = _learned_parts(learned, table.days, rows)
    told = ((row, {name: found[row] for name, found in parts.items() if row in found}) for row in rows)
    return [DayScore(day=table.days[row], parts=found) for row, found in told if found]


def walked(make: Make, days: Sequence[date], returns: FloatArray, *, years: Sequence[int]) -> Walk:
    """Scores of the rows of `years`, each year by a detector and a threshold from before it."""
    walk = Walk(np.full(len(days), np.nan), np.full(len(days), np.nan))
    all_years = np.array([day.year for day in days])
    for year in years:
        rows = np.flatnonzero(all_years == year)
        first, last = int(rows[0]), int(rows[-1]) + 1
        first = max(first, WARM_UP)
        if first >= last:
            continue
        begun = max(0, first - LEARNT)
        detector = make().fit(returns[begun:first])
        walk.raw[first:last] = detector.score(returns[begun:last])[first - begun :]
        walk.thresholds[first:last] = threshold_of(_before(make, returns, walk, first))
        walk.by_year[year] = detector
    return walk


def threshold_of(scores: FloatArray, *, budget: float = BUDGET) -> float:
    """What a share of `budget` of the scores lies above."""
    known = scores[np.isfinite(scores)]
    return max(float(np.quantile(known, 1 - budget)), LEAST_THRESHOLD)


def _before(make: Make, returns: FloatArray, walk: Walk, first: int) -> FloatArray:
    """Scores of the days before a year by detectors that had not learnt from them."""
    told = walk.raw[max(0, first - CALIBRATED) : first]
    told = told[np.isfinite(told)]
    if len(told) >= WARM_UP:
        return told
    return held_out_scores(make, returns[max(0, first - CALIBRATED) : first])


def held_out_scores(make: Make, returns: FloatArray) -> FloatArray:
    """The scores of each of a few stretches by a detector that was fitted on the other ones."""
    parts = np.array_split(np.arange(len(returns)), FOLDS)
    found = []
    for part in parts:
        others = np.delete(returns, part, axis=0)
        detector = make().fit(others)
        start = max(0, int(part[0]) - LOOK_BACK)
        found.append(detector.score(returns[start : int(part[-1]) + 1])[int(part[0]) - start :])
    return np.concatenate(found)


def _learned_parts(learned: Learned, days: Sequence[date], rows: Sequence[int]) -> dict[int, DayPart]:
    squares = learned.residuals**2
    shares = learned.weights / learned.weights.sum()
    raw = squares @ shares
    years = np.array([day.year for day in days])
    found = {}
    for year in sorted({days[row].year for row in rows}):
        start = int(np.flatnonzero(years == year)[0])
        known = raw[max(learned.first, start - CALIBRATED) : start]
        if np.isfinite(known).sum() < WARM_UP:
            continue
        threshold = threshold_of(known)
        for row in (row for row in rows if days[row].year == year and np.isfinite(raw[row])):
            walk_row = Walk(raw, np.full(len(raw), threshold))
            found[row] = _part(walk_row, row, shares_of(squares[row] * shares), learned.symbols)
    return found


def _drivers(detector: Detector, returns: FloatArray, row: int) -> FloatArray:
    start = max(0, row + 1 - LOOK_BACK)
    return detector.drivers(returns[start : row + 1], row - start)


def _part(walk: Walk, row: int, shares: FloatArray, symbols: Sequence[str]) -> DayPart:
    raw, threshold = float(walk.raw[row]), float(walk.thresholds[row])
    leading = np.argsort(-shares, kind="stable")[:KEPT_DRIVERS]
    return DayPart(
        ratio=_decimal(raw / threshold),
        raw=_decimal(raw),
        threshold=_decimal(threshold),
        drivers=tuple(
            Driver(symbol=symbols[place], share=_decimal(float(shares[place]))) for place in leading
        ),
    )


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(PLACES)
