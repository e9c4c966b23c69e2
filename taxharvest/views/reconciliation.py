"""The page that holds a broker's Form 1099-B against the book; the file is read and forgotten."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from common.errors import DomainError, NotFound
from portfolios.selectors.scopes import Scope
from taxharvest.engine.reconcile_1099b import Match
from taxharvest.forms.reported import LARGEST_MIB, ReportedForm
from taxharvest.selectors.reported import Comparison, reported_compare
from taxharvest.selectors.tax_years import tax_years
from taxharvest.views.scopes import household_scope_needed, query_of, today, year_reached


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reconciliation(request: HttpRequest, year: int) -> HttpResponse:
    """The form for the file and, once one is posted, every difference with its reason."""
    scope = household_scope_needed(request)
    year_reached(year)
    form = ReportedForm(request.POST, request.FILES) if request.method == "POST" else ReportedForm()
    result = _compared(form, scope, year) if form.is_bound and form.is_valid() else None
    context = {
        "scope": scope,
        "year": year,
        "years": tax_years(scope, today()),
        "form": form,
        "result": result,
        "differing": [] if result is None else _differing(result),
        "largest": LARGEST_MIB,
        "query": query_of(request),
    }
    response = render(request, "taxharvest/reconciliation.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"
    return response


def _compared(form: ReportedForm, scope: Scope, year: int) -> Comparison | None:
    """What the file says against the book; None, with the reason at the field, when it cannot be used."""
    file = form.cleaned_data["reported"]
    try:
        return reported_compare(scope, year, file_name=file.name, data=file.read(), today=today())
    except NotFound:
        raise
    except DomainError as refusal:
        named = refusal.detail if refusal.detail.startswith(file.name) else f"{file.name}: {refusal.detail}"
        form.add_error("reported", named)
        return None


def _differing(result: Comparison) -> list[dict[str, Any]]:
    return [_row(match) for match in result.reconciliation.matches if match.differences]


def _row(match: Match) -> dict[str, Any]:
    sale = match.sales[0]
    return {
        "sale": sale,
        "quantity": sum(piece.quantity for piece in match.sales),
        "lines": [line.line for line in match.lines],
        "differences": match.differences,
    }
