"""Paper: pages with a head and a foot, tables and letters of the printable worksheets.

This is the only module that imports reportlab, and `writers.pdf` the only one that imports this: who writes
no PDF loads neither. Measures are points of paper, never money.
"""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import landscape, letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Frame,
    LongTable,
    PageTemplate,
    Paragraph,
    TableStyle,
)

from portfolios.engine.figures import day_text

PORTRAIT, LANDSCAPE = letter, landscape(letter)
PRODUCT = "WealthAlloc"
MARGIN, HEADER_HEIGHT, FOOTER_HEIGHT, FOOTER_LINE = 36, 56, 48, 24
HALF = 1 / 2
REGULAR, BOLD = "Vera", "VeraBd"
CELL_SIZE, CELL_PADDING, CELL_LIMIT = 7, 4, 400
DIGEST_SHOWN = 16
REPLACEMENT = "?"

INK, MUTED, LINE, SHADE, BAND = (
    HexColor(code) for code in ("#111827", "#4b5563", "#9ca3af", "#f9fafb", "#e5e7eb")
)

BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=8, leading=11, textColor=INK, spaceAfter=4)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=7, leading=10, spaceAfter=2, spaceBefore=2)
_TITLE = ParagraphStyle(
    "title", parent=BODY, fontName=BOLD, fontSize=9, leading=12, spaceBefore=10, spaceAfter=3
)
_CELL = ParagraphStyle("cell", parent=BODY, fontSize=7, leading=9, spaceAfter=0)
_HEAD = ParagraphStyle("head", parent=_CELL, fontName=BOLD)
_HEADS, _CELLS = (
    {
        "<": style,
        "^": ParagraphStyle(f"{style.name}_centre", parent=style, alignment=TA_CENTER),
        ">": ParagraphStyle(f"{style.name}_right", parent=style, alignment=TA_RIGHT),
    }
    for style in (_HEAD, _CELL)
)
_ALIGNMENTS = {"<": "LEFT", "^": "CENTER", ">": "RIGHT"}
_SPACE_FOR_A_START = 90


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its letter or box, its heading, its width in points, and how its cells stand."""

    letter: str
    heading: str
    width: int
    alignment: str


def columns_of(*columns: tuple[str, str, int], alignments: str) -> tuple[Column, ...]:
    """Columns with the alignment of each as one sign: < left, ^ centre, > right."""
    return tuple(Column(*column, sign) for column, sign in zip(columns, alignments, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What stands at the top of every page: for whom, as of which day, from which version of the ledger."""

    taxpayer: str
    as_of: date
    ledger_digest: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What kind of worksheet a document is."""

    form: str
    subject: str
    year: int
    size: tuple[int, int]

    @property
    def disclaimer(self) -> str:
        """That this is no form of the IRS."""
        return f"Worksheet for {self.form}, not an IRS form"


class _CountingCanvas(Canvas):  # type: ignore[misc] # reportlab ships no types
    """A canvas that keeps its pages back until it knows how many there are."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 the name is reportlab's
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        pages = self._pages
        for number, page in enumerate(pages, 1):
            self.__dict__.update(page)
            self._draw_number(number, len(pages))
            super().showPage()
        super().save()

    def _draw_number(self, number: int, count: int) -> None:
        self.setFont(REGULAR, 7)
        self.setFillColor(MUTED)
        self.drawRightString(self._pagesize[0] - MARGIN, FOOTER_LINE, f"Page {number} of {count}")


def document(sheet: Sheet, heading: Heading, story: list[Any]) -> bytes:
    """The document of a story: deterministic (no clock, no random identifier), with its metadata."""
    _fonts()
    file = io.BytesIO()
    width, height = sheet.size
    template = BaseDocTemplate(
        file,
        pagesize=sheet.size,
        title=f"{sheet.form} worksheet {sheet.year}",
        subject=f"{sheet.disclaimer}. {sheet.subject}, tax year {sheet.year}, for {heading.taxpayer}",
        author=PRODUCT,
        creator=PRODUCT,
        invariant=1,
    )
    frame = Frame(
        MARGIN,
        FOOTER_HEIGHT,
        width - 2 * MARGIN,
        height - MARGIN - HEADER_HEIGHT - FOOTER_HEIGHT,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )

    def decorate(canvas: Any, _template: Any) -> None:
        _draw_header(canvas, sheet, heading)
        _draw_footer(canvas, sheet)

    template.addPageTemplates([PageTemplate(id="sheet", frames=[frame], onPage=decorate)])
    template.build(story, canvasmaker=_CountingCanvas)
    return file.getvalue()


