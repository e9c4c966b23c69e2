"""The queue that alone may load arrays, and the day in New York."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

ML_QUEUE = "ml"
EXCHANGE_ZONE = ZoneInfo("America/New_York")


def market_today(now: datetime) -> date:
    """The day in New York."""
    return now.astimezone(EXCHANGE_ZONE).date()
