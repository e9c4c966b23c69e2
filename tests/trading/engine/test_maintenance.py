"""Windows in which the broker restarts its servers, in its own wall time."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from trading.engine.maintenance import MaintenanceWindow, Weekday, window_at, window_named

EASTERN = ZoneInfo("America/New_York")


def name_at(year: int, month: int, day: int, hour: int, minute: int) -> str | None:
    """The window that is open at a wall time of New York."""
    window = window_at(datetime(year, month, day, hour, minute, tzinfo=EASTERN).astimezone(UTC))
    return window.name if window else None


@pytest.mark.parametrize(
    ("day", "hour", "minute", "name"),
    [
        # 2 March 2026 is a Monday.
        (2, 0, 14, None),
        (2, 0, 15, "daily reset"),
        (2, 1, 44, "daily reset"),
        (2, 1, 45, None),
        (2, 12, 0, None),
        (6, 0, 30, "daily reset"),
        (6, 22, 59, None),
        (6, 23, 0, "weekend reset"),
        (7, 0, 30, "weekend reset"),
        (7, 2, 59, "weekend reset"),
        (7, 3, 0, None),
        (7, 23, 30, None),
        (1, 0, 30, "daily reset"),
        (1, 2, 30, None),
    ],
)
def test_the_windows_of_north_america(day: int, hour: int, minute: int, name: str | None) -> None:
    assert name_at(2026, 3, day, hour, minute) == name


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        # Standard time until 8 March 2026: 00:15 in New York is 05:15 UTC, and 04:15 UTC in summer.
        (datetime(2026, 3, 6, 5, 15, tzinfo=UTC), True),
        (datetime(2026, 3, 6, 4, 15, tzinfo=UTC), False),
        (datetime(2026, 3, 9, 4, 15, tzinfo=UTC), True),
        (datetime(2026, 3, 9, 5, 45, tzinfo=UTC), False),
        # 1 November 2026: the hour from one to two comes twice, and the window is open in both.
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 6, 45, tzinfo=UTC), False),
    ],
)
def test_windows_follow_summer_time(moment: datetime, is_open: bool) -> None:
    assert (window_at(moment) is not None) is is_open


def test_no_windows_never_hold() -> None:
    assert window_at(datetime(2026, 3, 2, 5, 30, tzinfo=UTC), ()) is None


def test_a_window_is_written_in_the_settings() -> None:
    assert window_named("Mon,sun 23:30-00:30", name="asia", zone="Asia/Hong_Kong") == MaintenanceWindow(
        name="asia",
        weekdays=frozenset({Weekday.MONDAY, Weekday.SUNDAY}),
        begins=time(23, 30),
        ends=time(0, 30),
        zone="Asia/Hong_Kong",
    )
    assert window_named("daily 06:25-07:45", name="europe").weekdays == frozenset(Weekday)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("moo,tue 00:15-01:45", "there is no day called moo"),
        ("mon 00:15-00:15", "the window mon 00:15-00:15 has no length"),
        ("mon", "Invalid isoformat string"),
        ("mon 00:15", "not enough values"),
        ("mon 25:00-26:00", "hour must be in"),
    ],
)
def test_a_window_that_cannot_be_read_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        window_named(text, name="x")