def _draw_header(canvas: Any, sheet: Sheet, heading: Heading) -> None:
    width, height = sheet.size
    top = height - MARGIN
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 14)
    canvas.drawString(MARGIN, top - 12, f"{sheet.form} worksheet")
    canvas.setFont(REGULAR, 8)
    canvas.drawString(MARGIN, top - 26, f"{sheet.subject}, tax year {sheet.year}")
    canvas.setFont(BOLD, 8)
    canvas.drawString(MARGIN, top - 39, f"{sheet.disclaimer}.")
    right = width - MARGIN
    canvas.setFont(BOLD, 9)
    canvas.drawRightString(right, top - 12, _fitted(heading.taxpayer, BOLD, 9, width // 2 - MARGIN))
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(MUTED)
    canvas.drawRightString(right, top - 26, f"As of {day_text(heading.as_of)}")
    canvas.drawRightString(right, top - 39, f"Ledger version {_shown(heading.ledger_digest[:DIGEST_SHOWN])}")
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(1)
    canvas.line(MARGIN, top - 47, right, top - 47)


def _draw_footer(canvas: Any, sheet: Sheet) -> None:
    canvas.setFont(REGULAR, 7)
    canvas.setFillColor(MUTED)
    canvas.drawString(MARGIN, FOOTER_LINE, f"{PRODUCT}. {sheet.disclaimer}. Nothing here is tax advice.")


def title(words: str) -> list[Any]:
    """A heading that does not stand alone at the end of a page."""
    return [CondPageBreak(_SPACE_FOR_A_START), text(words, _TITLE)]


def text(words: str, style: Any) -> Any:
    """A paragraph of plain words."""
    return Paragraph(escape(_shown(words)), style)


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], total: Sequence[str] = ()) -> Any:
    """A table whose head repeats on every page; a text that is wider than its column is broken into lines."""
    letters = any(column.letter for column in columns)
    heads = [[text(column.letter, _HEADS[column.alignment]) for column in columns]] if letters else []
    heads.append([text(column.heading, _HEADS[column.alignment]) for column in columns])
    body = [_cells(columns, row, REGULAR) for row in rows]
    foot = [_cells(columns, total, BOLD)] if total else []
    made = LongTable(
        [*heads, *body, *foot],
        colWidths=[column.width for column in columns],
        repeatRows=len(heads),
        hAlign="LEFT",
        spaceAfter=6,
    )
    made.setStyle(_style(columns, len(heads), len(body), has_total=bool(total)))
    return made


def _cells(columns: Sequence[Column], texts: Sequence[str], font: str) -> list[Any]:
    return [_cell(column, text, font) for column, text in zip(columns, texts, strict=True)]


def _cell(column: Column, words: str, font: str) -> Any:
    """Plain text where it fits, as that is much faster; a paragraph where it has to be broken."""
    shown = _shortened(_shown(words))
    if pdfmetrics.stringWidth(shown, font, CELL_SIZE) <= column.width - 2 * CELL_PADDING:
        return shown
    styles = _HEADS if font == BOLD else _CELLS
    return Paragraph(escape(shown), styles[column.alignment])


def _shortened(words: str) -> str:
    """`words` short enough that a row never outgrows its page."""
    return words if len(words) <= CELL_LIMIT else f"{words[: CELL_LIMIT - 1]}…"


def _style(columns: Sequence[Column], heads: int, body: int, *, has_total: bool) -> Any:
    commands: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), REGULAR, CELL_SIZE, 9),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("VALIGN", (0, 0), (-1, heads - 1), "BOTTOM"),
        ("VALIGN", (0, heads), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("BACKGROUND", (0, 0), (-1, heads - 1), BAND),
        ("LINEBELOW", (0, heads - 1), (-1, heads - 1), 1, INK),
        ("LINEBELOW", (0, heads), (-1, -1), HALF, LINE),
        ("ROWBACKGROUNDS", (0, heads), (-1, heads + body - 1), [None, SHADE]),
    ]
    commands += [
        ("ALIGN", (place, heads), (place, -1), _ALIGNMENTS[column.alignment])
        for place, column in enumerate(columns)
    ]
    if has_total:
        commands += [
            ("FONT", (0, -1), (-1, -1), BOLD, CELL_SIZE, 9),
            ("LINEABOVE", (0, -1), (-1, -1), 1, INK),
            ("BACKGROUND", (0, -1), (-1, -1), BAND),
        ]
    return TableStyle(commands)


# Letters ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _fonts() -> frozenset[int]:
    """Registers the fonts that ship with reportlab; the characters that they have."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    return frozenset(pdfmetrics.getFont(REGULAR).face.charToGlyph)


def _shown(text: str) -> str:
    """`text` in characters that the font has: another one loses its accent, or becomes a question mark."""
    known = _fonts()
    words = " ".join(text.split())
    return "".join(char if ord(char) in known else _likeness(char, known) for char in words)


def _likeness(char: str, known: frozenset[int]) -> str:
    base = "".join(part for part in unicodedata.normalize("NFKD", char) if ord(part) in known)
    return base or ("" if unicodedata.combining(char) else REPLACEMENT)


def _fitted(text: str, font: str, size: int, width: int) -> str:
    """`text` as much as fits into `width`."""
    shown = _shown(text)
    while pdfmetrics.stringWidth(shown, font, size) > width:
        shown = f"{shown.rstrip('…')[:-1]}…"
    return shown
