"""A broker's file against the book: pairs, differences with their reason, and files that cannot be used."""

import pytest

from common.errors import DomainError
from taxharvest.engine.writers.files import FileFormat, FormName
from taxharvest.selectors.form_files import form_download
from taxharvest.selectors.reported import Comparison, reported_compare
from tests.portfolios.small_book import seen
from tests.taxharvest.tax_book import TODAY, TaxBook, tax_book

pytestmark = pytest.mark.django_db
HEADER = "Symbol,Quantity,Date acquired,Date sold,Proceeds,Cost,Wash sale loss disallowed,Term\n"


@pytest.fixture
def book() -> TaxBook:
    return tax_book()


def compared(book: TaxBook, data: bytes, year: int = 2025) -> Comparison:
    return reported_compare(book.scope, year, file_name="broker.csv", data=data, today=TODAY)


def own_file(book: TaxBook) -> bytes:
    return form_download(
        book.user,
        book.scope,
        year=2025,
        form=FormName.FORM_1099B,
        file_format=FileFormat.CSV,
        today=TODAY,
    ).data


def test_our_own_statement_differs_only_where_another_account_washes(book: TaxBook) -> None:
    result = compared(book, own_file(book))

    assert seen(result.lines, len(result.reconciliation.matches)) == (4, 4)
    (difference,) = result.reconciliation.differences
    assert difference.amount == 80
    assert difference.reason.startswith(
        "box 1g shows 0.00, over all accounts 80.00 is disallowed: the replacement is in another account or "
    )


def test_what_only_one_side_has_is_named(book: TaxBook) -> None:
    row = "NOPE,3,01/02/2025,04/01/2025,30.00,20.00,0,Short\n"
    result = compared(book, (HEADER + row).encode())

    assert [difference.reason for _, difference in result.reconciliation.only_broker] == [
        "line 2 of the broker's file: 3 of NOPE sold on 1 Apr 2025 for 30.00 is not in the book",
    ]
    assert len(result.reconciliation.only_book) == 4


def test_a_row_that_cannot_be_understood_is_named_by_line_and_field(book: TaxBook) -> None:
    rows = "ACME,100,01/10/2024,03/03/2025,1500,1000,0,Long\nGAMA,10,02/03/2025,06/02/2025,many,1,0,Short\n"
    result = compared(book, (HEADER + rows).encode())

    assert [seen(row.line, row.field) for row in result.wrong] == [(3, "Proceeds")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "broker.csv is empty"),
        (b"a,b\n1,2\n", "This file holds no table of sales"),
        (
            (HEADER + "ACME,1,01/02/2024,03/04/2024,2,1,0,Short\n").encode(),
            "broker.csv lists 1 sales, none of them in 2025",
        ),
        (
            (HEADER + "ACME,1,01/02/2025,03/04/2025,many,1,0,Short\n").encode(),
            "broker.csv, line 2, Proceeds: ",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(book: TaxBook, data: bytes, words: str) -> None:
    with pytest.raises(DomainError) as refusal:
        compared(book, data)

    assert words in refusal.value.detail
