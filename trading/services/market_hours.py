"""When the market trades, told by the calendar of New York."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from portfolios.selectors.facts import EXCHANGE_ZONE
from trading.papergateway.exchange.calendar import Phase, Session
from trading.papergateway.exchange.holidays import nyse_sessions


def is_market_open(now: datetime) -> bool:
    """Whether New York trades at `now`, within its regular hours."""
    today = now.astimezone(EXCHANGE_ZONE).date()
    return any(session.phase(now) is Phase.REGULAR for session in _around(today))


def session_end(moment: datetime) -> datetime | None:
    """When the trading day that `moment` falls in ends, late hours included; None outside of every one."""
    today = moment.astimezone(EXCHANGE_ZONE).date()
    found = (session for session in _around(today) if session.phase(moment) is not Phase.CLOSED)
    return next((session.late_closes for session in found), None)


@lru_cache(maxsize=4)
def _around(day: date) -> tuple[Session, ...]:
    return tuple(nyse_sessions(day - timedelta(days=1), day + timedelta(days=1)))
