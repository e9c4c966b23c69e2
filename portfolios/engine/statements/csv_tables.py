"""The text of a CSV file: its encoding and its records with the lines on which they begin."""

import csv
from collections import Counter
from dataclasses import dataclass

from portfolios.engine.statements.refusals import StatementError

RECORD_LINES = 20
CELL_SHOWN = 500
NOT_CLOSED = "a quotation mark of this line is not closed"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a CSV file and the line on which it begins; `broken` says why it cannot be parted."""

    line: int
    cells: tuple[str, ...]
    broken: str = ""


def decoded(data: bytes) -> tuple[str, str]:
    """`data` as text and the encoding it is in: as marked, else UTF-8, else Windows-1252.

    Raises StatementError for what is not text at all.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decoded(data, name), name
    if b"\x00" in data:
        raise StatementError(
            "This file is binary data, perhaps a spreadsheet. Save it as CSV (UTF-8) and import that.",
            "statement-not-text",
        )
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252"


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        raise StatementError(
            f"Line {line} is damaged: it is not written in {name.upper()} like the beginning of the file. "
            "Download the file again, or save it as CSV (UTF-8).",
            "statement-encoding",
        ) from None


def csv_records(text: str, delimiter: str) -> list[Record]:
    """The records of `text` that are not blank.

    A quotation mark that is not closed would swallow the rest of the file: a record that spans more than
    RECORD_LINES lines, or has a cell without end, is broken on its first line, and the next line is read.
    """
    lines = text.replace("\x00", "").splitlines(keepends=True)
    try:
        return _records_at_once(lines, delimiter)
    except csv.Error:
        return _records_one_by_one(lines, delimiter)


def _records_at_once(lines: list[str], delimiter: str) -> list[Record]:
    """All records in one go. Raises csv.Error when one of them is suspiciously long or never ends."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    found: list[Record] = []
    line = 1
    for cells in reader:
        if reader.line_num - line >= RECORD_LINES:
            raise csv.Error(NOT_CLOSED)
        if any(cell.strip() for cell in cells):
            found.append(Record(line, tuple(cell.strip() for cell in cells)))
        line = reader.line_num + 1
    return found


def _records_one_by_one(lines: list[str], delimiter: str) -> list[Record]:
    found: list[Record] = []
    start = 0
    while start < len(lines):
        cells, used, fault = _record(lines[start : start + RECORD_LINES], delimiter)
        if fault or any(cell.strip() for cell in cells):
            found.append(Record(start + 1, tuple(cell.strip() for cell in cells), fault))
        start += used
    return found


def _record(window: list[str], delimiter: str) -> tuple[list[str], int, str]:
    """The record at the beginning of `window`, the lines it takes, and what is wrong with it."""
    reader = csv.reader(window, delimiter=delimiter)
    try:
        cells = next(reader, [])
    except csv.Error as problem:
        return [window[0][:CELL_SHOWN]], 1, f"the line cannot be parted into columns: {problem}"
    if reader.line_num == len(window) and len(window) > 1 and any("\n" in cell for cell in cells):
        return [window[0][:CELL_SHOWN]], 1, NOT_CLOSED
    return cells, reader.line_num, ""


def unique_headers(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the columns; a name that comes again is numbered, an empty one is called by its place."""
    seen: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(cells, 1):
        name = cell or f"Column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)
