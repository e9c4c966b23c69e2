"""Alarms that belong together: days of one part that follow each other closely are one anomaly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mlrecs.engine.anomaly_words import ALARM, Driver

# An alarm within so many scored days of the last one continues it.
GAP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDay:
    """One part's score on one day, and the holdings behind it."""

    day: date
    ratio: Decimal
    drivers: tuple[Driver, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """From the first alarm to the last; `ended` is None while it may still go on, `peak` its highest day."""

    began: date
    ended: date | None
    alarms: int
    peak: PartDay
    before: Decimal | None


def episodes_of(days: Sequence[PartDay]) -> Iterator[Episode]:
    """The episodes of scored days in order of time."""
    run: list[int] = []
    for place, one in enumerate(days):
        if one.ratio < ALARM:
            continue
        if run and place - run[-1] > GAP:
            yield _episode(days, run)
            run = []
        run.append(place)
    if run:
        yield _episode(days, run)


def _episode(days: Sequence[PartDay], run: Sequence[int]) -> Episode:
    peak = max(run, key=lambda place: days[place].ratio)
    goes_on = len(days) - 1 - run[-1] < GAP
    return Episode(
        began=days[run[0]].day,
        ended=None if goes_on else days[run[-1]].day,
        alarms=len(run),
        peak=days[peak],
        before=days[peak - 1].ratio if peak else None,
    )
