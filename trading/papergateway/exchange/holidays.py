"""The sessions of New York: the days on which it trades, and when it closes early."""

from datetime import date, time

from trading.engine.market_days import easter, nyse_early_closes, nyse_holidays
from trading.papergateway.exchange.calendar import Session, new_york_sessions

__all__ = ["easter", "nyse_early_closes", "nyse_holidays", "nyse_sessions"]
EARLY_CLOSE = time(13)


def nyse_sessions(first: date, last: date) -> list[Session]:
    """Sessions of NYSE from `first` to `last` by its rules since 2022, but for days of mourning."""
    years = range(first.year, last.year + 1)
    holidays = {day for year in years for day in nyse_holidays(year)}
    early = {day: EARLY_CLOSE for year in years for day in nyse_early_closes(year)}
    return new_york_sessions(first, last, holidays=holidays, early_closes=early)
