"""Files of news: CSV text or JSON lines to records, with what is wrong with each row that is none."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from common.errors import InvalidInput
from trading.engine.news import NewsTold

MAX_BYTES = 20_000_000
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_HEADLINE, LONGEST_BODY, LONGEST_LINK = 400, 20_000, 500
LONGEST_ID, LONGEST_SOURCE, LONGEST_SYMBOL = 120, 60, 30
MOST_SYMBOLS = 50
APART = re.compile(r"[,;|\s]+")
REQUIRED = ("published_at", "headline", "symbols")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongRow:
    """A row that is no news: its line, the field, and why."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsFile:
    """The news of a file, and its rows that are none."""

    news: tuple[NewsTold, ...]
    wrong: tuple[WrongRow, ...]


class _Wrong(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def read_news_file(data: bytes, *, source: str, now: datetime) -> NewsFile:
    """The news in UTF-8 `data`: CSV with a header, or one JSON object a line.

    Each has `published_at` (ISO 8601; UTC where it names no zone, midnight where it names no time),
    `headline`, `symbols` (a list, or a text with commas, semicolons, bars or spaces between), and may have
    `id`, `body`, `link` and `source` (else `source` stands). Without an id the row is known by the digest of
    its time and headline. News from after tomorrow is refused.

    Raises InvalidInput when the file as a whole cannot be read; a bad row keeps the rest.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput("The file is larger than 20 MB: divide it.", code="too-large")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("The file is not UTF-8 text.", code="bad-file") from None
    news: dict[tuple[str, str], NewsTold] = {}
    wrong: list[WrongRow] = []
    for line, row in _rows(text):
        try:
            told = _news(row, source, now)
        except _Wrong as fault:
            wrong.append(WrongRow(line=line, field=fault.field, reason=fault.reason))
            continue
        news.setdefault((told.provider, told.external_id), told)
    if not news and not wrong:
        raise InvalidInput("The file holds no news.", code="empty-file")
    return NewsFile(news=tuple(news.values()), wrong=tuple(wrong))


def _rows(text: str) -> Iterator[tuple[int, Any]]:
    if text.lstrip().startswith("{"):
        yield from _json_rows(text)
        return
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = [(name or "").strip().casefold() for name in reader.fieldnames or []]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise InvalidInput(f"There is no column called {' or '.join(missing)}.", code="bad-file")
    reader.fieldnames = names
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InvalidInput(f"Line {reader.line_num} is no CSV: {error}.", code="bad-file") from None


def _json_rows(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _news(row: Any, source: str, now: datetime) -> NewsTold:
    if not isinstance(row, Mapping):
        raise _Wrong("row", "It is no JSON object.")
    headline = _text(row, "headline", LONGEST_HEADLINE, is_required=True)
    published_at = _moment(row.get("published_at"), now)
    provider = _text(row, "source", LONGEST_SOURCE) or source
    return NewsTold(
        provider=provider,
        external_id=_text(row, "id", LONGEST_ID) or _digest(published_at, headline),
        publisher=provider,
        published_at=published_at,
        headline=headline,
        body=_text(row, "body", LONGEST_BODY),
        link=_link(_text(row, "link", LONGEST_LINK)),
        symbols=_symbols(row.get("symbols")),
    )


def _text(row: Mapping[str, Any], name: str, longest: int, *, is_required: bool = False) -> str:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise _Wrong(name, "It is no text.")
    text = " ".join((value or "").replace("\x00", " ").split())
    if is_required and not text:
        raise _Wrong(name, "It is empty.")
    if len(text) > longest:
        raise _Wrong(name, f"It is longer than {longest} characters.")
    return text


def _moment(value: Any, now: datetime) -> datetime:
    text = value.strip() if isinstance(value, str) else ""
    try:
        moment = datetime.fromisoformat(text) if len(text) > len("2026-01-31") else _midnight(text)
    except ValueError:
        raise _Wrong("published_at", "It is no day and no time in ISO 8601.") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if not EARLIEST <= moment <= now + timedelta(days=1):
        raise _Wrong("published_at", "It lies before 1970 or after tomorrow.")
    return moment


def _midnight(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)


def _symbols(value: Any) -> tuple[str, ...]:
    told = value if isinstance(value, list) else APART.split(value) if isinstance(value, str) else []
    if not all(isinstance(one, str) for one in told):
        raise _Wrong("symbols", "One of them is no text.")
    symbols = tuple(dict.fromkeys(one.strip().upper() for one in told if one.strip()))
    if not symbols:
        raise _Wrong("symbols", "It names none.")
    if len(symbols) > MOST_SYMBOLS or any(len(one) > LONGEST_SYMBOL for one in symbols):
        raise _Wrong("symbols", f"More than {MOST_SYMBOLS}, or one with more than {LONGEST_SYMBOL} letters.")
    return symbols


def _link(text: str) -> str:
    if text and not text.startswith(("https://", "http://")):
        raise _Wrong("link", "It is no web address.")
    return text


def _digest(published_at: datetime, headline: str) -> str:
    return hashlib.sha256(f"{published_at.isoformat()}|{headline}".encode()).hexdigest()[:40]
