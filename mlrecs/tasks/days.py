"""The day in New York, by which nightly jobs go."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

EXCHANGE_ZONE = ZoneInfo("America/New_York")


def market_today(now: datetime) -> date:
    """The day in New York."""
    return now.astimezone(EXCHANGE_ZONE).date()
