"""Forms of the tax year as JSON: amounts as text with two decimals, days in ISO 8601."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from taxharvest.engine.form_1099b import Form1099B, Statement1099B
from taxharvest.engine.form_8949 import BoxSection, Form8949, Form8949Row, IncompleteSale, Totals
from taxharvest.engine.records import FormLine, ScheduleD


def form_8949_json(form: Form8949) -> str:
    """Form 8949 as JSON: sections with rows and totals, totals by line of Schedule D, incomplete sales."""
    return _written(
        {
            "form": "8949",
            "year": form.year,
            "sections": [_section(section) for section in form.sections],
            "direct": [_section(section) for section in form.direct],
            "schedule_d": {line: _totals(totals) for line, totals in sorted(form.line_totals().items())},
            "incomplete": _incomplete(form.incomplete),
        }
    )


def form_1099b_json(form: Form1099B) -> str:
    """The statements of Form 1099-B as JSON."""
    totals = form.totals
    return _written(
        {
            "form": "1099-B",
            "year": form.year,
            "statements": [_statement(made) for made in form.statements],
            "totals": {
                "1d": _amount(totals.proceeds),
                "1e": _amount(totals.basis),
                "1f": _amount(totals.market_discount),
                "1g": _amount(totals.disallowed),
                "4": _amount(totals.withheld),
            },
            "left_out": _incomplete(form.left_out),
        }
    )


def schedule_d_json(schedule: ScheduleD) -> str:
    """Schedule D with its carry-over worksheet as JSON."""
    return _written(
        {
            "form": "Schedule D",
            "year": schedule.year,
            "filing_status": schedule.filing_status.value,
            "lines": [_line(line) for line in schedule.lines],
            "worksheet": [_line(line) for line in schedule.worksheet],
            "net_short": _amount(schedule.net_short),
            "net_long": _amount(schedule.net_long),
            "deducted": _amount(schedule.deducted),
            "carry_short": _amount(schedule.carry_short),
            "carry_long": _amount(schedule.carry_long),
        }
    )


def _section(section: BoxSection) -> dict[str, Any]:
    return {
        "box": section.box.value,
        "part": section.box.part.value,
        "label": section.box.label,
        "rows": [_row(row) for row in section.rows],
        "totals": _totals(section.totals),
    }


def _row(row: Form8949Row) -> dict[str, Any]:
    return {
        "keys": list(row.keys),
        "account": row.account,
        "symbol": row.symbol,
        "cusip": row.cusip,
        "a": row.description,
        "b": row.acquired_text or str(row.acquired),
        "c": row.sold.isoformat(),
        "d": _amount(row.proceeds),
        "e": _amount(row.basis),
        "f": row.codes,
        "g": _amount(row.adjustment),
        "h": _amount(row.gain),
        "notes": list(row.notes),
    }


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "d": _amount(totals.proceeds),
        "e": _amount(totals.basis),
        "g": _amount(totals.adjustment),
        "h": _amount(totals.gain),
    }


def _incomplete(sales: Sequence[IncompleteSale]) -> list[dict[str, Any]]:
    return [
        {
            "key": item.sale.key,
            "account": item.sale.account,
            "symbol": item.sale.symbol,
            "quantity": f"{item.sale.quantity.normalize():f}",
            "sold": item.sale.sold.isoformat(),
            "proceeds": _amount(item.sale.proceeds),
            "reason": item.reason,
        }
        for item in sales
    ]


def _statement(made: Statement1099B) -> dict[str, Any]:
    return {
        "key": made.key,
        "account": made.account,
        "symbol": made.symbol,
        "cusip": made.cusip,
        "form_8949_box": made.box_8949.value if made.box_8949 else "X",
        "1a": made.description_1a,
        "1b": made.acquired_1b.isoformat() if made.acquired_1b else None,
        "1c": made.sold_1c.isoformat(),
        "1d": _amount(made.proceeds_1d),
        "1e": _amount(made.basis_1e),
        "1f": _amount(made.market_discount_1f),
        "1g": _amount(made.disallowed_1g),
        "2": made.term_2.value,
        "3": made.is_collectible_3,
        "4": _amount(made.withheld_4),
        "5": made.is_noncovered_5,
        "6": "net" if made.is_net_proceeds_6 else "gross",
        "7": made.is_loss_barred_7,
        "12": made.is_basis_reported_12,
    }


def _line(line: FormLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "label": line.label,
        "d": _amount(line.proceeds),
        "e": _amount(line.basis),
        "g": _amount(line.adjustment),
        "amount": _amount(line.amount),
    }


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _written(form: dict[str, Any]) -> str:
    return json.dumps(form, ensure_ascii=False, indent=2) + "\n"
