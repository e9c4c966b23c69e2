"""Forms of the tax year as printable PDF worksheets, the same bytes for the same forms.

Import it only where a PDF is written: it loads reportlab.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from portfolios.engine.figures import day_text
from portfolios.engine.records import Term
from taxharvest.engine.boxes import CODE_MEANINGS, DIRECT_LINES, Part
from taxharvest.engine.form_1099b import Form1099B, Statement1099B
from taxharvest.engine.form_8949 import BoxSection, Form8949, Form8949Row, IncompleteSale, Totals
from taxharvest.engine.records import FilingStatus, FormLine, ScheduleD
from taxharvest.engine.writers.pdf_paper import (
    BODY,
    LANDSCAPE,
    PORTRAIT,
    SMALL,
    Heading,
    Sheet,
    columns_of,
    document,
    table,
    text,
    title,
)

PARTS = {
    Part.SHORT: "Part I. Short-term: assets held one year or less",
    Part.LONG: "Part II. Long-term: assets held more than one year",
}
STATUSES = {
    FilingStatus.SINGLE: "Single",
    FilingStatus.MARRIED_JOINT: "Married filing jointly",
    FilingStatus.MARRIED_SEPARATE: "Married filing separately",
    FilingStatus.HEAD: "Head of household",
}
TERM_LETTERS = {Term.SHORT: "Short", Term.LONG: "Long", Term.UNKNOWN: ""}


ROWS_8949 = columns_of(
    ("(a)", "Description of property", 224),
    ("(b)", "Date acquired", 64),
    ("(c)", "Date sold or disposed of", 64),
    ("(d)", "Proceeds (sales price)", 82),
    ("(e)", "Cost or other basis", 82),
    ("(f)", "Code(s)", 40),
    ("(g)", "Amount of adjustment", 80),
    ("(h)", "Gain or (loss)", 84),
    alignments="<<<>>^>>",
)
DIRECT_8949 = columns_of(
    ("", "Line of Schedule D", 288),
    ("", "Sales", 64),
    ("(d)", "Proceeds (sales price)", 82),
    ("(e)", "Cost or other basis", 82),
    ("", "", 40),
    ("(g)", "Amount of adjustment", 80),
    ("(h)", "Gain or (loss)", 84),
    alignments="<>>><>>",
)
INCOMPLETE = columns_of(
    ("", "Sale", 224),
    ("", "Account", 120),
    ("", "Date sold", 64),
    ("", "Proceeds", 82),
    ("", "Why it is not counted", 230),
    alignments="<<<><",
)
LINES_D = columns_of(
    ("", "Line", 32),
    ("", "Label", 220),
    ("(d)", "Proceeds (sales price)", 72),
    ("(e)", "Cost or other basis", 72),
    ("(g)", "Adjustments", 66),
    ("(h)", "Gain or (loss), or amount", 78),
    alignments="<<>>>>",
)
WORKSHEET_D = columns_of(("", "Line", 32), ("", "Label", 410), ("", "Amount", 98), alignments="<<>")
RESULTS_D = columns_of(("", "Result", 442), ("", "Amount", 98), alignments="<>")
STATEMENTS_1099B = columns_of(
    ("1a", "Description of property", 122),
    ("", "CUSIP or symbol", 62),
    ("1b", "Date acquired", 56),
    ("1c", "Date sold", 56),
    ("1d", "Proceeds", 66),
    ("1e", "Cost or other basis", 66),
    ("1g", "Wash sale loss disallowed", 64),
    ("2", "Term", 36),
    ("3", "Collectible", 52),
    ("5", "Noncovered", 58),
    ("12", "Basis reported", 48),
    ("8949", "Box", 34),
    alignments="<<<<>>>^^^^^",
)


def form_8949_pdf(form: Form8949, heading: Heading) -> bytes:
    """A worksheet laid out like Form 8949: a table for each box, notes, sales not counted, codes used."""
    story: list[Any] = []
    for section in form.sections:
        story += _section_8949(section)
    if not form.sections:
        story.append(text("No sale has to be listed on Form 8949.", BODY))
    story += _direct(form.direct)
    story += _notes(form)
    story += _incomplete("Sales that are not counted", form.incomplete)
    story += _codes(form.codes)
    sheet = Sheet("Form 8949", "Sales and Other Dispositions of Capital Assets", form.year, LANDSCAPE)
    return document(sheet, heading, story)


def schedule_d_pdf(schedule: ScheduleD, heading: Heading) -> bytes:
    """A worksheet laid out like Schedule D of Form 1040, with its results and the carry-over worksheet."""
    story = [
        text(f"Filing status: {STATUSES[schedule.filing_status]}", BODY),
        *title("Schedule D"),
        table(LINES_D, [_line_cells(line) for line in schedule.lines]),
        *_results(schedule),
        *title("Capital Loss Carryover Worksheet"),
    ]
    if schedule.worksheet:
        cells = [[line.number, line.label, _money(line.amount)] for line in schedule.worksheet]
        story.append(table(WORKSHEET_D, cells))
    else:
        story.append(text("There is no loss to carry over.", BODY))
    sheet = Sheet("Schedule D", "Capital Gains and Losses", schedule.year, PORTRAIT)
    return document(sheet, heading, story)


def form_1099b_pdf(form: Form1099B, heading: Heading) -> bytes:
    """A worksheet of the statements of Form 1099-B with their totals."""
    totals = form.totals
    cells = [_statement_cells(made) for made in form.statements]
    sums = [_money(totals.proceeds), _money(totals.basis), _money(totals.disallowed)]
    story = [
        *title("Sales of the year"),
        table(STATEMENTS_1099B, cells, total=["Totals", "", "", "", *sums] + [""] * 5),
        text(
            "Box 4, federal income tax withheld: "
            f"{_money(totals.withheld)}. Box 6: net proceeds. Box 1f, accrued market discount: "
            f"{_money(totals.market_discount)}. X marks a box that is checked.",
            SMALL,
        ),
        *_incomplete("Sales that belong on another form", form.left_out),
    ]
    subject = "Proceeds From Broker and Barter Exchange Transactions"
    return document(Sheet("Form 1099-B", subject, form.year, LANDSCAPE), heading, story)


# The parts of Form 8949 --------------------------------------------------------------------------------


def _section_8949(section: BoxSection) -> list[Any]:
    box = section.box
    total = [f"Totals, to Schedule D, line {box.schedule_line}", "", "", *_total_cells(section.totals)]
    return [
        *title(f"{PARTS[box.part]}. Box {box}"),
        text(f"({box}) {box.label}", BODY),
        table(ROWS_8949, [_row_cells(row) for row in section.rows], total=total),
    ]


def _row_cells(row: Form8949Row) -> list[str]:
    return [
        row.description,
        row.acquired_text or f"{row.acquired:%m/%d/%Y}",
        f"{row.sold:%m/%d/%Y}",
        _money(row.proceeds),
        _money(row.basis),
        row.codes,
        _money(row.adjustment) if row.codes else "",
        _money(row.gain),
    ]


def _total_cells(totals: Totals) -> list[str]:
    return [
        _money(totals.proceeds),
        _money(totals.basis),
        "",
        _money(totals.adjustment),
        _money(totals.gain),
    ]


def _direct(sections: Sequence[BoxSection]) -> list[Any]:
    if not sections:
        return []
    cells = [
        [
            f"Line {DIRECT_LINES[section.box]}: {section.box.label}, no adjustment",
            f"{len(section.rows):,}",
            *_total_cells(section.totals),
        ]
        for section in sections
    ]
    return [*title("Directly to Schedule D, without Form 8949 (Exception 1)"), table(DIRECT_8949, cells)]


def _notes(form: Form8949) -> list[Any]:
    noted = [
        f"Box {row.box}, {row.description}, sold {day_text(row.sold)}: {note}"
        for section in form.sections
        for row in section.rows
        for note in row.notes
    ]
    return [*title("Notes on adjustments"), *(text(note, SMALL) for note in noted)] if noted else []


def _codes(codes: Sequence[str]) -> list[Any]:
    if not codes:
        return []
    return [*title("Codes used"), *(text(f"{code}: {CODE_MEANINGS[code]}", SMALL) for code in codes)]


def _incomplete(heading: str, sales: Sequence[IncompleteSale]) -> list[Any]:
    if not sales:
        return []
    cells = [
        [
            f"{item.sale.quantity.normalize():,f} {item.sale.description or item.sale.symbol}",
            item.sale.account,
            f"{item.sale.sold:%m/%d/%Y}",
            _money(item.sale.proceeds),
            item.reason,
        ]
        for item in sales
    ]
    return [*title(heading), table(INCOMPLETE, cells)]


# The parts of Schedule D and Form 1099-B ----------------------------------------------------------------


def _line_cells(line: FormLine) -> list[str]:
    amounts = (line.proceeds, line.basis, line.adjustment, line.amount)
    return [line.number, line.label, *(_money(amount) for amount in amounts)]


def _results(schedule: ScheduleD) -> list[Any]:
    cells = [
        ["Net short-term capital gain or (loss)", _money(schedule.net_short)],
        ["Net long-term capital gain or (loss)", _money(schedule.net_long)],
        ["Loss deducted from other income this year", _money(schedule.deducted)],
        [f"Short-term loss carried over to {schedule.year + 1}", _money(schedule.carry_short)],
        [f"Long-term loss carried over to {schedule.year + 1}", _money(schedule.carry_long)],
    ]
    return [*title("Results"), table(RESULTS_D, cells)]


def _statement_cells(made: Statement1099B) -> list[str]:
    return [
        made.description_1a,
        made.cusip or made.symbol,
        f"{made.acquired_1b:%m/%d/%Y}" if made.acquired_1b else "",
        f"{made.sold_1c:%m/%d/%Y}",
        _money(made.proceeds_1d),
        _money(made.basis_1e),
        _money(made.disallowed_1g),
        TERM_LETTERS[made.term_2],
        _mark(is_checked=made.is_collectible_3),
        _mark(is_checked=made.is_noncovered_5),
        _mark(is_checked=made.is_basis_reported_12),
        made.box_8949 or "X",
    ]


def _mark(*, is_checked: bool) -> str:
    return "X" if is_checked else ""


def _money(amount: Decimal | None) -> str:
    """An amount as the forms print it: thousands parted, a negative one in parentheses."""
    if amount is None:
        return ""
    return f"({-amount:,.2f})" if amount < 0 else f"{amount:,.2f}"
