"""A form as the bytes of a file, in whichever format is asked for."""

import codecs
import io
from datetime import date

import pytest
from pypdf import PdfReader

from common.errors import InvalidInput, NotFound
from taxharvest.engine.writers.csv_form import form_1099b_csv, form_8949_csv, schedule_d_csv
from taxharvest.engine.writers.files import (
    About,
    FileFormat,
    FormName,
    TaxForm,
    form_file,
    form_named,
    format_named,
)
from taxharvest.engine.writers.json_form import form_1099b_json, form_8949_json, schedule_d_json
from tests.taxharvest.engine.writers.sample_forms import form, schedule, statements

ABOUT = About(taxpayer="Zoë Łukasiewicz", as_of=date(2026, 2, 1), ledger_digest="0123456789abcdef0123")
FORMS = (form(), schedule(), statements())


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (FORMS[0], form_8949_csv(FORMS[0])),
        (FORMS[1], schedule_d_csv(FORMS[1])),
        (FORMS[2], form_1099b_csv(FORMS[2])),
    ],
)
def test_csv_is_that_of_the_form_behind_the_mark_that_spreadsheets_look_for(made: TaxForm, text: str) -> None:
    assert form_file(made, FileFormat.CSV, ABOUT) == codecs.BOM_UTF8 + text.encode()


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (FORMS[0], form_8949_json(FORMS[0])),
        (FORMS[1], schedule_d_json(FORMS[1])),
        (FORMS[2], form_1099b_json(FORMS[2])),
    ],
)
def test_json_is_that_of_the_form_without_a_mark(made: TaxForm, text: str) -> None:
    assert form_file(made, FileFormat.JSON, ABOUT) == text.encode()


@pytest.mark.parametrize(
    ("made", "title"), [(FORMS[0], "Form 8949"), (FORMS[1], "Schedule D"), (FORMS[2], "Form 1099-B")]
)
def test_pdf_is_that_of_the_form_and_says_for_whom_and_of_when(made: TaxForm, title: str) -> None:
    data = form_file(made, FileFormat.PDF, ABOUT)
    words = " ".join(PdfReader(io.BytesIO(data)).pages[0].extract_text().split())

    assert [part in words for part in (title, "Zoë Łukasiewicz", "0123456789ab")] == [True, True, True]


def test_txf_of_form_8949_is_dated_by_the_day_of_the_book() -> None:
    assert form_file(form(), FileFormat.TXF, ABOUT).splitlines()[:4] == [
        b"V042",
        b"AWealthAlloc",
        b"D02/01/2026",
        b"^",
    ]


@pytest.mark.parametrize("made", FORMS[1:])
def test_txf_of_another_form_is_refused(made: TaxForm) -> None:
    with pytest.raises(InvalidInput) as refused:
        form_file(made, FileFormat.TXF, ABOUT)

    assert (refused.value.code, refused.value.detail) == (
        "no-txf",
        "TXF holds the sales of Form 8949 alone: choose that form, or another format.",
    )


def test_forms_and_formats_are_known_by_name() -> None:
    assert [form_named(name) for name in ("8949", "schedule_d", "1099b")] == list(FormName)
    assert [format_named(name) for name in ("csv", "txf", "json", "pdf")] == list(FileFormat)


def test_an_unknown_form_or_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFound) as no_form:
        form_named("1040")
    with pytest.raises(NotFound) as no_format:
        format_named("doc")

    assert (no_form.value.code, no_form.value.detail) == (
        "unknown-form",
        "“1040” is not a form; there are 8949, schedule_d, 1099b.",
    )
    assert (no_format.value.code, no_format.value.detail) == (
        "unknown-format",
        "“doc” is not a format; there are csv, txf, json, pdf.",
    )
