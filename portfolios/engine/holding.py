"""Holding periods by calendar date: when a lot becomes long-term."""

from datetime import date, timedelta
from functools import lru_cache

from common.dates import is_month_end
from portfolios.engine.records import Term

# Fewer days than this are never more than a year, whatever the calendar.
_SHORTEST_LONG = timedelta(days=366)


@lru_cache(maxsize=16384)
def long_from(acquired: date) -> date:
    """The first day on which a sale of what was acquired on `acquired` is long-term.

    The period starts on the day after the trade date and must be longer than one year (IRC 1222), so the
    anniversary itself is still short. What was acquired on the last day of a month is long from the first
    day of the 13th following month (Rev. Rul. 66-7): 28 February 2023 gives 1 March 2024.
    """
    if is_month_end(acquired):
        following = acquired + timedelta(days=1)
        return following.replace(year=following.year + 1)
    return acquired.replace(year=acquired.year + 1) + timedelta(days=1)


def is_long(acquired: date, disposed: date) -> bool:
    """Whether a sale on `disposed` of what was acquired on `acquired` is held for more than one year."""
    return disposed - acquired >= _SHORTEST_LONG and disposed >= long_from(acquired)


def term_of(holding_date: date | None, disposed: date) -> Term:
    """Short or long, or unknown while the day on which the period starts is not known."""
    if holding_date is None:
        return Term.UNKNOWN
    return Term.LONG if is_long(holding_date, disposed) else Term.SHORT
