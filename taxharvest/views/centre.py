"""The tax centre: one year's gains, losses and estimated tax, with the arithmetic and what is still open."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common import formats
from taxharvest.engine.records import FormLine
from taxharvest.selectors.tax_facts import NO_PROFILE
from taxharvest.selectors.tax_years import TaxYear, tax_year
from taxharvest.views.scopes import household_scope, query_of, today, year_shown

TEMPLATE = "taxharvest/centre.html"


@login_required
@require_safe
def tax_centre(request: HttpRequest) -> HttpResponse:
    """The year that the address names, for all accounts of the household that one may see."""
    scope = household_scope(request)
    year = year_shown(request)
    if scope is None:
        return render(request, TEMPLATE, {"scope": None, "year": year})
    shown = tax_year(request.user, scope, year, today())
    return render(request, TEMPLATE, {"query": query_of(request), **_context(shown)})


def _context(shown: TaxYear) -> dict[str, Any]:
    liability = shown.liability
    return {
        "scope": shown.scope,
        "year": shown.year,
        "shown": shown,
        "realised": shown.told.realised,
        "sales": shown.sales,
        "liability": liability,
        "added": None if liability is None else liability.added.total,
        "arithmetic": () if liability is None else _rows(liability.lines),
        "may_tell": shown.reason != NO_PROFILE,
        "notes": (*shown.told.notes, *(() if liability is None else liability.notes)),
        "year_choices": [(str(year), str(year)) for year in shown.years],
        "pending_total": sum((item.loss for item in shown.pending), Decimal(0)),
        "incomplete": {item.sale.key: item.reason for item in shown.told.realised.incomplete},
    }


def _rows(lines: Iterable[FormLine]) -> list[dict[str, str]]:
    """Lines of the arithmetic as the component draws them; the last one is the result."""
    rows = [
        {
            "label": line.label,
            "amount": "not known" if line.amount is None else formats.money(line.amount),
            "source": "",
            "kind": "",
        }
        for line in lines
    ]
    if rows:
        rows[-1]["kind"] = "result"
    return rows
