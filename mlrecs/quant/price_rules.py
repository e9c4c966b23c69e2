"""What no model finds, found by rule: prices that stand still, ticks that are wrong, creeps, splits missed.

Each rule reads the closes of one instrument, oldest first, and gives stretches by their places. Models see
nothing here because a price that stands still is the most usual thing there is (`docs/models.md`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlrecs.quant.arrays import FloatArray

# A liquid share does not close at the same cent five days running.
STILL_DAYS = 5
# A tick is wrong when the price leaves by six usual days and is back within a quarter of the way the day
# after.
TICK_SIZE, TICK_REST = 6.0, 0.25
# A creep: ten days in one direction, which chance gives once in a thousand, that add up to three usual days.
CREEP_DAYS, CREEP_SIZE = 10, 3.0
# What the usual size of a day is taken from; fewer days say nothing.
USUAL_DAYS, LEAST_DAYS = 120, 20
# A change of price this near to a ratio of shares is a split, when no usual day is nearly as large.
SPLIT_NEARNESS, SPLIT_SIZE = 0.03, 8.0
RATIOS = (
    *((new, 1) for new in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 50)),
    (3, 2),
    *((1, old) for old in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 50)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about closes `first` to `last`, both included: `kind` as anomalies have it, and words."""

    kind: str
    first: int
    last: int
    words: str


def stale_prices(closes: Sequence[float], *, days: int = STILL_DAYS) -> list[Finding]:
    """Stretches of at least `days` days on which the close did not move."""
    same = np.diff(np.asarray(closes, dtype=np.float64)) == 0
    return [
        Finding(
            kind="stale_price",
            first=start + 1,
            last=stop,
            words=f"The close did not move for {stop - start} days.",
        )
        for start, stop in _runs(same)
        if stop - start >= days
    ]


def bad_ticks(closes: Sequence[float], *, size: float = TICK_SIZE) -> list[Finding]:
    """Single closes that jump by `size` usual days and come back the day after."""
    returns = _returns(closes)
    usual = _usual(returns)
    found = []
    for place in range(len(returns) - 1):
        jump, back = returns[place], returns[place + 1]
        is_large = usual[place] > 0 and abs(jump) > size * usual[place]
        if is_large and abs(jump + back) < TICK_REST * abs(jump):
            words = f"The close jumped by {_percent(jump)} and was back the day after."
            found.append(Finding(kind="bad_tick", first=place + 1, last=place + 1, words=words))
    return found


def creeps(closes: Sequence[float], *, days: int = CREEP_DAYS, size: float = CREEP_SIZE) -> list[Finding]:
    """Stretches of at least `days` days in one direction that add up to `size` usual days or more."""
    returns = _returns(closes)
    usual = _usual(returns)
    found = []
    for direction in (1, -1):
        for start, stop in _runs(np.sign(returns) == direction):
            moved = float(returns[start:stop].sum())
            if stop - start >= days and usual[start] > 0 and abs(moved) >= size * usual[start]:
                words = f"{stop - start} days in one direction, {_percent(moved)} in all."
                found.append(Finding(kind="drift", first=start + 1, last=stop, words=words))
    return sorted(found, key=lambda one: one.first)


def missed_splits(closes: Sequence[float], known: Sequence[int] = ()) -> list[Finding]:
    """Days on which the price changed by a ratio of shares and stayed there.

    `known` are the places of splits that the book has. A change counts when it is within 3 % of the ratio,
    more than eight usual days, and no wrong tick.
    """
    returns = _returns(closes)
    usual = _usual(returns)
    ticks = {one.first for one in bad_ticks(closes)}
    found = []
    for place, change in enumerate(returns):
        day = place + 1
        ratio = _ratio(change) if usual[place] > 0 and abs(change) > SPLIT_SIZE * usual[place] else None
        if ratio and not {day, day - 1} & ticks and day not in known:
            words = (
                f"The price changed as in a split of {ratio[0]} for {ratio[1]} that the book does not have."
            )
            found.append(Finding(kind="missed_split", first=day, last=day, words=words))
    return found


def price_findings(closes: Sequence[float], known_splits: Sequence[int] = ()) -> list[Finding]:
    """What all four rules find, in order of days."""
    found = [
        *stale_prices(closes),
        *bad_ticks(closes),
        *creeps(closes),
        *missed_splits(closes, known_splits),
    ]
    return sorted(found, key=lambda one: (one.first, one.kind))


def _returns(closes: Sequence[float]) -> FloatArray:
    return np.asarray(np.diff(np.log(np.asarray(closes, dtype=np.float64))), dtype=np.float64)


def _usual(returns: FloatArray) -> FloatArray:
    """The usual size of a day before each: from the median of those before it, zero where there are too few.

    The median does not mind the very jumps that are looked for; 1.4826 makes it a standard deviation.
    """
    sizes = np.abs(returns)
    usual = np.zeros(len(returns))
    for place in range(LEAST_DAYS, len(returns)):
        usual[place] = 1.4826 * np.median(sizes[max(place - USUAL_DAYS, 0) : place])
    return usual


def _ratio(change: float) -> tuple[int, int] | None:
    """The ratio of shares, new for old, that a change of price is nearest to, if it is near enough."""
    moved = float(np.exp(-change))
    new, old = min(RATIOS, key=lambda ratio: abs(moved * ratio[1] / ratio[0] - 1))
    return (new, old) if abs(moved * old / new - 1) < SPLIT_NEARNESS else None


def _runs(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches that are true, as first place and the place after the last."""
    edges = np.diff(inside.astype(np.int8), prepend=0, append=0)
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]


def _percent(change: float) -> str:
    return f"{float(np.expm1(change)) * 100:+.1f} %"
