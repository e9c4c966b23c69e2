"""A look at a CSV file of unknown make: its separator, where its table begins, and a first mapping."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from portfolios.engine.records import TransactionKind
from portfolios.engine.statements.csv_formats import (
    DateFormat,
    DecimalMark,
    decimal_mark,
    likely_date_formats,
    read_number,
)
from portfolios.engine.statements.csv_kinds import folded, proposed_kind
from portfolios.engine.statements.csv_mapping import FIELDS, CsvMapping, proposed_columns
from portfolios.engine.statements.csv_tables import Record, csv_records, decoded, unique_headers
from portfolios.engine.statements.reading import SIZE_LIMIT, load
from portfolios.engine.statements.refusals import RowError, StatementError

DELIMITERS = (",", ";", "\t", "|")
LINES_TO_LOOK_AT = 400
ROWS_TO_SHOW = 10
LEAST_COLUMNS = 2

_KNOWN_HEADERS = {word for words in FIELDS.values() for word in words}


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvSketch:
    """What a look at a CSV file shows, for a person to confirm.

    `confidence` is a percentage for each field of the proposed mapping; `date_formats` are those in which the
    date column can be read: with more than one, `questions` asks. `kinds` are the values of the kind column
    with what they seem to mean (an empty string where nobody knows).
    """

    encoding: str
    delimiter: str
    header_line: int
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_count: int
    mapping: CsvMapping
    confidence: dict[str, int]
    date_formats: tuple[DateFormat, ...]
    decimal_mark: DecimalMark
    kinds: dict[str, str]
    questions: tuple[str, ...]


def sniff_csv(data: bytes, *, limit: int = SIZE_LIMIT) -> CsvSketch:
    """A sketch of the CSV file in `data`, with a proposed mapping.

    Raises StatementError when the file is too large, is not text, or holds no table.
    """
    load(data, limit)
    text, encoding = decoded(data)
    delimiter, header = _table(text)
    records = list(csv_records(text, delimiter))
    body = [record.cells for record in records if record.line > header.line and not record.broken]
    return _sketch(encoding, delimiter, header, body)


def _table(text: str) -> tuple[str, Record]:
    """The separator and the header that explain the most of the file's beginning."""
    beginning = "\n".join(text.splitlines()[:LINES_TO_LOOK_AT])
    if beginning.startswith("Statement,Header,Field Name"):
        raise StatementError(
            "This is an Interactive Brokers activity statement as CSV, which holds many tables in one. "
            "Run an Activity Flex Query with format XML and import that.",
            "statement-many-tables",
        )
    best: tuple[int, str, Record] | None = None
    for delimiter in DELIMITERS:
        for score, record in _headers(beginning, delimiter):
            if best is None or score > best[0]:
                best = (score, delimiter, record)
    if best is None:
        raise StatementError(
            "This file holds no table: no line has two columns parted by comma, semicolon, tab or bar.",
            "statement-not-csv",
        )
    return best[1], best[2]


def _headers(beginning: str, delimiter: str) -> list[tuple[int, Record]]:
    """The records that could be the header, with how well they would do."""
    records = csv_records(beginning, delimiter)
    widths = Counter(len(record.cells) for record in records)
    found = []
    for record in records:
        words = [cell for cell in record.cells if cell]
        if len(words) < LEAST_COLUMNS or any(cell.strip("()$-").replace(".", "").isdigit() for cell in words):
            continue
        known = sum(folded(cell) in _KNOWN_HEADERS for cell in words)
        found.append((known * 1000 + min(widths[len(record.cells)], 400), record))
    return found


