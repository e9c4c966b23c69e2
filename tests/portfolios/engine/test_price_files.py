"""Files of closes, good and bad."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from portfolios.engine import price_files
from portfolios.engine.price_files import FilePrice, PriceFile, read_price_file
from portfolios.engine.records import RowStatus
from tests.portfolios.engine.market_facts import on


def read(text: str, **options: Any) -> PriceFile:
    return read_price_file(text.encode(), **options)


def outcomes(file: PriceFile) -> list[tuple[int, RowStatus, str]]:
    return [(item.line, item.status, item.field) for item in file.rows]


def test_the_long_form_has_a_close_a_row() -> None:
    file = read(
        "Symbol,Date,Close,Currency\nACME,2024-05-01,10.5,usd\nGLOBEX,2024-05-01,7,\n", currency="EUR"
    )

    assert file.prices == (
        FilePrice(line=2, symbol="ACME", day=on("2024-05-01"), close=Decimal("10.5"), currency="USD"),
        FilePrice(line=3, symbol="GLOBEX", day=on("2024-05-01"), close=Decimal(7), currency="EUR"),
    )
    assert file.rows == ()


def test_the_wide_form_has_a_column_for_each_symbol_and_empty_cells_say_nothing() -> None:
    file = read("Date;ACME;;GLOBEX\n2024-05-01;10;x;\n2024-05-02;11;;20\n\n2024-05-03;12\n", currency="USD")

    assert [(price.line, price.symbol, price.close) for price in file.prices] == [
        (2, "ACME", Decimal(10)),
        (3, "ACME", Decimal(11)),
        (3, "GLOBEX", Decimal(20)),
        (5, "ACME", Decimal(12)),
    ]


def test_a_file_of_one_instrument_takes_its_symbol_from_outside() -> None:
    file = read("date,open,close\n2024-05-01,9,10\n", symbol="ACME")

    assert [(price.symbol, price.close) for price in file.prices] == [("ACME", Decimal(10))]
    with pytest.raises(InvalidInput, match="no column called symbol, and no symbol was given"):
        read("date,open,close\n2024-05-01,9,10\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_common_encodings_are_read(encoding: str) -> None:
    file = read_price_file("symbol\tdate\tclose\nCAFÉ\t2024-05-01\t10\n".encode(encoding))

    assert [price.symbol for price in file.prices] == ["CAFÉ"]


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-31",
        "20240331",
        "2024/03/31",
        "2024-03-31T16:00:00Z",
        "2024-03-31 00:00",
        "31 Mar 2024",
        "31-MAR-2024",
        "Mar 31, 2024",
        "March 31 2024",
    ],
)
def test_dates_that_can_be_read_in_one_way_are_read(text: str) -> None:
    assert read(f'symbol|date|close\nACME|"{text}"|10\n').prices[0].day == date(2024, 3, 31)


@pytest.mark.parametrize(
    "text", ["03/04/2024", "31 Foo 2024", "31 Mar", "32 Mar 2024", "Mar Apr 2024", "soon"]
)
def test_other_dates_are_refused_by_line_and_field(text: str) -> None:
    file = read(f"symbol|date|close\nACME|{text}|10\nACME|2024-05-01|10\n")

    assert outcomes(file) == [(2, RowStatus.WRONG, "date")]
    assert file.rows[0].reason == (
        f"“{text}” is not a date that can be read in one way only; write 2024-03-31."
    )
    assert file.rows[0].row == {"symbol": "ACME", "date": text, "close": "10"}
    assert len(file.prices) == 1


@pytest.mark.parametrize(
    ("close", "reason"),
    [
        ("NaN", "“NaN” is not a finite number"),
        ("1e400", "“1e400” is too large: the book keeps amounts below 10^12"),
        ("-1", "“-1” is not a positive price."),
        ("0", "“0” is not a positive price."),
        ("1e-9", "“1e-9” is not a positive price."),
        ("=1+1", "“=1+1” is not a number"),
        ("", "The field close is empty."),
    ],
)
def test_a_close_that_is_no_price_is_refused_and_the_rest_kept(close: str, reason: str) -> None:
    file = read(f"symbol,date,close\nACME,2024-05-01,{close}\nACME,2024-05-02,10\n")

    assert [(item.line, item.field, item.reason) for item in file.rows] == [(2, "close", reason)]
    assert [price.line for price in file.prices] == [3]


def test_a_bad_cell_of_the_wide_form_does_not_lose_its_row() -> None:
    file = read("date,ACME,GLOBEX\n2024-05-01,NaN,20\nnever,1,2\n,1,2\n")

    assert outcomes(file) == [
        (2, RowStatus.WRONG, "ACME"),
        (3, RowStatus.WRONG, "date"),
        (4, RowStatus.WRONG, "date"),
    ]
    assert [price.symbol for price in file.prices] == ["GLOBEX"]


def test_a_missing_symbol_and_a_strange_currency_are_refused() -> None:
    file = read(
        "symbol,date,close,currency\n,2024-05-01,10,USD\nACME,2024-05-01,10,dollars\nACME,2024-05-01\n"
    )

    assert outcomes(file) == [
        (2, RowStatus.WRONG, "symbol"),
        (3, RowStatus.WRONG, "currency"),
        (4, RowStatus.WRONG, "close"),
    ]


def test_a_repeated_close_is_ignored_and_a_contradiction_is_wrong() -> None:
    file = read("symbol,date,close\nACME,2024-05-01,10\nACME,2024-05-01,10.0\nACME,2024-05-01,11\n")

    assert [(item.line, item.status, item.reason) for item in file.rows] == [
        (3, RowStatus.IGNORED, "ACME already has a close on 1 May 2024, in line 2, and it is the same."),
        (4, RowStatus.WRONG, "ACME already has a close on 1 May 2024, in line 2: 10.00000000."),
    ]
    assert [price.close for price in file.prices] == [Decimal(10)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The file is empty."),
        (b"\n \n", "The file is empty."),
        (b"symbol,close\nACME,1\n", "There is no column called date."),
        (b"PK\x03\x04\x00\x00", "The file is not text"),
        (b"\xff\xfe\x00", "The file is not text"),
        (b"\x81\x8d", "The file is not text"),
        (b"date,ACME\n2024-05-01," + b"x" * 200_000, "Line 2 cannot be read as CSV: field larger than"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_price_file(data)


def test_a_huge_file_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_files, "MAX_BYTES", 1_000_000)

    with pytest.raises(InvalidInput, match="larger than 1 MB"):
        read_price_file(b" " * 1_000_001)


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_a_refusal(data: bytes) -> None:
    try:
        file = read_price_file(b"symbol,date,close\n" + data)
    except InvalidInput:
        return
    assert all(price.close > 0 for price in file.prices)


def test_a_close_still_to_come_or_before_1900_is_wrong_by_line() -> None:
    data = b"symbol,date,close\nACME,2024-05-02,10\nACME,2024-05-03,11\nACME,1899-12-31,12\n"
    file = read_price_file(data, today=date(2024, 5, 1))

    assert [price.day for price in file.prices] == [date(2024, 5, 2)]
    assert [(row.line, row.field, row.reason) for row in file.rows] == [
        (3, "date", "2024-05-03 is still to come."),
        (4, "date", "The year 1899 cannot be right."),
    ]
