"""Files of daily closes: CSV text to prices, with the fate of every row."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from common.errors import InvalidInput
from common.money import parse_decimal
from portfolios.engine.figures import MONTHS, day_text
from portfolios.engine.records import RowOutcome, RowStatus

ENCODINGS = ("utf-8-sig", "cp1252")
DELIMITERS = ",;\t|"
MAX_BYTES = 50_000_000
EARLIEST = date(1900, 1, 1)
SAMPLE = 4096
SYMBOL_NAMES = frozenset({"symbol", "ticker", "instrument", "isin"})
DATE_NAMES = frozenset({"date", "day", "time", "timestamp"})
CLOSE_NAMES = ("close", "adj close", "price", "last")
CURRENCY_NAMES = frozenset({"currency", "ccy"})
CURRENCY_LENGTH = 3
WORDS_OF_A_DATE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePrice:
    """A close as a file states it, before its symbol meets an instrument; `currency` is empty if unstated."""

    line: int
    symbol: str
    day: date
    close: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFile:
    """The prices of a file, and the outcome of every row (of every cell, in the wide form) that has none."""

    prices: tuple[FilePrice, ...]
    rows: tuple[RowOutcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Where the columns of the long form stand; -1 where there is none."""

    symbol: int
    day: int
    close: int
    currency: int = -1


def read_price_file(
    data: bytes, *, currency: str = "", symbol: str = "", today: date | None = None
) -> PriceFile:
    """The closes in CSV `data`: `symbol,date,close[,currency]`, or `date` and one column for each symbol.

    A file with date and close but no symbol column needs `symbol`. `currency` stands where the file states
    none. Text is UTF-8, UTF-16 (with its mark) or Windows-1252; columns are split at comma, semicolon, tab
    or bar. Dates are ISO or spelt with the month's name; a date such as 03/04/2024 is refused, since it can
    be read in two ways, and so is one before 1900 or after the day that follows `today`. A close must be a
    positive finite number below 10^12. Two closes for one symbol and day: the first counts, the second is
    "ignored" when equal and "wrong" when it differs.

    Raises InvalidInput when the file as a whole cannot be read; a bad row is an outcome, and keeps the rest.
    """
    header, lines = _table(_text(data))
    names = [name.strip().lower() for name in header]
    day = _position(names, DATE_NAMES)
    if day < 0:
        raise _refusal("There is no column called date.")
    close = next((names.index(name) for name in CLOSE_NAMES if name in names), -1)
    reader = _Reader(header, currency, today)
    if close >= 0:
        columns = _Columns(
            symbol=_position(names, SYMBOL_NAMES),
            day=day,
            close=close,
            currency=_position(names, CURRENCY_NAMES),
        )
        if columns.symbol < 0 and not symbol:
            raise _refusal("There is no column called symbol, and no symbol was given for the file.")
        for line, cells in lines:
            reader.read_long(line, cells, columns, symbol)
    else:
        for line, cells in lines:
            reader.read_wide(line, cells, day)
    return PriceFile(prices=tuple(reader.prices.values()), rows=tuple(reader.rows))


