"""Reading the JSON of a source: exact numbers, and a refusal of whatever is not what it should be."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from common.money import DIGITS, quantize
from trading.feeds.base import FeedGarbled

NEW_YORK = ZoneInfo("America/New_York")
CLOSING_BELL = time(16)
MARKUP = re.compile(r"<[^<>]*>")
# A moment outside of these was told in another unit than it was read in.
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def json_object(body: bytes, title: str) -> dict[str, Any]:
    """The JSON object in `body`, its fractions as Decimal. Raises FeedGarbled."""
    try:
        told = json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise FeedGarbled(f"{title} sent an answer that is not JSON") from None
    if not isinstance(told, dict):
        raise FeedGarbled(f"{title} sent an answer that is not a JSON object")
    return told


def part(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object `name` of `told`, empty when there is none. Raises FeedGarbled for another thing."""
    found = told.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _strange(name)
    return found


def items(told: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The list of objects `name` of `told`, or an empty one. Raises FeedGarbled for anything else."""
    found = told.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _strange(name)
    return found


def amount(told: Mapping[str, Any], name: str) -> Decimal | None:
    """The number `name` of `told` to eight places, written as a number or as text; None when there is none.

    Raises FeedGarbled for what is no number, negative, or 10^12 and more.
    """
    found = told.get(name)
    if found is None or found == "":
        return None
    if isinstance(found, bool) or not isinstance(found, int | str | Decimal):
        raise _strange(name)
    try:
        value = Decimal(found)
    except InvalidOperation:
        raise _strange(name) from None
    if not value.is_finite() or value < 0 or value.adjusted() >= DIGITS:
        raise _strange(name)
    return quantize(value)


def price(told: Mapping[str, Any], name: str) -> Decimal | None:
    """As `amount`, but sources write 0 where they know no price."""
    return amount(told, name) or None


def required_price(told: Mapping[str, Any], name: str) -> Decimal:
    """A price without which the answer is of no use. Raises FeedGarbled when it is missing."""
    found = price(told, name)
    if found is None:
        raise _strange(name)
    return found


def moment(told: Mapping[str, Any], name: str, *, units: int) -> datetime | None:
    """The time `name` of `told`, counted since 1970 in `units` a second; None when it is missing or 0.

    Raises FeedGarbled for what is no count, or so early or late that it was counted in another unit.
    """
    found = told.get(name)
    if not found:
        return None
    if isinstance(found, bool) or not isinstance(found, int):
        raise _strange(name)
    try:
        # Whole microseconds: what a nanosecond has beyond them is cut off, never rounded up into the future.
        told_at = EPOCH + timedelta(microseconds=found * 1_000_000 // units)
    except OverflowError:
        raise _strange(name) from None
    if not EARLIEST <= told_at <= LATEST:
        raise _strange(name)
    return told_at


def day_of(text: Any, name: str) -> date:
    """The day written in `text` as YYYY-MM-DD. Raises FeedGarbled."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise _strange(name) from None


def moment_written(told: Mapping[str, Any], name: str, *, forms: Sequence[str]) -> datetime:
    """The time `name` of `told`, written in UTC in one of a few forms. Raises FeedGarbled."""
    found = told.get(name)
    text = found if isinstance(found, str) else ""
    for form in forms:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise _strange(name)


def text_of(told: Mapping[str, Any], name: str) -> str:
    """The text `name` of `told`, which must be there. Raises FeedGarbled."""
    found = words(told.get(name))
    if not found:
        raise _strange(name)
    return found


def words(found: Any) -> str:
    """A text in one line with single spaces, its markup taken out; empty for anything else."""
    return " ".join(MARKUP.sub(" ", unescape(found)).split()) if isinstance(found, str) else ""


def session_end(day: date) -> datetime:
    """When trading in New York ends on `day`, in UTC; days that end early are taken as whole ones."""
    return datetime.combine(day, CLOSING_BELL, tzinfo=NEW_YORK).astimezone(UTC)


def _no_number(_: str) -> NoReturn:
    raise ValueError("NaN and infinities are no prices")


def _strange(name: str) -> FeedGarbled:
    return FeedGarbled(f"“{name}” of the answer is not what it should be")
