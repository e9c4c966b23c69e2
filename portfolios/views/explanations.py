"""Why a number is what it is: a pane with its own address, its lines leading to the rows they come from."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from common import formats
from common.htmx import page_or_part
from portfolios.engine.allocation import AllocationBy
from portfolios.engine.figures import Explanation, ExplanationLine, Figure, LineKind, Source, SourceKind, Unit
from portfolios.selectors.explanations import Question, figure_of
from portfolios.selectors.wash_explanations import WashFigure, deferred_loss, disallowed_loss
from portfolios.views.scopes import identifier, last_day, person_of, scope_needed, span_from

ROUTES = {
    SourceKind.TRANSACTION: "portfolios:transaction_detail",
    SourceKind.LOT: "portfolios:lot_source",
    SourceKind.DISPOSAL: "portfolios:disposal_source",
    SourceKind.INSTRUMENT: "portfolios:holding_detail",
    SourceKind.PORTFOLIO: "portfolios:portfolio_detail",
}


@login_required
@require_safe
def why(request: HttpRequest, figure: str) -> HttpResponse:
    """The arithmetic of a figure over the interval, account or instrument that the address names."""
    scope = scope_needed(request)
    span = span_from(request, last_day(scope))
    asked = Question(
        key=figure,
        scope=scope,
        span=span,
        instrument_id=identifier(request, "instrument"),
        benchmark_id=identifier(request, "benchmark"),
        by=_by(request.GET.get("by", "")),
        slice_key=request.GET.get("slice", ""),
    )
    context = _answer(figure_of(asked)) | {
        "subject": f"{scope.label}, {span.words}",
        "back": reverse("dashboard"),
    }
    return page_or_part(request, "portfolios/why.html", context, part="arithmetic")


@login_required
@require_safe
def why_disallowed(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """Why a loss does not count: every purchase that replaced the shares."""
    return _of_row(request, disallowed_loss(person_of(request), disposal_id))


@login_required
@require_safe
def why_deferred(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Why a lot's basis is more than was paid: every loss that it took up."""
    return _of_row(request, deferred_loss(person_of(request), lot_id))


def _of_row(request: HttpRequest, answer: WashFigure) -> HttpResponse:
    context = _answer(answer.figure) | {
        "subject": answer.subject,
        "back": reverse("portfolios:holding_detail", args=[answer.instrument_id]),
    }
    return page_or_part(request, "portfolios/why.html", context, part="arithmetic")


def _answer(answer: Figure) -> dict[str, Any]:
    """What the page of any figure shows."""
    return {
        "figure": answer,
        "explanation": answer.explanation,
        "rows": [] if answer.explanation is None else _rows(answer.explanation),
        "value": figure_text(answer),
        "is_amount": answer.unit is Unit.MONEY,
        "title": answer.explanation.title if answer.explanation else answer.label,
    }


def figure_text(figure: Figure) -> str:
    """The value of a figure in words, or an empty text when it has none."""
    if figure.value is None:
        return ""
    text = _amount(figure.value, figure.unit, figure.currency)
    return f"about {text}" if figure.is_estimated else text


def _rows(explanation: Explanation) -> list[dict[str, Any]]:
    return [
        {
            "label": line.label,
            "amount": "unknown" if line.amount is None else _line_amount(line),
            "is_amount": line.unit is Unit.MONEY,
            "source": line.detail,
            "url": _address(line.source),
            "kind": "" if line.kind is LineKind.LINE else line.kind.value,
        }
        for line in explanation.lines
    ]


def _line_amount(line: ExplanationLine) -> str:
    if line.amount is None:
        return "unknown"
    return _amount(line.amount, line.unit, line.currency)


def _amount(value: Any, unit: Unit, currency: str) -> str:
    if unit is Unit.MONEY:
        return formats.money(value, currency)
    if unit is Unit.FRACTION:
        return formats.percent(value)
    if unit is Unit.RATIO:
        return formats.fixed(value, 4)
    return formats.shares(value)


def _address(source: Source | None) -> str:
    if source is None:
        return ""
    if source.kind is SourceKind.DAY:
        day = date.fromisoformat(source.key).isoformat()
        return f"{reverse('portfolios:transaction_list')}?first={day}&last={day}"
    return reverse(ROUTES[source.kind], args=[source.key])


def _by(text: str) -> AllocationBy:
    return AllocationBy(text) if text in {key.value for key in AllocationBy} else AllocationBy.ASSET_CLASS
