"""CSV exports of Form 1099-B: any order of columns, and a bad row never loses the rest."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.records import RowStatus, Term
from portfolios.engine.statements.refusals import StatementError
from taxharvest.engine.reported_csv import read_csv_1099b
from taxharvest.engine.reported_lines import Reported1099B, ReportedLine
from tests.taxharvest.engine.sales import reported

FULL = """Account,Description,Symbol,CUSIP,Date Acquired,Date Sold,Gross Proceeds,Cost or Other Basis,\
Gain/(Loss),Wash Sale Loss Disallowed,Type of Gain(Loss),Noncovered Securities,Reporting Category
X1,ACME CORP,acme,000 000 101,02/03/2025,06/30/2025,"$1,800.50","2,000.00",(199.50),50.25,Short-term,,A
X1,BOLT INC,BOLT,000000202,VARIOUS,07/01/2025,900,,900,,Long-term,X,E
"""


def read(text: str) -> Reported1099B:
    return read_csv_1099b(text.encode())


def one(header: str, row: str) -> ReportedLine:
    (line,) = read(f"{header}\n{row}\n").lines
    return line


def fates(found: Reported1099B) -> list[tuple[int, RowStatus, str, str]]:
    return [(row.line, row.status, row.reason, row.field) for row in found.rows]


def test_a_full_export_is_read() -> None:
    found = read(FULL)

    assert found.lines == (
        ReportedLine(
            line=2,
            account="X1",
            symbol="ACME",
            cusip="000000101",
            description="ACME CORP",
            acquired=date(2025, 2, 3),
            sold=date(2025, 6, 30),
            proceeds=Decimal("1800.50"),
            basis=Decimal(2000),
            disallowed=Decimal("50.25"),
            term=Term.SHORT,
        ),
        ReportedLine(
            line=3,
            account="X1",
            symbol="BOLT",
            cusip="000000202",
            description="BOLT INC",
            acquired=None,
            sold=date(2025, 7, 1),
            proceeds=Decimal(900),
            basis=None,
            term=Term.LONG,
            is_basis_reported=False,
        ),
    )
    assert [row.status for row in found.rows] == [RowStatus.READ, RowStatus.READ]
    assert found.rows[0].row["Gross Proceeds"] == "$1,800.50"


def test_a_line_becomes_what_the_forms_want() -> None:
    line = read(FULL).lines[0]

    assert line.reported_sale == reported("1800.50", "2000", "50.25")
    assert (line.name, one("CUSIP,Date Sold,Proceeds", "000000101,2025-06-30,1").name) == (
        "ACME",
        "000000101",
    )


def test_the_order_and_case_of_columns_and_the_separator_do_not_matter() -> None:
    line = one(
        "1e cost or other basis;BOX 1C;1D PROCEEDS;1a Description", "10;30-Jun-2025;12;5 sh. ACME CORP"
    )

    assert (line.basis, line.sold, line.proceeds, line.quantity) == (
        Decimal(10),
        date(2025, 6, 30),
        Decimal(12),
        Decimal(5),
    )


def test_lines_before_the_table_and_totals_after_it_are_passed_over() -> None:
    found = read(
        "Realised gains 2025,,\n\nSymbol,Date Sold,Proceeds\nACME,2025-06-30,12\nSymbol,Date Sold,Proceeds\n"
        "Total,,12\n,2025-06-30,5\n"
    )

    assert [line.line for line in found.lines] == [4]
    assert fates(found) == [
        (4, RowStatus.READ, "", ""),
        (5, RowStatus.IGNORED, "the names of the columns again", ""),
        (6, RowStatus.IGNORED, "a total of rows that were read", ""),
        (7, RowStatus.LEFT_OUT, "nothing says what was sold", ""),
    ]


def test_a_bad_row_names_its_column_and_the_rest_is_read() -> None:
    found = read(
        "Symbol,Acquired,Date Sold,Proceeds,Basis,Term,Wash Sale\n"
        "A,01/02/2025,02/30/2025,5,1,S,\n"
        "B,01/02/2025,02/20/2025,,1,S,\n"
        "C,01/02/2025,02/20/2025,5,much,S,\n"
        "D,01/02/2025,02/20/2025,5,1,middling,\n"
        "E,01/02/2025,02/20/2025,5,1,S,W\n"
        "F,,,5,1,S,\n"
        'G,"01/02/2025\n' + "x\n" * 25 + "H,01/02/2025,02/20/2025,5,1,L,0\n"
    )

    assert [(line.symbol, line.term, line.disallowed) for line in found.lines] == [
        ("H", Term.LONG, Decimal(0))
    ]
    assert fates(found)[:7] == [
        (2, RowStatus.WRONG, "“02/30/2025” is not a day of the calendar", "Date Sold"),
        (3, RowStatus.WRONG, "the proceeds are missing", "Proceeds"),
        (4, RowStatus.WRONG, "“much” is not a number", "Basis"),
        (5, RowStatus.WRONG, "“middling” is neither short-term nor long-term", "Term"),
        (6, RowStatus.WRONG, "is marked as a wash sale without an amount", "Wash Sale"),
        (7, RowStatus.WRONG, "the date is missing", "Date Sold"),
        (8, RowStatus.WRONG, "a quotation mark of this line is not closed", ""),
    ]


@pytest.mark.parametrize(
    ("header", "row", "amount"),
    [
        ("Wash Sale Loss Disallowed", "-50", "50"),
        ("Wash Sale,Adjustment Amount", "W,50", "50"),
        ("Adjustment Code,Amount of Adjustment", "W,(50.00)", "50"),
        ("Wash Sale,Adjustment Amount", "No,50", "0"),
        ("Box 1g", "7", "7"),
    ],
)
def test_the_disallowed_loss_is_found(header: str, row: str, amount: str) -> None:
    assert one(f"Symbol,Sold,Proceeds,{header}", f"ACME,2025-06-30,5,{row}").disallowed == Decimal(amount)


@pytest.mark.parametrize(
    ("header", "cell", "term"),
    [
        ("Term", "Long Term", Term.LONG),
        ("Holding Period", "LT", Term.LONG),
        ("Long/Short", "L", Term.LONG),
        ("Term", "SHORT", Term.SHORT),
        ("Box 2", "S", Term.SHORT),
        ("Term", "Ordinary", Term.UNKNOWN),
        ("Reporting Category", "Box D", Term.LONG),
        ("Reporting Category", "B - basis not reported", Term.SHORT),
        ("Reporting Category", "X", Term.UNKNOWN),
    ],
)
def test_the_term_is_found(header: str, cell: str, term: Term) -> None:
    assert one(f"Symbol,Sold,Proceeds,{header}", f"ACME,2025-06-30,5,{cell}").term is term


@pytest.mark.parametrize(
    ("header", "cell", "is_reported"),
    [
        ("Form 8949 box", "D", True),
        ("Form 8949 box", "K", False),
        ("Basis reported to IRS", "Yes", True),
        ("Basis reported to IRS", "no", False),
        ("Box 12", "", False),
        ("Box 12", "perhaps", True),
        ("Covered", "Covered", True),
        ("Noncovered Securities", "X", False),
        ("Noncovered Securities", "", True),
        ("Noncovered Securities", "No", True),
        ("Gain", "4", True),
    ],
)
def test_whether_the_basis_was_reported_is_found(header: str, cell: str, is_reported: bool) -> None:
    line = one(f"Symbol,Sold,Proceeds,Basis,{header}", f"ACME,2025-06-30,5,1,{cell}")

    assert line.is_basis_reported is is_reported


def test_without_a_basis_none_was_reported() -> None:
    assert one("Symbol,Sold,Proceeds", "ACME,2025-06-30,5").is_basis_reported is False


def test_slashes_are_month_first_unless_the_file_shows_otherwise() -> None:
    header = "Symbol,Sold,Proceeds"

    assert one(header, "ACME,02/03/2025,5").sold == date(2025, 2, 3)
    assert one(header, "ACME,23/02/2025,5").sold == date(2025, 2, 23)


def test_quantities_are_positive_and_a_short_row_lacks_its_end() -> None:
    line = one("Symbol,Sold,Proceeds,Quantity,Basis", "ACME,2025-06-30,5,-10")

    assert (line.quantity, line.basis) == (Decimal(10), None)
    assert one("Description,Sold,Proceeds", "ACME CORP,2025-06-30,5").quantity is None


@pytest.mark.parametrize("text", ["Symbol,Date,Amount\nACME,2025-06-30,5\n", "nothing at all\n"])
def test_a_file_without_a_table_of_sales_is_refused(text: str) -> None:
    with pytest.raises(StatementError, match="This file holds no table of sales"):
        read(text)


def test_an_export_that_is_too_large_is_refused() -> None:
    with pytest.raises(StatementError, match="too large"):
        read_csv_1099b(FULL.encode(), limit=100)
