"""The text of a CSV file: its encoding and its records with the lines on which they begin."""

import csv
import io
from collections import Counter
from dataclasses import dataclass

from portfolios.engine.statements.refusals import StatementError


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a CSV file and the line on which it begins."""

    line: int
    cells: tuple[str, ...]


def decoded(data: bytes) -> tuple[str, str]:
    """`data` as text and the encoding it is in: as marked, else UTF-8, else Windows-1252.

    Raises StatementError for what is not text at all.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decoded(data, name), name
    if b"\x00" in data:
        raise StatementError(
            "This file is not text but binary data, perhaps a spreadsheet. Save it as CSV (UTF-8) and import that.",
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
    """The records of `text` that are not blank. Raises StatementError naming the line that cannot be parted."""
    reader = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=delimiter)
    found: list[Record] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append(Record(line, tuple(cell.strip() for cell in cells)))
            line = reader.line_num + 1
    except csv.Error as problem:
        raise StatementError(
            f"Line {line} cannot be parted into columns ({problem}). Perhaps a quotation mark is not closed.",
            "statement-not-csv",
        ) from None
    return found


def unique_headers(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the columns; a name that comes again is numbered, an empty one is called by its place."""
    seen: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(cells, 1):
        name = cell or f"Column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)