class _Reader:
    """Prices and outcomes gathered while the rows are read."""

    def __init__(self, header: Sequence[str], currency: str, today: date | None) -> None:
        self._header, self._currency = [name.strip() for name in header], currency
        self._today = today
        self.prices: dict[tuple[str, date], FilePrice] = {}
        self.rows: list[RowOutcome] = []

    def read_long(self, line: int, cells: Sequence[str], columns: _Columns, symbol: str) -> None:
        """Read a row with one close."""
        field = "symbol"
        try:
            name = symbol if columns.symbol < 0 else _required(cells, columns.symbol, "symbol")
            field = self._header[columns.day]
            day = _day(_required(cells, columns.day, field), self._today)
            field = self._header[columns.close]
            close = _close(_required(cells, columns.close, field), field)
            field = "currency"
            currency = _currency(_cell(cells, columns.currency)) or self._currency
        except InvalidInput as wrong:
            self._outcome(line, RowStatus.WRONG, wrong.detail, field, cells)
            return
        self._keep(FilePrice(line=line, symbol=name, day=day, close=close, currency=currency), cells)

    def read_wide(self, line: int, cells: Sequence[str], day_column: int) -> None:
        """Read a row with a close for each symbol; an empty cell says nothing about its symbol."""
        try:
            day = _day(_required(cells, day_column, self._header[day_column]), self._today)
        except InvalidInput as wrong:
            self._outcome(line, RowStatus.WRONG, wrong.detail, self._header[day_column], cells)
            return
        for index, symbol in enumerate(self._header):
            text = _cell(cells, index)
            if index == day_column or not symbol or not text:
                continue
            try:
                close = _close(text, symbol)
            except InvalidInput as wrong:
                self._outcome(line, RowStatus.WRONG, wrong.detail, symbol, cells)
                continue
            price = FilePrice(line=line, symbol=symbol, day=day, close=close, currency=self._currency)
            self._keep(price, cells)

    def _keep(self, price: FilePrice, cells: Sequence[str]) -> None:
        held = self.prices.setdefault((price.symbol, price.day), price)
        if held is price:
            return
        same = (held.close, held.currency) == (price.close, price.currency)
        sentence = f"{price.symbol} already has a close on {day_text(price.day)}, in line {held.line}"
        if same:
            self._outcome(price.line, RowStatus.IGNORED, f"{sentence}, and it is the same.", "", cells)
        else:
            self._outcome(price.line, RowStatus.WRONG, f"{sentence}: {held.close}.", "close", cells)

    def _outcome(self, line: int, status: RowStatus, reason: str, field: str, cells: Sequence[str]) -> None:
        row = dict(zip(self._header, cells, strict=False))
        self.rows.append(
            RowOutcome(line=line, section="prices", status=status, reason=reason, field=field, row=row)
        )


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _refusal(f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise _refusal("The file is not text in UTF-8, UTF-16 or Windows-1252.")


def _table(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    first = next((line for line in text[:SAMPLE].splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells))
    except csv.Error as wrong:
        raise _refusal(f"Line {reader.line_num} cannot be read as CSV: {wrong}.") from None
    if not rows:
        raise _refusal("The file is empty.")
    return rows[0][1], rows[1:]


def _position(names: Sequence[str], wanted: frozenset[str]) -> int:
    return next((index for index, name in enumerate(names) if name in wanted), -1)


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index].strip() if 0 <= index < len(cells) else ""


def _required(cells: Sequence[str], index: int, name: str) -> str:
    text = _cell(cells, index)
    if not text:
        raise _refusal(f"The field {name} is empty.")
    return text


def _day(text: str, today: date | None) -> date:
    """A day from 1900 to the day after `today`: where the exchange is it may be tomorrow already."""
    found = _written_day(text)
    if found < EARLIEST:
        raise _refusal(f"The year {found.year} cannot be right.")
    if today is not None and found > today + timedelta(days=1):
        raise _refusal(f"{found} is still to come.")
    return found


def _written_day(text: str) -> date:
    plain = text[:10] if text[10:11] in {"T", " "} else text
    try:
        return date.fromisoformat(plain.replace("/", "-") if plain[4:5] == "/" else plain)
    except ValueError:
        named = _named_day(text)
    if named is None:
        raise _refusal(f"“{text[:40]}” is not a date that can be read in one way only; write 2024-03-31.")
    return named


def _named_day(text: str) -> date | None:
    """A date with an English month name, in the orders 31 Mar 2024, Mar 31 2024 and 31-Mar-2024."""
    words = text.replace(",", " ").replace("-", " ").split()
    numbers = [int(word) for word in words if word.isascii() and word.isdigit()]
    months = [MONTHS.index(word[:3].title()) + 1 for word in words if word[:3].title() in MONTHS]
    if len(words) != WORDS_OF_A_DATE or len(numbers) != WORDS_OF_A_DATE - 1 or not months:
        return None
    try:
        return date(numbers[1], months[0], numbers[0])
    except ValueError:
        return None


def _close(text: str, field: str) -> Decimal:
    close = parse_decimal(text, field=field)
    if close <= 0:
        raise _refusal(f"“{text[:40]}” is not a positive price.")
    return close


def _currency(text: str) -> str:
    if text and not (len(text) == CURRENCY_LENGTH and text.isascii() and text.isalpha()):
        raise _refusal(f"“{text[:40]}” is not a currency code of three letters.")
    return text.upper()


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput(detail=sentence, code="invalid-price-file")
