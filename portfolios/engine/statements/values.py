"""Numbers, days and moments as brokers write them in XML, read strictly and without guessing."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from common.money import LIMIT, RATE_UNIT, UNIT, quantize
from portfolios.engine.statements.refusals import RowError

# Interactive Brokers writes US Eastern time unless a zone stands beside the time.
BROKER_ZONE = ZoneInfo("America/New_York")
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?")
NOTHING = frozenset(("", "-", "--", "N/A", "n/a"))
MONTHS_IN_YEAR = 12
SHORT_YEAR_DIGITS, FIRST_OF_LAST_CENTURY = 2, 70
FIRST_YEAR, LAST_YEAR = 1900, 2199
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_COMPACT = re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})")
_ISO = re.compile(r"(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})")
_SLASHED = re.compile(r"(?P<a>[0-9]{1,2})/(?P<b>[0-9]{1,2})/(?P<y>[0-9]{4}|[0-9]{2})(?![0-9])")
_NAMED = re.compile(r"(?P<d>[0-9]{1,2})-(?P<name>[A-Za-z]{3})-(?P<y>[0-9]{4}|[0-9]{2})(?![0-9])")
_TIME = re.compile(
    r"[;,T ]*(?P<h>[0-9]{2}):?(?P<mi>[0-9]{2})(?::?(?P<s>[0-9]{2})(?:\.[0-9]{1,9})?)?"
    r"\s*(?P<zone>[A-Za-z]{1,4}|[+-][0-9]{2}:?[0-9]{2})?"
)
_ZONES = {
    "UTC": UTC,
    "GMT": UTC,
    "Z": UTC,
    "EST": timezone(timedelta(hours=-5)),
    "EDT": timezone(timedelta(hours=-4)),
}


class DayOrder(StrEnum):
    """Which comes first in a date with slashes."""

    UNKNOWN = "unknown"
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


def number(text: str, *, field: str, unit: Decimal = UNIT) -> Decimal:
    """The decimal written in `text`, rounded half-even to `unit`.

    Raises RowError naming `field` for anything but a plain number below 10^12 (NaN, formulas, words).
    """
    written = text.strip()
    if not NUMBER.fullmatch(written):
        raise RowError(f"“{written[:40]}” is not a number", field=field)
    value = Decimal(written)
    if value.adjusted() >= LIMIT.adjusted() and value:
        raise RowError(f"“{written[:40]}” is too large: amounts must stay below 10^12", field=field)
    return quantize(value, unit)


def rate(text: str, *, field: str) -> Decimal:
    """A positive exchange rate with twelve places. Raises RowError naming `field`."""
    value = number(text, field=field, unit=RATE_UNIT)
    if value <= 0:
        raise RowError(f"an exchange rate of {text.strip()[:40]} cannot be", field=field)
    return value


def day_order(texts: list[str]) -> DayOrder:
    """The order of day and month that the dates with slashes in `texts` prove, if any of them does."""
    day_first = month_first = False
    for text in texts:
        match = _SLASHED.match(text)
        if match:
            day_first = day_first or int(match["a"]) > MONTHS_IN_YEAR
            month_first = month_first or int(match["b"]) > MONTHS_IN_YEAR
    if day_first and not month_first:
        return DayOrder.DAY_FIRST
    if month_first and not day_first:
        return DayOrder.MONTH_FIRST
    return DayOrder.UNKNOWN


def looks_slashed(text: str) -> bool:
    """Whether `text` begins with a date written with slashes, day or month first."""
    return _SLASHED.match(text) is not None


def day(text: str, *, field: str, order: DayOrder = DayOrder.UNKNOWN) -> date:
    """The calendar day at the start of `text`. Raises RowError naming `field`."""
    return _day_and_rest(text.strip(), field, order)[0]


def moment(text: str, *, field: str, order: DayOrder = DayOrder.UNKNOWN) -> datetime | None:
    """The moment in `text` in UTC, or None when it holds a day only. Raises RowError naming `field`."""
    found, rest = _day_and_rest(text.strip(), field, order)
    return at(found, rest, field=field) if rest.strip(";,T ") else None


def at(found: date, clock: str, *, field: str) -> datetime:
    """The moment, in UTC, at which the clock of the exchange showed `clock` (“093000”, “09:30:00 EST”)."""
    match = _TIME.fullmatch(clock)
    if not match:
        raise RowError(f"“{clock.strip()[:40]}” is not a time of day", field=field)
    try:
        clock_time = time(
            int(match["h"]), int(match["mi"]), int(match["s"] or 0), tzinfo=_zone(match["zone"])
        )
        return datetime.combine(found, clock_time).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowError(f"“{clock.strip()[:40]}” is not a time of day", field=field) from None


def _zone(name: str | None) -> timezone | ZoneInfo:
    if not name:
        return BROKER_ZONE
    if name[0] in "+-":
        sign = -1 if name[0] == "-" else 1
        return timezone(sign * timedelta(hours=int(name[1:3]), minutes=int(name[-2:])))
    if name.upper() not in _ZONES:
        raise ValueError(name)
    return _ZONES[name.upper()]


@lru_cache(maxsize=4096)
def _day_and_rest(text: str, field: str, order: DayOrder) -> tuple[date, str]:
    match = _ISO.match(text) or _COMPACT.match(text)
    if match:
        found = calendar_day(int(match["y"]), int(match["m"]), int(match["d"]), text, field)
        return found, text[match.end() :]
    match = _NAMED.match(text)
    if match and match["name"].lower() in MONTHS:
        month = MONTHS.index(match["name"].lower()) + 1
        return calendar_day(full_year(match["y"]), month, int(match["d"]), text, field), text[match.end() :]
    match = _SLASHED.match(text)
    if match:
        first, second = int(match["a"]), int(match["b"])
        if order is DayOrder.UNKNOWN and first != second and max(first, second) <= MONTHS_IN_YEAR:
            raise RowError(f"“{text[:40]}” may be day or month first", field=field)
        day_first = order is DayOrder.DAY_FIRST or (order is DayOrder.UNKNOWN and first > MONTHS_IN_YEAR)
        d, m = (first, second) if day_first else (second, first)
        return calendar_day(full_year(match["y"]), m, d, text, field), text[match.end() :]
    raise RowError(f"“{text[:40]}” is not a date" if text else "the date is missing", field=field)


def full_year(digits: str) -> int:
    """The year that `digits` mean: two digits are read as 1970 to 2069."""
    year = int(digits)
    if len(digits) != SHORT_YEAR_DIGITS:
        return year
    return year + (1900 if year >= FIRST_OF_LAST_CENTURY else 2000)


def calendar_day(year: int, month: int, day_of_month: int, text: str, field: str) -> date:
    """The day of these numbers. Raises RowError quoting `text` when there is none from 1900 to 2199."""
    try:
        found = date(year, month, day_of_month)
    except ValueError:
        raise RowError(f"“{text[:40]}” is not a day of the calendar", field=field) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise RowError(f"the year {found.year} cannot be right", field=field)
    return found


def check_happened(found: date, *, field: str, today: date | None) -> None:
    """Raises RowError for a day later than tomorrow: where the exchange is it may be tomorrow already.

    Without `today` every day is believed.
    """
    if today is not None and found > today + timedelta(days=1):
        raise RowError(f"{found} is still to come", field=field)
