"""A form of the tax year as the bytes of a file, in whichever format is asked for."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from common.errors import InvalidInput, NotFound
from taxharvest.engine.form_1099b import Form1099B
from taxharvest.engine.form_8949 import Form8949
from taxharvest.engine.records import ScheduleD
from taxharvest.engine.writers.csv_form import form_1099b_csv, form_8949_csv, schedule_d_csv
from taxharvest.engine.writers.json_form import form_1099b_json, form_8949_json, schedule_d_json
from taxharvest.engine.writers.txf import form_8949_txf

PROGRAM = "WealthAlloc"
TaxForm = Form8949 | ScheduleD | Form1099B


class FormName(StrEnum):
    """The forms that can be written."""

    FORM_8949 = "8949"
    SCHEDULE_D = "schedule_d"
    FORM_1099B = "1099b"


class FileFormat(StrEnum):
    """The formats that a form can be written in."""

    CSV = "csv"
    TXF = "txf"
    JSON = "json"
    PDF = "pdf"


CONTENT_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.TXF: "text/plain; charset=us-ascii",
    FileFormat.JSON: "application/json",
    FileFormat.PDF: "application/pdf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """For whom a form is, as of which day, and from which state of the book."""

    taxpayer: str
    as_of: date
    ledger_digest: str


def form_named(text: str) -> FormName:
    """The form of this name; raises NotFound, naming those there are."""
    if text in list(FormName):
        return FormName(text)
    raise NotFound(f"“{text}” is not a form; there are {', '.join(FormName)}.", code="unknown-form")


def format_named(text: str) -> FileFormat:
    """The format of this name; raises NotFound, naming those there are."""
    if text in list(FileFormat):
        return FileFormat(text)
    raise NotFound(f"“{text}” is not a format; there are {', '.join(FileFormat)}.", code="unknown-format")


def form_file(form: TaxForm, file_format: FileFormat, about: About) -> bytes:
    """The bytes of `form` as a file, the same for the same arguments.

    Raises InvalidInput for TXF of anything but Form 8949, which is all that the format is for.
    """
    if file_format is FileFormat.PDF:
        return _pdf(form, about)
    if file_format is FileFormat.TXF:
        return _txf(form, about)
    text = _csv(form) if file_format is FileFormat.CSV else _json(form)
    # The mark lets spreadsheets read the file as UTF-8.
    return text.encode("utf-8-sig" if file_format is FileFormat.CSV else "utf-8")


def _csv(form: TaxForm) -> str:
    if isinstance(form, Form8949):
        return form_8949_csv(form)
    return schedule_d_csv(form) if isinstance(form, ScheduleD) else form_1099b_csv(form)


def _json(form: TaxForm) -> str:
    if isinstance(form, Form8949):
        return form_8949_json(form)
    return schedule_d_json(form) if isinstance(form, ScheduleD) else form_1099b_json(form)


def _txf(form: TaxForm, about: About) -> bytes:
    if not isinstance(form, Form8949):
        sentence = "TXF holds the sales of Form 8949 alone: choose that form, or another format."
        raise InvalidInput(detail=sentence, code="no-txf", fields={"format": [sentence]})
    return form_8949_txf(form, program=PROGRAM, exported=about.as_of).data


def _pdf(form: TaxForm, about: About) -> bytes:
    # Here and not above: it loads reportlab, which a web process that writes no PDF must not carry.
    from taxharvest.engine.writers.pdf import form_1099b_pdf, form_8949_pdf, schedule_d_pdf  # noqa: PLC0415
    from taxharvest.engine.writers.pdf_paper import Heading  # noqa: PLC0415

    heading = Heading(taxpayer=about.taxpayer, as_of=about.as_of, ledger_digest=about.ledger_digest)
    if isinstance(form, Form8949):
        return form_8949_pdf(form, heading)
    return schedule_d_pdf(form, heading) if isinstance(form, ScheduleD) else form_1099b_pdf(form, heading)
