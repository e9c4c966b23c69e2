"""When the broker restarts its servers: windows in which nothing is sent and a lost link is no alarm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo


class Weekday(IntEnum):
    """Days of the week as `datetime.weekday` counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A span of the week in the wall time of `zone`: from `begins`, included, to `ends`, excluded.

    `weekdays` are those on which it begins. When it ends before it begins, it ends on the next day.
    """

    name: str
    weekdays: frozenset[Weekday]
    begins: time
    ends: time
    zone: str = "America/New_York"

    def holds_at(self, now: datetime) -> bool:
        """Whether the window is open at `now`, which knows its zone."""
        local = now.astimezone(ZoneInfo(self.zone))
        today, clock = Weekday(local.weekday()), local.time()
        if self.begins < self.ends:
            return today in self.weekdays and self.begins <= clock < self.ends
        yesterday = Weekday((local - timedelta(days=1)).weekday())
        began_today = today in self.weekdays and clock >= self.begins
        return began_today or (yesterday in self.weekdays and clock < self.ends)


# The broker's page of system status, for accounts served from North America.
NORTH_AMERICA = (
    MaintenanceWindow(
        name="daily reset",
        weekdays=frozenset(Weekday) - {Weekday.SATURDAY},
        begins=time(0, 15),
        ends=time(1, 45),
    ),
    MaintenanceWindow(
        name="weekend reset",
        weekdays=frozenset({Weekday.FRIDAY}),
        begins=time(23, 0),
        ends=time(3, 0),
    ),
)


def window_at(
    now: datetime, windows: Sequence[MaintenanceWindow] = NORTH_AMERICA
) -> MaintenanceWindow | None:
    """The first window that is open at `now`, or None."""
    return next((window for window in windows if window.holds_at(now)), None)


def window_named(text: str, *, name: str, zone: str = "America/New_York") -> MaintenanceWindow:
    """A window written as `mon,tue 00:15-01:45`, as settings give it.

    Days are the first three letters of their English names, `daily` is all of them. Raises ValueError for
    anything else, and for a window without any length.
    """
    days, _, span = text.strip().lower().partition(" ")
    begins, ends = (time.fromisoformat(part) for part in span.strip().split("-"))
    if begins == ends:
        raise ValueError(f"the window {text} has no length")
    by_letters = {day.name[:3].lower(): day for day in Weekday}
    written = by_letters.keys() if days == "daily" else set(days.split(","))
    unknown = written - by_letters.keys()
    if unknown:
        raise ValueError(f"there is no day called {', '.join(sorted(unknown))}")
    weekdays = {by_letters[day] for day in written}
    return MaintenanceWindow(name=name, weekdays=frozenset(weekdays), begins=begins, ends=ends, zone=zone)