def _sketch(encoding: str, delimiter: str, header: Record, body: list[tuple[str, ...]]) -> CsvSketch:
    headers = unique_headers(header.cells)
    columns = proposed_columns(headers)
    column = {name: _cells(body, headers.index(header)) for name, header in columns.items()}
    forms = likely_date_formats(column.get("date", []))
    numbers = [cell for name in ("amount", "price", "quantity", "fees") for cell in column.get(name, [])]
    mark = decimal_mark(numbers)
    kinds = {text: proposed_kind(text) for text in sorted(set(column.get("kind", []))) if text}
    sign, inside = _money_rules(body, headers, columns, mark)
    mapping = CsvMapping(
        columns=columns,
        date_format=forms[0] if len(forms) == 1 else None,
        kinds={folded(text): kind for text, kind in kinds.items() if kind},
        encoding=encoding,
        delimiter=delimiter,
        header_line=header.line,
        decimal_mark=mark,
        amount_sign=sign,
        fees_inside=inside,
    )
    return CsvSketch(
        encoding=encoding,
        delimiter=delimiter,
        header_line=header.line,
        headers=headers,
        rows=tuple(body[:ROWS_TO_SHOW]),
        row_count=len(body),
        mapping=mapping,
        confidence=_confidence(column, columns, forms, mark, kinds),
        date_formats=forms,
        decimal_mark=mark,
        kinds=kinds,
        questions=_questions(columns, column, forms, kinds),
    )


def _cells(body: list[tuple[str, ...]], index: int) -> list[str]:
    return [cells[index] for cells in body if index < len(cells)]


def _money_rules(
    body: list[tuple[str, ...]], headers: tuple[str, ...], columns: dict[str, str], mark: DecimalMark
) -> tuple[str, bool]:
    """Whether amounts carry signs, and whether fees are inside, as the purchases of the file show."""
    signed = unsigned = inside = outside = 0
    for cells in body:
        cell = {
            name: cells[headers.index(header)] if headers.index(header) < len(cells) else ""
            for name, header in columns.items()
        }
        if proposed_kind(cell.get("kind", "")) != TransactionKind.BUY:
            continue
        try:
            amount, quantity, price = (
                read_number(cell.get(name, ""), mark, field=name) for name in ("amount", "quantity", "price")
            )
            charges = [read_number(cell.get(name, ""), mark, field=name) for name in ("fees", "other_fees")]
        except RowError:
            continue
        if amount is None:
            continue
        signed, unsigned = signed + (amount < 0), unsigned + (amount > 0)
        fees = sum((abs(charge) for charge in charges if charge is not None), Decimal(0))
        if quantity and price and fees:
            gross = abs(quantity * price)
            inside += abs(abs(amount) - gross - fees) < fees / 2
            outside += abs(abs(amount) - gross) < fees / 2
    return ("by_kind" if unsigned > signed else "as_stated"), outside <= inside


def _confidence(
    column: dict[str, list[str]],
    columns: dict[str, str],
    forms: tuple[DateFormat, ...],
    mark: DecimalMark,
    kinds: dict[str, str],
) -> dict[str, int]:
    """How sure each proposed column is: the share of its cells that read as what they should be."""
    sure = {}
    for name in columns:
        cells = [cell for cell in column[name] if cell]
        if name in ("quantity", "price", "amount", "fees", "other_fees"):
            good = sum(_is_number(cell, mark) for cell in cells)
        elif name == "date":
            good = len(cells) if len(forms) == 1 else len(cells) // 2 if forms else 0
        elif name == "kind":
            good = sum(bool(kinds.get(cell)) for cell in cells)
        else:
            good = len(cells)
        sure[name] = good * 100 // len(cells) if cells else 0
    return sure


def _is_number(cell: str, mark: DecimalMark) -> bool:
    try:
        return read_number(cell, mark, field="") is not None
    except RowError:
        return False


def _questions(
    columns: dict[str, str],
    column: dict[str, list[str]],
    forms: tuple[DateFormat, ...],
    kinds: dict[str, str],
) -> tuple[str, ...]:
    asked = []
    if "date" not in columns:
        asked.append("Which column holds the date?")
    elif len(forms) > 1:
        example = next((cell for cell in column["date"] if cell), "")
        asked.append(f"Is “{example[:20]}” written {' or '.join(forms)}?")
    elif not forms:
        asked.append(f"How are the dates in “{columns['date']}” written?")
    if "kind" not in columns:
        asked.append("Which column says what each row is (purchase, sale, dividend)?")
    asked += [f"What does “{text[:60]}” mean?" for text, kind in kinds.items() if not kind]
    if not {"amount", "price"} & set(columns):
        asked.append("Which column holds the amount, or the price?")
    if "currency" not in columns:
        asked.append("Which currency are the amounts in?")
    return tuple(asked)
