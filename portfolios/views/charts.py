"""The data of value charts: a scope day by day, with its flows and the same money in an index beside it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from common.formats import money, signed
from portfolios.engine.records import ValuationRecord
from portfolios.selectors.benchmarks import benchmark_list, benchmark_of, same_money_in
from portfolios.selectors.intervals import Span
from portfolios.selectors.performance import measure_span
from portfolios.selectors.scopes import Scope
from portfolios.selectors.valuations import account_values, last_day_of, valuation_series
from portfolios.views.scopes import identifier, scope_needed, span_from, today

NOBODY = UUID(int=0)
NOTHING: dict[str, Any] = {"days": [], "series": [], "events": [], "facts": {}}


@login_required
@require_safe
def value_series(request: HttpRequest) -> JsonResponse:
    """Value by day over the interval of the address; `benchmark` adds the same money in that index."""
    scope, span, records = _read(request)
    if not records:
        return JsonResponse(NOTHING)
    series: list[dict[str, Any]] = [
        {
            "label": "Household" if scope.is_whole else scope.label,
            "values": [_text(row.value) for row in records],
        }
    ]
    benchmark = benchmark_of(
        scope, benchmark_list(scope), identifier(request, "benchmark"), first=span.first, last=span.last
    )
    if benchmark is not None:
        worth = same_money_in(benchmark, records)
        label = f"Same money in {benchmark.name}"
        series.append({"label": label, "values": [_text(value) for value in worth], "kind": "benchmark"})
    return JsonResponse(
        {
            "days": [row.day.isoformat() for row in records],
            "series": series,
            "events": [
                {"day": row.day.isoformat(), "label": signed(money(row.flow, scope.currency)), "kind": "flow"}
                for row in records[1:]
                if row.flow
            ],
            "facts": _facts(records, scope.currency),
            "currency": scope.currency,
        }
    )


@login_required
@require_safe
def drawdown_series(request: HttpRequest) -> JsonResponse:
    """How far the growth index stands below its last high, day by day."""
    scope, span, records = _read(request)
    measured = measure_span(scope, span, records)
    falls: list[str] = []
    peak = Decimal(0)
    for point in measured.index:
        peak = max(peak, point.level)
        falls.append(f"{point.level / peak - 1:.6f}")
    if not falls:
        return JsonResponse(NOTHING)
    days = [point.day.isoformat() for point in measured.index]
    return JsonResponse(
        {"days": days, "series": [{"label": "Below the last high", "values": falls}], "events": []}
    )


@login_required
@require_safe
def growth_series(request: HttpRequest) -> JsonResponse:
    """Growth of the money at work since the start, flows taken out, with an index beside it."""
    scope, span, records = _read(request)
    measured = measure_span(scope, span, records)
    if not measured.index:
        return JsonResponse(NOTHING)
    days = [point.day for point in measured.index]
    series: list[dict[str, Any]] = [
        {"label": scope.label, "values": [f"{point.level - 1:.6f}" for point in measured.index]}
    ]
    benchmark = benchmark_of(
        scope, benchmark_list(scope), identifier(request, "benchmark"), first=span.first, last=span.last
    )
    if benchmark is not None:
        one = [_unit(day, is_first=index == 0) for index, day in enumerate(days)]
        levels = same_money_in(benchmark, one)
        values = [None if level is None else f"{level - 1:.6f}" for level in levels]
        series.append({"label": benchmark.name, "values": values, "kind": "benchmark"})
    return JsonResponse({"days": [day.isoformat() for day in days], "series": series, "events": []})


def _unit(day: date, *, is_first: bool) -> ValuationRecord:
    """One unit of money on the first day and no flows after it: what an index alone would have made."""
    return ValuationRecord(
        portfolio_id=NOBODY,
        day=day,
        value=Decimal(1) if is_first else Decimal(0),
        cash=Decimal(0),
        flow=Decimal(0),
    )


def _read(request: HttpRequest) -> tuple[Scope, Span, list[ValuationRecord]]:
    scope = scope_needed(request)
    values = account_values(scope)
    last = last_day_of(values.values())
    if last is None:
        return scope, span_from(request, today()), []
    span = span_from(request, last)
    return scope, span, valuation_series(scope, first=span.first, last=last, values=values)


def _facts(records: Sequence[ValuationRecord], currency: str) -> dict[str, list[list[str]]]:
    """What moved the value on each day: the market, and money in or out."""
    facts: dict[str, list[list[str]]] = {}
    before: ValuationRecord | None = None
    for row in records:
        lines: list[list[str]] = []
        if before is not None and row.value is not None and before.value is not None and row.flow is not None:
            moved = row.value - before.value - row.flow
            lines.append(["Market movement", signed(money(moved, currency)), "amount"])
        if row.flow is None:
            lines.append(["Deposits, withdrawals", "unknown"])
        else:
            lines.append(["Deposits, withdrawals", signed(money(row.flow, currency)) if row.flow else "none"])
        facts[row.day.isoformat()] = lines
        before = row
    return facts


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"
