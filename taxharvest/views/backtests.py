"""The page of back-tests: assumptions in its address, a worker's progress, and the result beside both."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from common.errors import DomainError
from common.formats import percent
from common.htmx import redirect_after_post
from common.problems import status_of
from taxharvest.forms.backtests import BacktestForm, opening_values
from taxharvest.models import HarvestBacktest
from taxharvest.quant.backtest.assumptions import Assumptions, assumptions_read, in_short
from taxharvest.selectors.backtests import backtest_of, backtests_asked, is_at_work
from taxharvest.services.backtests import backtest_ask
from taxharvest.tasks import enqueue_backtest
from taxharvest.views.what_if import person_of

TEMPLATE = "taxharvest/backtest.html"
# Ends the polling of htmx.
STOP_POLLING = 286
# How many of one's own the page lists.
SHOWN = 20
# The tables that stand open; the others open on demand.
OPENED = ("rule", "review", "threshold")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def backtest(request: HttpRequest) -> HttpResponse:
    """The back-test that the address names, or the usual one; a POST asks for it."""
    if request.method == "POST":
        return _asked(request)
    form = _form(request)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, TEMPLATE, _context(request, form), status=status)


@login_required
@require_safe
def backtest_progress(request: HttpRequest) -> HttpResponse:
    """How far it is; once it is over, the polling ends and the page shows what came of it."""
    form = _form(request)
    context = _context(request, form)
    response = render(request, f"{TEMPLATE}#progress", context)
    if not context["at_work"]:
        response.status_code = STOP_POLLING
        response["HX-Redirect"] = f"{reverse('taxharvest:backtest')}?{context['query']}"
    return response


def _asked(request: HttpRequest) -> HttpResponse:
    form = BacktestForm(request.POST)
    status = 422
    if form.is_valid():
        assumptions = form.assumptions()
        try:
            found, is_new = backtest_ask(user=person_of(request), assumptions=assumptions, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, refusal.detail)
            status = status_of(refusal)
        else:
            if is_new:
                transaction.on_commit(lambda: enqueue_backtest(found.pk))
            return redirect_after_post(request, f"{reverse('taxharvest:backtest')}?{query_of(assumptions)}")
    return render(request, TEMPLATE, _context(request, form), status=status)


def _form(request: HttpRequest) -> BacktestForm:
    """The form of the address, which may name some of the assumptions; bound only where it names one."""
    usual = opening_values()
    told = {name: request.GET[name] for name in BacktestForm.base_fields if name in request.GET}
    return BacktestForm({**usual, **told}) if told else BacktestForm(initial=usual)


def _context(request: HttpRequest, form: BacktestForm) -> dict[str, Any]:
    assumptions = Assumptions()
    if form.is_bound:
        assumptions = form.assumptions() if form.is_valid() else assumptions
    person, now = person_of(request), timezone.now()
    found = _found(assumptions) if not form.errors else None
    context = {
        "form": form,
        "backtest": found,
        "query": query_of(assumptions),
        "in_short": in_short(assumptions),
        "at_work": found is not None and is_at_work(found, now),
        "earlier": _earlier(person, found),
    }
    if found is not None and found.result:
        context |= _shown(found.result)
    return context


def _found(assumptions: Assumptions) -> HarvestBacktest | None:
    """The back-test with these assumptions; none while the prices are not installed."""
    try:
        return backtest_of(assumptions)
    except LookupError:
        return None


def query_of(assumptions: Assumptions) -> str:
    """The assumptions as the query of an address: those that the form asks for."""
    told = assumptions.to_json()
    return urlencode({name: told[name] for name in BacktestForm.base_fields}, safe="/")


def _earlier(person: User, shown: HarvestBacktest | None) -> list[dict[str, str]]:
    """The back-tests one asked for, but for the one that is shown."""
    rows = []
    for one in backtests_asked(person)[:SHOWN]:
        if shown is None or one.pk != shown.pk:
            assumptions = assumptions_read(one.assumptions)
            rows.append(
                {
                    "words": in_short(assumptions),
                    "query": query_of(assumptions),
                    "state": one.get_state_display(),
                    "kind": one.state,
                }
            )
    return rows


def _shown(result: dict[str, Any]) -> dict[str, Any]:
    """The result as the page draws it: decimals for text, labels beside cells, bars beside figures."""
    charts = result["charts"]
    return {
        "result": result,
        "opened": OPENED,
        "headline": [_headline(one) for one in result["headline"]],
        "tables": [_table(table) for table in result["tables"]],
        "starts_chart": _starts(charts["starts"]),
        "review_bars": _bars(charts["reviews"], charts["reviews"]["labels"]),
        "year_bars": _bars(
            charts["years"], [f"Year {number + 1}" for number in range(len(charts["years"]["without"]))]
        ),
        "starts_summary": _summary(charts["starts"]),
    }


def _table(table: dict[str, Any]) -> dict[str, Any]:
    rows = [
        row
        | {
            "cells": [
                _cell(cell) | {"label": label}
                for cell, label in zip(row["cells"], table["columns"], strict=True)
            ]
        }
        for row in table["rows"]
    ]
    return table | {"rows": rows}


def _cell(cell: dict[str, str]) -> dict[str, Any]:
    figures = {name: Decimal(cell[name]) for name in ("value", "low", "high") if name in cell}
    return {"value": None, "words": cell.get("words", "")} | figures


def _headline(figure: dict[str, str]) -> dict[str, Any]:
    """A figure that is read first, with how sure it is."""
    cell = _cell(figure)
    note = "too few starts for an interval"
    if "low" in cell:
        note = f"95 % interval {percent(cell['low'])} to {percent(cell['high'])}"
    return cell | {"label": figure["label"], "note": note}


def _starts(chart: dict[str, Any]) -> dict[str, Any]:
    """Tax alpha by the day on which the account was begun, for the chart of the browser."""
    lines = (
        ("No wash rule", "without"),
        ("With the wash rule", "with"),
        ("With it, after liquidation", "after"),
    )
    return {
        "days": chart["days"],
        "series": [{"label": label, "values": chart[key]} for label, key in lines],
    }


def _summary(chart: dict[str, Any]) -> str:
    low, high = (percent(pick(map(Decimal, chart["with"]))) for pick in (min, max))
    count = len(chart["days"])
    return f"Tax alpha a year by start, {count} starts: between {low} and {high} with the wash rule."


def _bars(chart: dict[str, Any], labels: list[str]) -> list[dict[str, Any]]:
    """Two figures for each label, and how long their bars are."""
    without, with_rule = (list(map(Decimal, chart[key])) for key in ("without", "with"))
    longest = max(*without, *with_rule, Decimal("0.0001"))
    return [
        {
            "label": label,
            "without": one,
            "with": other,
            "without_bar": one / longest,
            "with_bar": other / longest,
        }
        for label, one, other in zip(labels, without, with_rule, strict=True)
    ]
