"""manage.py tax_report."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.taxharvest.tax_book import TaxBook, profile, tax_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> TaxBook:
    return tax_book()


def run(book: TaxBook, *, form: str, file_format: str, out: Path, **more: str) -> str:
    printed = StringIO()
    arguments = {"owner": book.user.email, "year": "2025", **more}
    call_command(
        "tax_report",
        *(part for name, value in arguments.items() for part in (f"--{name}", value)),
        "--form",
        form,
        "--format",
        file_format,
        "--out",
        str(out),
        stdout=printed,
    )
    return printed.getvalue()


def test_it_writes_the_form_and_says_what_it_holds(book: TaxBook, tmp_path: Path) -> None:
    out = tmp_path / "8949.csv"
    words = run(book, form="8949", file_format="csv", out=out)

    assert out.read_text(encoding="utf-8-sig").count("\n") == 4
    assert f"for {book.taxable.household.name}, 2025: 5 pieces of lots sold, state of the book " in words
    assert "  1 with unknown basis: they are not counted on Form 8949\n" in words


def test_it_writes_schedule_d_as_pdf(book: TaxBook, tmp_path: Path) -> None:
    profile(book)
    run(book, form="schedule_d", file_format="pdf", out=tmp_path / "d.pdf")

    assert (tmp_path / "d.pdf").read_bytes().startswith(b"%PDF-")


def test_without_a_name_the_file_is_named_after_form_and_year(
    book: TaxBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call_command(
        "tax_report",
        "--owner",
        book.user.email,
        "--year",
        "2025",
        "--form",
        "1099b",
        "--format",
        "json",
        stdout=StringIO(),
    )

    assert [path.name for path in tmp_path.iterdir()] == ["1099b-2025.json"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"owner": "nobody@example.test"}, "Nobody with a household signs in as nobody@example.test."),
        ({"year": "2019"}, "There are no tax tables for 2019; there are tables for 2024, 2025, 2026."),
        ({"form": "1040"}, "“1040” is not a form; there are 8949, schedule_d, 1099b."),
        ({"file_format": "doc"}, "“doc” is not a format; there are csv, txf, json, pdf."),
        ({"form": "schedule_d"}, "Schedule D of 2025 cannot be made. No filing status was entered for 2025"),
        ({"form": "1099b", "file_format": "txf"}, "TXF holds the sales of Form 8949 alone"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(
    book: TaxBook, tmp_path: Path, changed: dict[str, str], words: str
) -> None:
    asked = {"form": "8949", "file_format": "csv", **changed}
    with pytest.raises(CommandError) as refusal:
        run(book, out=tmp_path / "file", **asked)

    assert str(refusal.value).startswith(words)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named(book: TaxBook, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"cannot be written \(Is a directory\)"):
        run(book, form="8949", file_format="csv", out=tmp_path)
