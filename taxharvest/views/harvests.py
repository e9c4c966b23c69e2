"""The harvest inbox, one proposal, and scans on demand with their progress."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common import formats
from common.htmx import page_or_part, redirect_after_post
from portfolios.engine.figures import ExplanationLine, LineKind, Unit
from taxharvest.models import HarvestScan, TaxHarvest
from taxharvest.selectors.harvest_checks import may_put_forward
from taxharvest.selectors.harvests import HarvestReport, harvest_inbox, harvest_lines, harvest_report
from taxharvest.selectors.kpis import harvest_kpis
from taxharvest.selectors.scan_coverage import scan_of, scan_running
from taxharvest.services.scans import scan_ask
from taxharvest.tasks import enqueue_scan
from taxharvest.views.scopes import household_scope, household_scope_needed, query_of, today
from taxharvest.views.what_if import person_of
from trading.engine.market_days import market_today

INBOX = "taxharvest/harvest_inbox.html"
STOP_POLLING = 286
CARD_LINES = 3


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Proposals to decide about, refused ones with the reason, coverage and figures."""
    scope = household_scope(request)
    if scope is None:
        return render(request, INBOX, {"scope": None})
    found = harvest_inbox(person_of(request), scope)
    context = {
        "scope": scope,
        "inbox": found,
        "kpis": harvest_kpis(timezone.now(), today(), scope.portfolio_ids, sees_taxes=found.sees_taxes),
        "running": scan_running(scope.household_id),
        "may_scan": not query_of(request),
    }
    return page_or_part(request, INBOX, context, part="inbox")


@login_required
@require_safe
def detail(request: HttpRequest, harvest_id: UUID) -> HttpResponse:
    """One proposal with everything that it is decided by."""
    user = person_of(request)
    report = harvest_report(user, harvest_id, today())
    harvest = report.line.harvest
    context = {
        "report": report,
        "harvest": harvest,
        "arithmetic": _rows(report),
        "is_living": harvest.state in TaxHarvest.LIVING,
        "may_decide": TaxHarvest.objects.tradable_by(user).filter(pk=harvest.pk).exists(),
        "may_put_forward": may_put_forward(user, harvest.portfolio_id),
    }
    return page_or_part(request, "taxharvest/harvest_detail.html", context, part="proposal")


@login_required
@require_safe
def card(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, for the dashboard."""
    scope = household_scope(request)
    lines = harvest_lines(person_of(request), scope) if scope else []
    context = {"lines": lines[:CARD_LINES], "count": len(lines), "scope": scope}
    return render(request, "taxharvest/harvest_card.html", context)


@login_required
@require_POST
def scan_now(request: HttpRequest) -> HttpResponse:
    """Ask for a scan of one's own household; the page then shows how far it is."""
    scope = household_scope_needed(request)
    now = timezone.now()
    scan = scan_ask(person_of(request), scope.household_id, day=market_today(now), now=now)
    transaction.on_commit(lambda: enqueue_scan(scan.pk))
    return redirect_after_post(request, reverse("taxharvest:harvests"))


@login_required
@require_safe
def scan_progress(request: HttpRequest, scan_id: UUID) -> HttpResponse:
    """How far a scan is; once it is over, the polling ends and the page is shown anew."""
    scan = scan_of(person_of(request), scan_id)
    response = render(request, f"{INBOX}#progress", {"running": scan})
    if scan.state != HarvestScan.State.RUNNING:
        response.status_code = STOP_POLLING
        response["HX-Redirect"] = reverse("taxharvest:harvests")
    return response


def _rows(report: HarvestReport) -> list[dict[str, Any]]:
    """The arithmetic line by line, each with what it says about itself."""
    return [
        {
            "label": line.label,
            "amount": _amount(line),
            "detail": line.detail,
            "kind": "" if line.kind is LineKind.LINE else line.kind.value,
        }
        for line in report.lines
    ]


def _amount(line: ExplanationLine) -> str:
    if line.amount is None:
        return "not known"
    return formats.percent(line.amount) if line.unit is Unit.FRACTION else formats.money(line.amount)
