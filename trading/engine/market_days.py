"""The days on which New York trades, by rule."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
DAY = timedelta(days=1)
EXCHANGE_ZONE = ZoneInfo("America/New_York")


def market_today(now: datetime) -> date:
    """The day in New York at the aware instant `now`."""
    return now.astimezone(EXCHANGE_ZONE).date()


def is_market_day(day: date) -> bool:
    """Whether New York trades on `day`, by its rules since 2022, but for days of mourning."""
    return day.weekday() < SATURDAY and day not in nyse_holidays(day.year)


def market_days(first: date, last: date) -> Iterator[date]:
    """The days from `first` to `last`, both included, on which New York trades."""
    day = first
    while day <= last:
        if is_market_day(day):
            yield day
        day += DAY


@lru_cache(maxsize=64)
def nyse_holidays(year: int) -> frozenset[date]:
    """Days without trading: NYSE Rule 7.2. Saturday's holidays are kept on Friday, Sunday's on Monday.

    New Year's Day is the exception: on a Saturday it is not kept at all.
    """
    new_year = date(year, 1, 1)
    fixed = {_observed(date(year, month, day)) for month, day in ((6, 19), (7, 4), (12, 25))}
    if new_year.weekday() != SATURDAY:
        fixed.add(_observed(new_year))
    return frozenset(fixed) | {
        _weekday(year, 1, MONDAY, 3),
        _weekday(year, 2, MONDAY, 3),
        easter(year) - 2 * DAY,
        _weekday(year, 6, MONDAY, 1) - 7 * DAY,
        _weekday(year, 9, MONDAY, 1),
        _weekday(year, 11, THURSDAY, 4),
    }


def nyse_early_closes(year: int) -> frozenset[date]:
    """Days that end at one o'clock: before Independence Day, after Thanksgiving and before Christmas."""
    days = {date(year, 7, 3), _weekday(year, 11, THURSDAY, 4) + DAY, date(year, 12, 24)}
    return frozenset(day for day in days if day.weekday() < SATURDAY) - nyse_holidays(year)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the computus of Meeus, Jones and Butcher."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leap, left = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * left + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _observed(day: date) -> date:
    return {SATURDAY: day - DAY, SUNDAY: day + DAY}.get(day.weekday(), day)


def _weekday(year: int, month: int, weekday: int, count: int) -> date:
    """The `count`-th such day of the week in a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))
