"""Forms as CSV: what is written reads back to the same."""

import csv
import io
from decimal import Decimal

from portfolios.engine.records import RowStatus
from taxharvest.engine.reported_csv import read_csv_1099b
from taxharvest.engine.writers.csv_form import (
    FORM_8949_HEADER,
    form_1099b_csv,
    form_8949_csv,
    incomplete_csv,
    schedule_d_csv,
)
from tests.taxharvest.engine.writers.sample_forms import form, schedule, statements


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_of_form_8949_read_back_to_the_same_amounts() -> None:
    made = form(summarises_direct=True)
    text = form_8949_csv(made)
    rows = [row for section in (*made.direct, *made.sections) for row in section.rows]

    assert text.splitlines()[0] == ",".join(FORM_8949_HEADER)
    assert [
        tuple(Decimal(row[name]) for name in FORM_8949_HEADER if name[:3] in ("(d)", "(e)", "(g)", "(h)"))
        for row in rows_of(text)
    ] == [(row.proceeds, row.basis, row.adjustment, row.gain) for row in rows]
    assert [
        (row["Box"], row["(b) Date acquired"], row["(f) Code"], row["Schedule D line"])
        for row in rows_of(text)
    ] == [
        ("A", "2025-02-03", "", "1a"),
        ("A", "2025-02-03", "W", "1b"),
        ("I", "VARIOUS", "", "3"),
        ("D", "2020-01-02", "B", "8b"),
        ("F", "INHERITED", "", "10"),
    ]


def test_what_a_spreadsheet_would_run_is_written_as_text() -> None:
    row = rows_of(form_8949_csv(form()))[1]

    assert (row["Symbol"], row["(a) Description of property"]) == ("'=BOLT", "100 sh. =BOLT INC")


def test_statements_of_form_1099b_read_back_as_reported_lines() -> None:
    made = statements()
    found = read_csv_1099b(form_1099b_csv(made).encode())

    assert [row.status for row in found.rows] == [RowStatus.READ] * len(made.statements)
    assert [
        (line.account, line.symbol, line.cusip, line.quantity, line.description, line.acquired, line.sold)
        for line in found.lines
    ] == [
        (
            item.account,
            item.symbol,
            item.cusip,
            item.quantity,
            item.description_1a,
            item.acquired_1b,
            item.sold_1c,
        )
        for item in made.statements
    ]
    assert [
        (line.proceeds, line.basis, line.disallowed, line.term, line.is_basis_reported)
        for line in found.lines
    ] == [
        (item.proceeds_1d, item.basis_1e, item.disallowed_1g, item.term_2, item.is_basis_reported_12)
        for item in made.statements
    ]


def test_incomplete_sales_are_listed_with_their_reason() -> None:
    assert rows_of(incomplete_csv(form().incomplete)) == [
        {
            "Account": "Main",
            "Symbol": "ECHO",
            "CUSIP": "",
            "Quantity": "100",
            "Date acquired": "2025-02-03",
            "Date sold": "2025-06-30",
            "Proceeds": "800",
            "Reason": "The basis is not known.",
        }
    ]


def test_schedule_d_and_its_worksheet_are_written_line_by_line() -> None:
    assert schedule_d_csv(schedule()) == (
        "Sheet,Line,Label,(d) Proceeds,(e) Cost,(g) Adjustments,Amount\r\n"
        "Schedule D,1b,Totals for all transactions reported on Form(s) 8949 with Box A or Box G checked,"
        "1600,2000,50,-350\r\n"
        "Schedule D,7,Net short-term capital gain or (loss),,,,-4550.1\r\n"
        "Schedule D,16,Combine lines 7 and 15,,,,-4550.1\r\n"
        'Carry-over worksheet,1,"Amount from Form 1040, line 15",,,,120000\r\n'
    )
