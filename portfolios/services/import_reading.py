"""Opening the file of an import run: what kind it is, and what it says."""

from collections.abc import Callable

from django.utils import timezone

from common.errors import InvalidInput
from portfolios.engine.file_kinds import HEAD, FileKind, file_kind
from portfolios.engine.records import Statement
from portfolios.engine.statements.csv_mapping import CsvMapping
from portfolios.engine.statements.csv_reading import read_csv
from portfolios.engine.statements.csv_sketch import CsvSketch, sniff_csv
from portfolios.engine.statements.csv_tables import csv_records, decoded
from portfolios.engine.statements.flex import read_flex
from portfolios.models import ImportRun

# How far a job has come: the name of the stage, what is done and what there is to do (zero: not known).
Report = Callable[[str, int, int], None]

# Enough rows to propose a mapping from, without reading a large file for a page.
SKETCH = 4 * 1024 * 1024


def silent(stage: str, done: int, total: int) -> None:
    """A report that nobody listens to."""


def run_kind(run: ImportRun) -> FileKind:
    """What the file of a run is, from its first bytes. Raises InvalidInput for what cannot be read."""
    with run.file.open("rb") as file:
        return file_kind(file.read(HEAD))


def statement_read(*, run: ImportRun, report: Report = silent) -> Statement:
    """What the file of `run` says.

    Raises StatementError when it cannot be read at all, and InvalidInput for a CSV file whose columns
    nobody has explained yet.
    """
    if run.source == FileKind.FLEX:
        with run.file.open("rb") as file:
            return read_flex(file.read(), today=timezone.localdate(), progress=_percent(report))
    if run.mapping is None:
        raise InvalidInput("The columns of this file are not mapped yet.", code="mapping-missing")
    mapping = CsvMapping.from_json(run.mapping)
    with run.file.open("rb") as file:
        return read_csv(file.read(), mapping, today=timezone.localdate(), progress=_percent(report))


def _percent(report: Report) -> Callable[[int], None]:
    return lambda percent: report("reading", percent, 100)


def sketch_read(*, run: ImportRun) -> CsvSketch:
    """A look at the first rows of a CSV file, with a proposal for its columns.

    Raises StatementError when it does not look like a table.
    """
    with run.file.open("rb") as file:
        head = file.read(SKETCH)
    if run.file_size > SKETCH:
        # The last line may be cut in the middle.
        head = head[: head.rfind(b"\n") + 1] or head
    return sniff_csv(head)


def column_values(*, run: ImportRun, sketch: CsvSketch, header: str) -> list[str]:
    """The different values of one column of a CSV file, in their order; none for an unknown column."""
    if header not in sketch.headers:
        return []
    with run.file.open("rb") as file:
        text, _ = decoded(file.read(SKETCH))
    index = sketch.headers.index(header)
    values = (
        record.cells[index].strip()
        for record in csv_records(text, sketch.delimiter)
        if record.line > sketch.header_line and index < len(record.cells)
    )
    return [value for value in dict.fromkeys(values) if value]
