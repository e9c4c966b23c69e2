"""Reads a CSV file under a confirmed mapping into transactions and row outcomes."""

import re
from collections import defaultdict
from datetime import date

from portfolios.engine.records import AccountStatement, ParsedTransaction, RowOutcome, RowStatus, Statement
from portfolios.engine.statements.csv_formats import DateFormat
from portfolios.engine.statements.csv_mapping import CsvMapping
from portfolios.engine.statements.csv_rows import SECTION, TableRow, transaction_of
from portfolios.engine.statements.csv_sketch import DELIMITERS, CsvSketch, sniff_csv
from portfolios.engine.statements.csv_tables import Record, csv_records, decoded, unique_headers
from portfolios.engine.statements.keys import KeyMaker
from portfolios.engine.statements.reading import SIZE_LIMIT, Progress, load
from portfolios.engine.statements.refusals import RowError, StatementError
from portfolios.engine.statements.values import check_happened

# The door to CSV files: look at one, map its columns, read it.
__all__ = ["CsvSketch", "read_csv", "sniff_csv"]

SOURCE = "csv"
PROGRESS_EVERY = 500
NOTE_CELLS = 2  # a line without a date and with no more cells than this is a total or a note

_NOTE = re.compile(
    r"(transactions?|grand|sub)?\s*-?totals?\b|balance\b|date downloaded|disclaimer|page \d", re.IGNORECASE
)


