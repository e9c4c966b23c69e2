"""Times and lengths of time as clients write them."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trading.papergateway.replies import EASTERN
from trading.papergateway.wire import BadField

SECONDS = {"S": 1, "D": 86_400, "W": 7 * 86_400, "M": 30 * 86_400, "Y": 365 * 86_400}
LONGEST_DURATION = 40 * SECONDS["Y"]
BAR_SECONDS = {
    "1 secs": 1, "5 secs": 5, "10 secs": 10, "15 secs": 15, "30 secs": 30, "1 min": 60, "2 mins": 120,
    "3 mins": 180, "5 mins": 300, "10 mins": 600, "15 mins": 900, "20 mins": 1200, "30 mins": 1800,
    "1 hour": 3600, "2 hours": 7200, "3 hours": 10_800, "4 hours": 14_400, "8 hours": 28_800,
    "1 day": 86_400, "1W": 7 * 86_400, "1 week": 7 * 86_400, "1M": 30 * 86_400, "1 month": 30 * 86_400,
}  # fmt: skip
_MOMENT = re.compile(r"(\d{8})(?:(-| {1,2})(\d{2}:\d{2}(?::\d{2})?))?(?: ([A-Za-z_/+-]+))?")


def moment(words: str) -> datetime:
    """A time in UTC. `YYYYMMDD-HH:MM:SS` is UTC; with a space it is New York's unless a zone follows.

    A day alone means its end. Raises BadField when it is no time.
    """
    found = _MOMENT.fullmatch(words)
    if found is None:
        raise BadField(f"no time: {words[:40]}")
    day, dash, clock, zone = found.groups()
    clock = clock or "23:59:59"
    try:
        at = datetime.strptime(f"{day} {clock if clock.count(':') > 1 else clock + ':00'}", "%Y%m%d %H:%M:%S")  # noqa: DTZ007 - the zone follows
        return at.replace(tzinfo=_zone(zone, is_utc=dash == "-")).astimezone(UTC)
    except (ValueError, OverflowError, ZoneInfoNotFoundError) as error:
        raise BadField(f"no time: {words[:40]}") from error


def _zone(name: str | None, *, is_utc: bool) -> ZoneInfo:
    if name:
        return ZoneInfo(name)
    return ZoneInfo("UTC") if is_utc else EASTERN


def duration(words: str) -> tuple[int, str]:
    """How many of which unit: S, D, W, M or Y. Raises BadField when it is no length of time."""
    found = re.fullmatch(r"(\d{1,6}) ([SDWMY])", words)
    if found is None or not 0 < int(found[1]) * SECONDS[found[2]] <= LONGEST_DURATION:
        raise BadField(f"no duration: {words[:20]}")
    return int(found[1]), found[2]


def bar_seconds(words: str) -> int:
    """How long a bar of that name is; a week is 7 days and a month 30. Raises BadField for other words."""
    seconds = BAR_SECONDS.get(words.strip())
    if seconds is None:
        raise BadField(f"no bar size: {words[:20]}")
    return seconds
