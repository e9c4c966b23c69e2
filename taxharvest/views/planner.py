"""The year-end planner: what to realise and what to keep, with the return before and after."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.htmx import page_or_part
from portfolios.engine.records import Term
from taxharvest.engine.year_end import YearEndPlan, amounts_named, use_words
from taxharvest.selectors.tax_facts import NO_PROFILE
from taxharvest.selectors.year_end import year_end
from taxharvest.views.scopes import household_scope, query_of, today

TEMPLATE = "taxharvest/planner.html"


@login_required
@require_safe
def planner(request: HttpRequest) -> HttpResponse:
    """The planner on today's closes. What is chosen stands in the address, so nothing is written."""
    scope = household_scope(request)
    if scope is None:
        return render(request, TEMPLATE, {"scope": None})
    amounts, faults = amounts_named(request.GET.dict())
    found = year_end(request.user, scope, today(), amounts)
    context = {
        "scope": scope,
        "query": query_of(request),
        "household": request.GET.get("household", ""),
        "found": found,
        "short_counted": found.counted(Term.SHORT),
        "long_counted": found.counted(Term.LONG),
        "may_tell": found.reason != NO_PROFILE,
        "losses": _rows(found.losses, request.GET, faults),
        "gains": _rows(found.gains, request.GET, faults),
        "faults": faults,
        "use": use_words(found.saving) if found.saving else [],
        "lines": return_lines(found.plan) if found.plan else [],
    }
    return page_or_part(request, TEMPLATE, context, part="return", status=422 if faults else 200)


def return_lines(plan: YearEndPlan) -> list[dict[str, Any]]:
    """The lines of the return that change, before and after."""
    before, after = plan.before.netting, plan.after.netting
    lines = [
        ("Schedule D, line 7: net short-term", before.net_short, after.net_short),
        ("Schedule D, line 15: net long-term", before.net_long, after.net_long),
        ("Schedule D, line 16: together", before.total, after.total),
        ("Schedule D, line 21: loss deducted", before.deducted, after.deducted),
        ("Short-term loss carried on", before.carry_short, after.carry_short),
        ("Long-term loss carried on", before.carry_long, after.carry_long),
    ]
    if plan.before.total is not None and plan.after.total is not None:
        lines.append(("All taxes of the year", plan.before.total, plan.after.total))
    return [
        {"label": label, "before": first, "after": second, "change": second - first}
        for label, first, second in lines
    ]


def _rows(choices: Any, said: Mapping[str, str], faults: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each choice with what was typed for it."""
    return [
        {"choice": one, "typed": said.get(one.key, ""), "fault": faults.get(one.key, "")} for one in choices
    ]
