"""How numbers and dates are written in CSV files: telling a column's format, and reading by it strictly."""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from portfolios.engine.statements import values
from portfolios.engine.statements.refusals import RowError
from portfolios.engine.statements.values import MONTHS, calendar_day, full_year


class DateFormat(StrEnum):
    """The formats of dates that are understood, by what people call them."""

    ISO = "YYYY-MM-DD"
    COMPACT = "YYYYMMDD"
    MONTH_FIRST = "MM/DD/YYYY"
    DAY_FIRST = "DD/MM/YYYY"
    NAMED_DAY_FIRST = "DD MMM YYYY"
    NAMED_MONTH_FIRST = "MMM DD, YYYY"


class DecimalMark(StrEnum):
    """The sign before the decimals; the other one may part thousands."""

    POINT = "."
    COMMA = ","


GROUP = 3  # digits between two separators of thousands
_SEPARATED = r"(?P<a>[0-9]{1,2})[-/.](?P<b>[0-9]{1,2})[-/.](?P<y>[0-9]{4}|[0-9]{2})"
_PATTERNS = {
    DateFormat.ISO: re.compile(r"(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})"),
    DateFormat.COMPACT: re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"),
    DateFormat.MONTH_FIRST: re.compile(
        _SEPARATED.replace("<a>", "<m>").replace("<b>", "<d>").replace("[-/.]", "[-/]")
    ),
    DateFormat.DAY_FIRST: re.compile(_SEPARATED.replace("<a>", "<d>").replace("<b>", "<m>")),
    DateFormat.NAMED_DAY_FIRST: re.compile(
        r"(?P<d>[0-9]{1,2})[- ](?P<name>[A-Za-z]{3})[a-z]*\.?,?[- ](?P<y>[0-9]{4}|[0-9]{2})"
    ),
    DateFormat.NAMED_MONTH_FIRST: re.compile(
        r"(?P<name>[A-Za-z]{3})[a-z]*\.?[- ](?P<d>[0-9]{1,2}),?[- ](?P<y>[0-9]{4})"
    ),
}
_TIME = re.compile(
    r"(?:[T ,;]+[0-9]{1,2}:?[0-9]{2}(?::?[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:\s*(?:[AaPp][Mm]|Z|[A-Z]{3,4}|[+-][0-9]{2}:?[0-9]{2})){0,2})?"
)
_AS_OF = re.compile(r"^.{6,20}?\s+as of\s+(.{6,20})$", re.IGNORECASE)
_PLAIN = re.compile(r"-?[0-9]{1,11}(?:\.[0-9]{1,12})?")
_MONEY_SIGNS = re.compile(r"(?:US|C|A|HK|CA|AU)?[$€£¥₹]|(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")


def read_date(text: str, form: DateFormat, *, field: str) -> date:
    """The day written in `text` in format `form`; a time of day after it is allowed.

    In “02/01/2024 as of 01/31/2024” the second date is when it took effect. Raises RowError naming `field`.
    """
    written = text.strip()
    as_of = _AS_OF.match(written)
    written = as_of[1].strip() if as_of else written
    if not written:
        raise RowError("the date is missing", field=field)
    match = _PATTERNS[form].match(written)
    if not match or not _TIME.fullmatch(written, match.end()):
        raise RowError(f"“{written[:40]}” is not a date written {form}", field=field)
    parts = match.groupdict()
    month = _month(parts, written, field)
    return calendar_day(full_year(parts["y"]), month, int(parts["d"]), written, field)


def _month(parts: dict[str, str], written: str, field: str) -> int:
    if "m" in parts:
        return int(parts["m"])
    if parts["name"].lower() not in MONTHS:
        raise RowError(f"“{written[:40]}” names no month", field=field)
    return MONTHS.index(parts["name"].lower()) + 1


def read_moment(text: str, form: DateFormat, *, field: str) -> datetime | None:
    """The moment in `text` in UTC when a time of day follows the date, else None; US Eastern by default."""
    written = text.strip()
    match = _PATTERNS[form].match(written)
    if not match or not written[match.end() :].strip(" T,;"):
        return None
    try:
        return values.at(read_date(text, form, field=field), written[match.end() :], field=field)
    except RowError:
        return None


def date_formats(texts: list[str]) -> tuple[DateFormat, ...]:
    """The formats in which every one of `texts` is a date; more than one means that a person must choose."""
    written = list(dict.fromkeys(text for text in texts if text.strip()))
    return tuple(form for form in DateFormat if written and all(_is_date(text, form) for text in written))


def likely_date_formats(texts: list[str]) -> tuple[DateFormat, ...]:
    """As `date_formats`, but a few lines that are no dates at all (totals, notes) do not count."""
    different = dict.fromkeys(texts)
    dated = [text for text in different if any(_is_date(text, form) for form in DateFormat)]
    return date_formats(dated) if len(dated) * 2 >= len([text for text in different if text.strip()]) else ()


def _is_date(text: str, form: DateFormat) -> bool:
    try:
        read_date(text, form, field="date")
    except RowError:
        return False
    return True


def read_number(text: str, mark: DecimalMark, *, field: str) -> Decimal | None:
    """The number in `text`, None when the cell is empty or holds only a dash.

    Understands parentheses and trailing minus as negative, currency signs and codes, and thousands parted by
    spaces, apostrophes or the other mark in groups of three. Raises RowError naming `field` for all else.
    """
    if mark is DecimalMark.POINT and _PLAIN.fullmatch(text):
        return values.number(text, field=field)
    written = text.strip().replace("−", "-").replace(" ", " ").replace(" ", " ")
    if written in ("", "-", "--", "n/a", "N/A"):
        return None
    bare = _MONEY_SIGNS.sub("", written).strip()
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        negative, bare = True, bare[1:-1].strip()
    elif bare.endswith("-"):
        negative, bare = True, bare[:-1].strip()
    plain = _ungrouped(bare.replace("- ", "-").replace("+ ", "+"), mark)
    if plain is None or (negative and plain.startswith(("-", "+"))):
        raise RowError(f"“{written[:40]}” is not a number", field=field)
    value = values.number(plain, field=field)
    return -value if negative else value


def _ungrouped(text: str, mark: DecimalMark) -> str | None:
    """`text` without its thousands separators and with a point; None when they do not stand in threes."""
    other = "," if mark is DecimalMark.POINT else "."
    whole, _, decimals = text.partition(mark)
    groups = whole.replace(other, " ").replace("'", " ").split(" ")
    if len(groups) > 1:
        first = groups[0].lstrip("+-")
        if not 1 <= len(first) <= GROUP or any(len(group) != GROUP for group in groups[1:]):
            return None
    return "".join(groups) + (f".{decimals}" if decimals else "")


def decimal_mark(texts: list[str]) -> DecimalMark:
    """The decimal mark that the numbers in `texts` show: the one that every one of them can be read by."""
    texts = list(dict.fromkeys(texts))
    points = sum(_reads(text, DecimalMark.POINT) for text in texts)
    commas = sum(_reads(text, DecimalMark.COMMA) for text in texts)
    return DecimalMark.COMMA if commas > points else DecimalMark.POINT


def _reads(text: str, mark: DecimalMark) -> bool:
    try:
        return read_number(text, mark, field="") is not None
    except RowError:
        return False
