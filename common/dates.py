"""Calendar days: months, years, and windows around a day."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

SATURDAY = 5


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day when it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def is_month_end(day: date) -> bool:
    """Whether `day` is the last of its month."""
    return (day + timedelta(days=1)).day == 1


def weekdays(first: date, last: date) -> Iterator[date]:
    """Mondays to Fridays from `first` to `last`, both included."""
    day = first
    while day <= last:
        if day.weekday() < SATURDAY:
            yield day
        day += timedelta(days=1)
