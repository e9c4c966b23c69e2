"""Reads what a broker reported from a CSV export of Form 1099-B, whatever the order of its columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolios.engine.records import RowOutcome, RowStatus, Term
from portfolios.engine.statements.csv_formats import (
    DateFormat,
    DecimalMark,
    likely_date_formats,
    read_date,
    read_number,
)
from portfolios.engine.statements.csv_tables import Record, csv_records, decoded
from portfolios.engine.statements.reading import SIZE_LIMIT, load
from portfolios.engine.statements.refusals import RowError, StatementError, ignored, left_out
from taxharvest.engine.boxes import LETTERS
from taxharvest.engine.reported_headers import columns_of, folded, is_header
from taxharvest.engine.reported_lines import Reported1099B, ReportedLine

SECTION = "1099-B"
DELIMITERS = (",", ";", "\t", "|")
HEADER_RECORDS = 100
NOT_A_DAY = frozenset(("", "various", "inherited", "inherit", "unknown", "n a", "multiple"))
YES = frozenset(("yes", "y", "true", "1", "x", "t", "checked", "covered", "reported"))
NO = frozenset(
    ("no", "n", "false", "0", "unchecked", "noncovered", "not covered", "non covered", "not reported")
)
WASH_MARKS = frozenset(("w", "yes", "y", "true", "x", "t", "checked"))
TOTALS = ("total", "subtotal", "sub total", "grand total")

_QUANTITY = re.compile(r"\s*([0-9][0-9,]*(?:\.[0-9]+)?)\s*(?:shares?|sh|units?)\b\.?", re.IGNORECASE)
_LETTER = re.compile(r"(?:box |category |form 8949 )*([a-l])(?: .*)?")


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the fields stand, and how its days are written."""

    columns: dict[str, int]
    headers: tuple[str, ...]
    forms: dict[str, DateFormat]


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row, read by the name of the field."""

    line: int
    cells: tuple[str, ...]
    table: _Table

    def header(self, name: str) -> str:
        place = self.table.columns.get(name)
        return name if place is None else self.table.headers[place]

    def text(self, name: str) -> str:
        place = self.table.columns.get(name, len(self.cells))
        return self.cells[place].removeprefix("'") if place < len(self.cells) else ""

    def word(self, name: str) -> str:
        return folded(self.text(name))

    def number(self, name: str) -> Decimal | None:
        return read_number(self.text(name), DecimalMark.POINT, field=self.header(name))

    def day(self, name: str) -> date:
        return read_date(self.text(name), self.table.forms[name], field=self.header(name))


def read_csv_1099b(data: bytes, *, limit: int = SIZE_LIMIT) -> Reported1099B:
    """The lines of the CSV file in `data`, and the fate of each row: a bad one never loses the rest.

    Days with slashes are read month first, as the form is American, unless the file shows otherwise. Raises
    StatementError when the file is too large, is not text, or holds no table of sales.
    """
    load(data, limit)
    text, _ = decoded(data)
    table, body = _found_table(text)
    lines: list[ReportedLine] = []
    outcomes: list[RowOutcome] = []
    for record in body:
        status, reason, field = RowStatus.READ, "", ""
        try:
            lines.append(_line(_Cells(record.line, record.cells, table), record))
        except RowError as problem:
            status, reason, field = problem.status, problem.reason, problem.field
        row = dict(zip(table.headers, record.cells, strict=False))
        outcomes.append(
            RowOutcome(line=record.line, section=SECTION, status=status, reason=reason, field=field, row=row)
        )
    return Reported1099B(lines=tuple(lines), rows=tuple(outcomes))


def _found_table(text: str) -> tuple[_Table, list[Record]]:
    """The header that names the most fields, and the records below it."""
    best: tuple[int, dict[str, int], Record, list[Record]] | None = None
    for delimiter in DELIMITERS:
        records = csv_records(text, delimiter)
        for place, record in enumerate(records[:HEADER_RECORDS]):
            columns = columns_of(record.cells)
            if is_header(columns) and (best is None or len(columns) > best[0]):
                best = len(columns), columns, record, records[place + 1 :]
    if best is None:
        raise StatementError(
            "This file holds no table of sales: no line names a column for the date sold, one for the "
            "proceeds and one for what was sold. Export the broker’s 1099-B as CSV with column names.",
            "reported-no-table",
        )
    _, columns, header, body = best
    forms = {name: _date_form(body, columns.get(name)) for name in ("acquired", "sold")}
    return _Table(columns, header.cells, forms), body


def _date_form(body: Sequence[Record], place: int | None) -> DateFormat:
    texts = [] if place is None else [record.cells[place] for record in body if place < len(record.cells)]
    forms = likely_date_formats([text for text in texts if folded(text) not in NOT_A_DAY])
    return forms[0] if forms and DateFormat.MONTH_FIRST not in forms else DateFormat.MONTH_FIRST


def _line(row: _Cells, record: Record) -> ReportedLine:
    """The line that a row states. Raises RowError naming the column at fault."""
    if record.broken:
        raise RowError(record.broken)
    _refuse_other_rows(row)
    proceeds = row.number("proceeds")
    if proceeds is None:
        raise RowError("the proceeds are missing", field=row.header("proceeds"))
    basis = row.number("basis")
    letter = _letter(row)
    return ReportedLine(
        line=row.line,
        account=row.text("account"),
        symbol=row.text("symbol").upper(),
        cusip=row.text("cusip").upper().replace(" ", ""),
        description=row.text("description"),
        quantity=_quantity(row),
        acquired=None if row.word("acquired") in NOT_A_DAY else row.day("acquired"),
        sold=row.day("sold"),
        proceeds=proceeds,
        basis=basis,
        disallowed=_disallowed(row),
        term=_term(row, letter),
        is_basis_reported=_is_reported(row, letter, basis),
    )


def _refuse_other_rows(row: _Cells) -> None:
    first = next((folded(cell) for cell in row.cells if folded(cell)), "")
    if first.startswith(TOTALS):
        raise ignored("a total of rows that were read")
    if row.cells == row.table.headers:
        raise ignored("the names of the columns again")
    if not any(row.text(name) for name in ("symbol", "cusip", "description")):
        raise left_out("nothing says what was sold")


def _quantity(row: _Cells) -> Decimal | None:
    """The quantity as stated, or as it stands at the beginning of the description (“100 sh. ACME”)."""
    stated = row.number("quantity")
    if stated is not None:
        return abs(stated)
    match = _QUANTITY.match(row.text("description"))
    return Decimal(match[1].replace(",", "")) if match else None


def _disallowed(row: _Cells) -> Decimal:
    """Box 1g: as stated, or the amount of the adjustment where the row is only marked W."""
    is_marked = row.word("disallowed") in WASH_MARKS or "W" in row.text("code").upper()
    name = "adjustment" if is_marked else "disallowed"
    stated = None if row.word(name) in NO else row.number(name)
    if is_marked and stated is None:
        raise RowError("is marked as a wash sale without an amount", field=row.header("disallowed"))
    return abs(stated) if stated is not None else Decimal(0)


def _letter(row: _Cells) -> str:
    """The box of Form 8949 that the row names, if it names one."""
    match = _LETTER.fullmatch(row.word("category"))
    return match[1].upper() if match else ""


def _term(row: _Cells, letter: str) -> Term:
    """Short or long as the row says, else as its box of Form 8949 says, else unknown."""
    word = row.word("term")
    if word.startswith(("long", "lt")) or word == "l":
        return Term.LONG
    if word.startswith(("short", "st")) or word == "s":
        return Term.SHORT
    if word and word not in ("ordinary", "unknown", "undetermined", "n a"):
        raise RowError(
            f"“{row.text('term')[:40]}” is neither short-term nor long-term", field=row.header("term")
        )
    return next((term for term, letters in LETTERS.items() if letter and letter in letters), Term.UNKNOWN)


def _is_reported(row: _Cells, letter: str, basis: Decimal | None) -> bool:
    """Whether the basis went to the IRS: by the box of Form 8949, box 12 or box 5, else if there is one."""
    if letter:
        return letter in "ADGJ"
    for name, meaning in (("reported", True), ("noncovered", False)):
        word = row.word(name)
        if word in YES or word in NO:
            return (word in YES) is meaning
        if word == "" and name in row.table.columns and name == "reported":
            return False
    return basis is not None
