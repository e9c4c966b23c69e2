"""Whatever bytes arrive: a statement, or a StatementError that says why not, and nothing else."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolios.engine.records import Statement
from portfolios.engine.statements.csv_formats import DateFormat
from portfolios.engine.statements.csv_mapping import FIELDS, CsvMapping
from portfolios.engine.statements.csv_reading import read_csv, sniff_csv
from portfolios.engine.statements.flex import read_flex
from portfolios.engine.statements.refusals import StatementError
from tests.portfolios.engine.statements.flex_files import CASH, STOCK, TRADE, flex

WHOLE = flex(
    ("Trades", "Trade", [TRADE, TRADE | {"assetCategory": "CASH", "symbol": "EUR.USD", "ibExecID": "2.02"}]),
    ("CashTransactions", "CashTransaction", [STOCK | CASH]),
    (
        "CorporateActions",
        "CorporateAction",
        [STOCK | {"type": "FS", "quantity": "5", "dateTime": "20240304"}],
    ),
    ("OpenPositions", "OpenPosition", [STOCK | {"position": "10", "reportDate": "20240331"}]),
    ("Transfers", "Transfer", [STOCK | {"quantity": "1", "direction": "IN", "date": "20240304"}]),
)
TABLE = (
    b"Date,Action,Symbol,Description,Quantity,Price,Fees & Comm,Amount,Currency\n"
    b'2024-03-04,Buy,ACME,"ACME, CORP",10,20.00,1.00,"-1,201.00",USD\n'
    b"2024-03-05,Sell,ACME,ACME,-4,25,1,(99.00),USD\n"
)
VALUES = st.one_of(
    st.sampled_from(
        ["", "-", "NaN", "1e400", "-0", "=1+1", "20240304", "99999999", "EUR.USD", "Ca", "🦆", "1" * 400]
    ),
    st.text(max_size=30),
    st.decimals().map(str),
)
CELLS = st.dictionaries(
    st.sampled_from([*TRADE, *CASH, "notes", "code", "amount", "actionID", "position", "direction", "taxes"]),
    VALUES,
)
TAGS = [
    "Trade",
    "Order",
    "CashTransaction",
    "CorporateAction",
    "OpenPosition",
    "Transfer",
    "TransferLot",
    "SalesTax",
    "TransactionTax",
    "ConversionRate",
    "CashReportCurrency",
    "SecurityInfo",
    "PriorPeriodPosition",
    "MTMPerformanceSummaryUnderlying",
    "AccountInformation",
    "Whatever",
]
HEADERS = st.sampled_from([words[0] for words in FIELDS.values()])


def reads(data: bytes) -> Statement | None:
    """The statement in `data`, or None when it was refused in words."""
    try:
        return read_flex(data)
    except StatementError:
        return None


def looks(data: bytes) -> None:
    """Sniffs `data` and reads it by what is proposed."""
    try:
        sketch = sniff_csv(data)
        read_csv(data, CsvMapping.from_json(sketch.mapping.to_json() | {"date_format": "YYYY-MM-DD"}))
    except StatementError:
        return


def garbled(data: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    """`data` with pieces replaced by other bytes."""
    for start, length, piece in cuts:
        at = start % (len(data) + 1)
        data = data[:at] + piece + data[at + length :]
    return data


PIECES = st.sampled_from([b'"', b"<", b">", b"&", b"/>", b",", b"\n", b"="])
CUTS = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 40), st.one_of(st.binary(max_size=8), PIECES)),
    min_size=1,
    max_size=6,
)


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_in_words(data: bytes) -> None:
    reads(data)
    looks(data)


@given(CUTS)
def test_a_garbled_flex_file_is_read_or_refused(cuts: list[tuple[int, int, bytes]]) -> None:
    reads(garbled(WHOLE, cuts))


@given(CUTS)
def test_a_garbled_table_is_read_or_refused(cuts: list[tuple[int, int, bytes]]) -> None:
    looks(garbled(TABLE, cuts))


@given(st.lists(st.tuples(st.sampled_from(TAGS), CELLS), max_size=6))
def test_rows_with_any_cells_have_one_outcome_each(rows: list[tuple[str, dict[str, str]]]) -> None:
    clean = [
        (tag, {name: "".join(filter(str.isprintable, text)) for name, text in cells.items()})
        for tag, cells in rows
    ]
    statement = reads(flex(*((f"{tag}s", tag, [cells]) for tag, cells in clean)))

    if statement is not None:
        told = len(statement.rows) - 1
        said = sum((bool(cells) and any(cells.values())) or tag in TAGS[:-1] for tag, cells in clean)
        assert told == said


@given(
    st.lists(st.lists(VALUES, min_size=4, max_size=4), max_size=6),
    st.lists(HEADERS, min_size=4, max_size=4, unique=True),
)
def test_a_table_with_any_cells_is_read_or_refused(rows: list[list[str]], headers: list[str]) -> None:
    columns = {name: words[0] for name, words in FIELDS.items() if words[0] in headers} | {
        "date": headers[0],
        "kind": headers[1],
    }
    mapping = CsvMapping(columns=columns, date_format=DateFormat.COMPACT, currency="USD")
    text = "\n".join(
        ",".join(cell.replace(",", ";").replace('"', "'") for cell in row) for row in [headers, *rows]
    )
    try:
        read_csv(text.encode("utf-8", "replace"), mapping)
    except StatementError:
        return


@pytest.mark.fuzz
@settings(max_examples=20_000, suppress_health_check=list(HealthCheck))
@given(CUTS, st.booleans())
def test_many_garbled_files_are_read_or_refused(cuts: list[tuple[int, int, bytes]], is_flex: bool) -> None:
    if is_flex:
        reads(garbled(WHOLE, cuts))
    else:
        looks(garbled(TABLE, cuts))
