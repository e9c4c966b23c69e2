"""CSV that programs read exactly and that spreadsheets do not run."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from common.csv_files import cell, rows_write


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (Decimal("-12.50000000"), "-12.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.00000001"), "0.00000001"),
        (Decimal(100), "100"),
        (7, "7"),
        (date(2026, 3, 2), "2026-03-02"),
        (datetime(2026, 3, 2, 12, 0, tzinfo=UTC), "2026-03-02T12:00:00+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("VTI", "VTI"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
    ],
)
def test_a_cell_holds_its_value_and_no_formula(value: Any, text: str) -> None:
    assert cell(value) == text


def test_rows_are_counted_and_quoted() -> None:
    file = io.StringIO()
    assert rows_write(file, ["name", "amount"], [('A "B", C', Decimal("1.10")), ("D", None)]) == 2
    assert file.getvalue() == 'name,amount\r\n"A ""B"", C",1.1\r\nD,\r\n'
