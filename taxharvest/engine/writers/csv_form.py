"""Forms of the tax year as CSV: days in ISO 8601, amounts plain, nothing that a spreadsheet would run."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from common.csv_files import rows_write
from taxharvest.engine.boxes import DIRECT_LINES
from taxharvest.engine.form_1099b import Form1099B, Statement1099B
from taxharvest.engine.form_8949 import Form8949, Form8949Row, IncompleteSale
from taxharvest.engine.records import FormLine, ScheduleD

FORM_8949_HEADER = (
    "Part", "Box", "Account", "Symbol", "CUSIP", "(a) Description of property", "(b) Date acquired",
    "(c) Date sold", "(d) Proceeds", "(e) Cost or other basis", "(f) Code", "(g) Amount of adjustment",
    "(h) Gain or loss", "Schedule D line", "Notes",
)  # fmt: skip
FORM_1099B_HEADER = (
    "Account", "Symbol", "CUSIP", "Quantity", "1a Description of property", "1b Date acquired",
    "1c Date sold", "1d Proceeds", "1e Cost or other basis", "1f Accrued market discount",
    "1g Wash sale loss disallowed",
    "Term", "Box 3 Collectibles", "Box 4 Federal income tax withheld", "Box 5 Noncovered security",
    "Box 6 Net proceeds", "Box 7 Loss not allowed", "Box 12 Basis reported to IRS", "Form 8949 box",
)  # fmt: skip
INCOMPLETE_HEADER = (
    "Account",
    "Symbol",
    "CUSIP",
    "Quantity",
    "Date acquired",
    "Date sold",
    "Proceeds",
    "Reason",
)
SCHEDULE_D_HEADER = ("Sheet", "Line", "Label", "(d) Proceeds", "(e) Cost", "(g) Adjustments", "Amount")


def form_8949_csv(form: Form8949) -> str:
    """The rows of Form 8949, those that go directly to Schedule D included, as CSV."""
    direct = [(row, DIRECT_LINES[row.box]) for section in form.direct for row in section.rows]
    listed = [(row, row.box.schedule_line) for section in form.sections for row in section.rows]
    return _written(FORM_8949_HEADER, (_form_row(row, line) for row, line in (*direct, *listed)))


def incomplete_csv(sales: Iterable[IncompleteSale]) -> str:
    """The sales that could not be counted, with the reason, as CSV."""
    return _written(
        INCOMPLETE_HEADER,
        (
            (
                item.sale.account,
                item.sale.symbol,
                item.sale.cusip,
                item.sale.quantity,
                item.sale.acquired,
                item.sale.sold,
                item.sale.proceeds,
                item.reason,
            )
            for item in sales
        ),
    )


def form_1099b_csv(form: Form1099B) -> str:
    """The statements of Form 1099-B as CSV, under headers that 1099-B imports know."""
    return _written(FORM_1099B_HEADER, (_statement_row(made) for made in form.statements))


def schedule_d_csv(schedule: ScheduleD) -> str:
    """The lines of Schedule D and of its carry-over worksheet as CSV."""
    lines = [("Schedule D", line) for line in schedule.lines]
    lines += [("Carry-over worksheet", line) for line in schedule.worksheet]
    return _written(SCHEDULE_D_HEADER, (_line_row(sheet, line) for sheet, line in lines))


def _form_row(row: Form8949Row, line: str) -> Sequence[Any]:
    return (
        row.part.value,
        row.box.value,
        row.account,
        row.symbol,
        row.cusip,
        row.description,
        row.acquired_text or row.acquired,
        row.sold,
        row.proceeds,
        row.basis,
        row.codes,
        row.adjustment,
        row.gain,
        line,
        " ".join(row.notes),
    )


def _statement_row(made: Statement1099B) -> Sequence[Any]:
    return (
        made.account,
        made.symbol,
        made.cusip,
        made.quantity,
        made.description_1a,
        made.acquired_1b,
        made.sold_1c,
        made.proceeds_1d,
        made.basis_1e,
        made.market_discount_1f,
        made.disallowed_1g,
        made.term_2.value,
        made.is_collectible_3,
        made.withheld_4,
        made.is_noncovered_5,
        made.is_net_proceeds_6,
        made.is_loss_barred_7,
        made.is_basis_reported_12,
        made.box_8949.value if made.box_8949 else "X",
    )


def _line_row(sheet: str, line: FormLine) -> Sequence[Any]:
    return sheet, line.number, line.label, line.proceeds, line.basis, line.adjustment, line.amount


def _written(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    file = io.StringIO()
    rows_write(file, header, rows)
    return file.getvalue()