def read_csv(
    data: bytes,
    mapping: CsvMapping,
    *,
    today: date | None = None,
    progress: Progress | None = None,
    limit: int = SIZE_LIMIT,
) -> Statement:
    """The transactions of the CSV file in `data`, read by `mapping`, and an outcome for each of its lines.

    A row dated after `today` and the day that follows it is wrong.
    Raises StatementError when the file is too large, is not text, or lacks a column that the mapping names.
    """
    form = mapping.check()
    load(data, limit)
    text, _ = decoded(data)
    records, header = _found_table(text, mapping)
    headers = unique_headers(header.cells)
    reader = _Reader(mapping, form, headers, today)
    for count, record in enumerate(records):
        if record.line < header.line:
            reader.outcome(record, RowStatus.IGNORED, "stands before the table")
        elif record.line > header.line:
            reader.read(record)
        if progress and count % PROGRESS_EVERY == 0:
            progress(count * 100 // len(records))
    if progress:
        progress(100)
    return reader.statement()


def _found_table(text: str, mapping: CsvMapping) -> tuple[list[Record], Record]:
    """The records and the header that has every mapped column, with the mapping's separator or another."""
    wanted = {header for header in mapping.columns.values() if header}
    nearest: tuple[int, set[str]] = (-1, wanted)
    for delimiter in dict.fromkeys((mapping.delimiter, *DELIMITERS)):
        records = csv_records(text, delimiter)
        for record in sorted(records[:400], key=lambda record: record.line != mapping.header_line):
            missing = wanted - set(unique_headers(record.cells))
            if not missing:
                return records, record
            nearest = max(nearest, (len(wanted) - len(missing), missing), key=lambda found: found[0])
    names = "”, “".join(sorted(nearest[1]))
    raise StatementError(
        f"This file has no column “{names}”, which the mapping needs. Map the columns of this file again.",
        "statement-missing-column",
    )


class _Reader:
    """What the rows read so far came to."""

    def __init__(
        self, mapping: CsvMapping, form: DateFormat, headers: tuple[str, ...], today: date | None
    ) -> None:
        self.mapping = mapping
        self.form = form
        self.headers = headers
        self.today = today
        self.outcomes: list[RowOutcome] = []
        self.by_account: dict[str, dict[str, ParsedTransaction]] = defaultdict(dict)
        self.keys: dict[str, KeyMaker] = {}

    def outcome(
        self, record: Record, status: RowStatus, reason: str, *, field: str = "", key: str = ""
    ) -> None:
        """Writes down what became of `record`."""
        self.outcomes.append(
            RowOutcome(
                line=record.line,
                section=SECTION,
                status=status,
                reason=reason,
                field=field[:60],
                natural_key=key,
                row=self.cells(record),
            )
        )

    def cells(self, record: Record) -> dict[str, str]:
        """The cells of `record` that say something, by header; cells beyond the headers by their place."""
        names = (
            *self.headers,
            *(f"Column {place}" for place in range(len(self.headers) + 1, len(record.cells) + 1)),
        )
        return {name: cell for name, cell in zip(names, record.cells, strict=False) if cell}

    def read(self, record: Record) -> None:
        """Reads one record; a refusal becomes its outcome and touches no other row."""
        try:
            key, reason = self._transaction(record)
        except RowError as refusal:
            self.outcome(record, refusal.status, refusal.reason, field=refusal.field)
        else:
            self.outcome(record, RowStatus.READ, reason, key=key)

    def _transaction(self, record: Record) -> tuple[str, str]:
        row = TableRow(record.line, self.cells(record), self.mapping, self.form)
        self._check_shape(record, row)
        account = row.text("account") or self.mapping.account
        keys = self.keys.setdefault(account, KeyMaker(SOURCE, account))
        made = transaction_of(row, keys)
        check_happened(made.trade_date, field=row.header("date"), today=self.today)
        known = self.by_account[account].get(made.natural_key)
        if known is not None:
            raise _said_before(known, made, row)
        self.by_account[account][made.natural_key] = made
        return made.natural_key, _doubt(made)

    def _check_shape(self, record: Record, row: TableRow) -> None:
        if record.broken:
            raise RowError(record.broken)
        said = [cell for cell in record.cells if cell]
        if unique_headers(record.cells) == self.headers:
            raise RowError("the header once more", status=RowStatus.IGNORED)
        if (not row.text("date") and (len(said) <= NOTE_CELLS or _NOTE.match(said[0]))) or (
            _NOTE.match(said[0]) and not row.text("kind")
        ):
            raise RowError("a total or a note, not a transaction", status=RowStatus.IGNORED)
        if any(record.cells[len(self.headers) :]):
            raise RowError(
                f"has {len(record.cells)} cells where the header has {len(self.headers)}; "
                "perhaps a comma in a text without quotation marks"
            )
        if len(said) == 1 and not row.text("kind"):
            raise RowError("a note, not a transaction", status=RowStatus.IGNORED)

    def statement(self) -> Statement:
        """All that was read, by account."""
        return Statement(
            source=SOURCE,
            accounts=tuple(
                self._account(account, list(made.values()))
                for account, made in self.by_account.items()
                if made
            ),
            rows=tuple(self.outcomes),
        )

    def _account(self, account: str, made: list[ParsedTransaction]) -> AccountStatement:
        currencies = {transaction.currency for transaction in made}
        days = [transaction.trade_date for transaction in made]
        return AccountStatement(
            account=account,
            base_currency=self.mapping.currency or (currencies.pop() if len(currencies) == 1 else ""),
            first_day=min(days),
            last_day=max(days),
            transactions=tuple(made),
        )


def _said_before(known: ParsedTransaction, again: ParsedTransaction, row: TableRow) -> RowError:
    fields = ("trade_date", "quantity", "price", "amount", "currency")
    if all(getattr(known, name) == getattr(again, name) for name in fields):
        return RowError(f"says the same as line {known.line}", status=RowStatus.IGNORED)
    return RowError(
        f"has the same identifier as line {known.line} but other content; line {known.line} was kept",
        field=row.header("identifier"),
    )


def _doubt(made: ParsedTransaction) -> str:
    """A word of caution when quantity times price is far from the amount."""
    if not made.instrument or made.price is None or not made.quantity or not made.amount:
        return ""
    gross = abs(made.quantity * made.price * made.instrument.multiplier)
    if abs(abs(made.amount) - gross) <= made.fees + gross / 20 + 1 or made.instrument.asset_class == "bond":
        return ""
    return f"the amount {made.amount.normalize():f} is far from quantity times price, {gross.normalize():f}"
