"""Template filters for figures: each gives the text of `common.formats` in the markup of the page."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common import formats

register = template.Library()

UNKNOWN = "unknown"
MISSING = "missing"


@register.filter
def money(amount: Any, currency: str = "") -> SafeString:
    """A plain amount, without colour: `{{ cash|money:"USD" }}`; bare in a column whose head names it."""
    if _absent(amount):
        return _word(UNKNOWN)
    return format_html('<span class="num" data-amount>{}</span>', formats.money(amount, currency))


@register.filter
def plain(amount: Any) -> str:
    """A figure for scripts: digits, a point and a hyphen, nothing when it is not known."""
    return "" if _absent(amount) else f"{Decimal(amount):f}"


@register.filter
def gain(amount: Any, currency: str = "") -> SafeString:
    """A change or a gain: triangle, sign and colour. `{{ lot.gain|gain:"USD" }}`."""
    if _absent(amount):
        return _word(UNKNOWN)
    way = formats.direction(amount, formats.currency_decimals(currency))
    return _coloured(way, formats.signed(formats.money(amount, currency)), amount=True)


@register.filter
def flow(amount: Any, currency: str = "") -> SafeString:
    """A signed amount without colour: money in or out, an effect, a difference."""
    if _absent(amount):
        return _word(UNKNOWN)
    return format_html(
        '<span class="num" data-amount>{}</span>', formats.signed(formats.money(amount, currency))
    )


@register.filter
def headline_money(amount: Any, currency: str = "") -> SafeString:
    """The one number of a page, its decimals small: wrap nothing around it."""
    if _absent(amount):
        return format_html('<span class="headline">{}</span>', _word(UNKNOWN))
    whole, dot, cents = formats.money(amount, currency).partition(".")
    tail = format_html('<span class="cents">{}{}</span>', dot, cents) if cents else ""
    return format_html('<span class="headline num" data-amount>{}{}</span>', whole, tail)


@register.filter
def percent(fraction: Any, decimals: int = 2) -> SafeString:
    """A fraction of one as a percentage, without colour: `{{ weight|percent:1 }}`."""
    if _absent(fraction):
        return _word(UNKNOWN)
    return format_html('<span class="num">{}</span>', formats.percent(fraction, decimals))


@register.filter
def percent_figure(fraction: Any, decimals: int = 1) -> SafeString:
    """A fraction of one in hundredths without its sign, for a column whose head says %."""
    if _absent(fraction):
        return _word(UNKNOWN)
    return format_html('<span class="num">{}</span>', formats.percent(fraction, decimals).rstrip("%\u202f"))


@register.filter
def gain_percent(fraction: Any, decimals: int = 2) -> SafeString:
    """A return: triangle, sign, percentage and colour."""
    if _absent(fraction):
        return _word(UNKNOWN)
    text = formats.percent(fraction, decimals)
    return _coloured(_way_of(text), formats.signed(text), amount=False)


@register.filter
def points(difference: Any, decimals: int = 1) -> SafeString:
    """A signed difference of two fractions, in percentage points."""
    if _absent(difference):
        return _word(UNKNOWN)
    return format_html('<span class="num">{}</span>', formats.points(difference, decimals))


@register.filter
def shares(quantity: Any) -> SafeString:
    """A quantity without trailing zeros."""
    if _absent(quantity):
        return _word(UNKNOWN)
    return format_html('<span class="num" data-amount>{}</span>', formats.shares(quantity))


@register.filter
def price(value: Any, decimals: int | None = None) -> SafeString:
    """A price; public, so privacy leaves it readable."""
    if _absent(value):
        return _word(MISSING)
    return format_html('<span class="num">{}</span>', formats.price(value, decimals))


@register.filter
def day(value: date | None) -> SafeString:
    """A day, as `<time>`: 17 Dec 2026. A point in time gives its day in the current zone."""
    return _time(value, formats.day)


@register.filter
def iso_day(text: str) -> SafeString:
    """A day that is kept as text, as `<time>`: `{{ "2026-12-17"|iso_day }}` gives 17 Dec 2026."""
    return _time(date.fromisoformat(text) if text else None, formats.day)


@register.filter
def day_month(value: date | None) -> SafeString:
    """A day whose year is plain, as `<time>`: 17 Dec."""
    return _time(value, formats.day_month)


@register.filter
def moment(value: datetime | None) -> SafeString:
    """A point in time with its zone, as `<time>`: 17 Dec 2026, 10:42 UTC."""
    if value is None:
        return _word(UNKNOWN)
    local = timezone.localtime(value)
    return format_html('<time class="num" datetime="{}">{}</time>', value.isoformat(), formats.moment(local))


@register.filter
def moment_exact(value: datetime | None) -> SafeString:
    """A point in time to the second, as `<time>`: 17 Dec 2026, 10:42:07 UTC."""
    if value is None:
        return _word(UNKNOWN)
    text = formats.moment_exact(timezone.localtime(value))
    return format_html('<time class="num" datetime="{}">{}</time>', value.isoformat(), text)


@register.filter
def clock(value: datetime | None) -> SafeString:
    """A time of day with its zone, as `<time>`: 10:42 UTC."""
    if value is None:
        return _word(UNKNOWN)
    local = timezone.localtime(value)
    return format_html('<time class="num" datetime="{}">{}</time>', value.isoformat(), formats.clock(local))


@register.filter
def money_text(amount: Any, currency: str = "") -> str:
    """An amount as bare text, for a sentence that is itself marked `data-amount`, or for an export."""
    return UNKNOWN if _absent(amount) else formats.money(amount, currency)


@register.filter
def percent_text(fraction: Any, decimals: int = 2) -> str:
    """A percentage as bare text, for a title or a label."""
    return UNKNOWN if _absent(fraction) else formats.percent(fraction, decimals)


def _absent(value: Any) -> bool:
    """Whether there is no figure to show: None, the empty text of an undefined variable, or not a number."""
    return value is None or value == "" or (isinstance(value, Decimal) and not value.is_finite())


def _way_of(text: str) -> int:
    if not any(character in "123456789" for character in text):
        return 0
    return -1 if text.startswith(formats.MINUS) else 1


def _coloured(way: int, text: str, *, amount: bool) -> SafeString:
    name = {1: "num gain", -1: "num loss", 0: "num"}[way]
    if amount:
        return format_html('<span class="{}" data-amount>{}</span>', name, text)
    return format_html('<span class="{}">{}</span>', name, text)


def _time(value: date | None, write: Any) -> SafeString:
    if value is None:
        return _word(UNKNOWN)
    local = timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
    stamp = local.date() if isinstance(local, datetime) else local
    return format_html('<time class="num" datetime="{}">{}</time>', stamp.isoformat(), write(stamp))


def _word(word: str) -> SafeString:
    return format_html('<span class="missing">{}</span>', word)
