"""The risk pages: all accounts of a household, and the report of one with everything behind it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from common.errors import NotFound
from common.formats import percent
from common.htmx import redirect_after_post
from mlrecs.models import RiskReport
from mlrecs.selectors.risk_reports import (
    NOTHING,
    RiskAccount,
    RiskStanding,
    is_awaited,
    risk_account,
    risk_standings,
)
from mlrecs.services.risk_reports import risk_ask
from mlrecs.tasks import enqueue_risk
from portfolios.selectors.scopes import Account, scope_of

DETAIL = "mlrecs/risk_detail.html"
# Ends the polling of htmx.
STOP_POLLING = 286
LISTED = ("volatility", "var_95", "var_99", "cvar_99", "drawdown")
KINDS = (
    ("replay", "Crashes of the past"),
    ("own", "The account's own past"),
    ("equity", "Shares"),
    ("rates", "Yields"),
    ("sector", "Sectors"),
)
NO_QUEUE = "The queue of the workers cannot be reached, so nothing was measured. Try again in a while."


@login_required
@require_safe
def risk(request: HttpRequest) -> HttpResponse:
    """The accounts that one sees, with their main figures and the light of the back-test."""
    scope = scope_of(request.user, household_id=_household(request))
    accounts = [account for account in scope.accounts if not account.is_closed] if scope else []
    standings = risk_standings([account.id for account in accounts])
    rows = [_row(account, standings.get(account.id, NOTHING)) for account in accounts]
    context = {"scope": scope, "rows": rows, "is_measured": any(row["figures"] for row in rows)}
    return render(request, "mlrecs/risk.html", context)


@login_required
@require_safe
def risk_detail(request: HttpRequest, portfolio_id: UUID) -> HttpResponse:
    """The last good report of one account; where a later one failed, its reason stands above."""
    return render(request, DETAIL, _context(risk_account(request.user, portfolio_id)))


@login_required
@require_POST
def risk_measure_now(request: HttpRequest, portfolio_id: UUID) -> HttpResponse:
    """Ask a worker for today's report; the page then waits for it."""
    if risk_ask(user=_person(request), portfolio_id=portfolio_id):
        transaction.on_commit(lambda: _enqueued(request, portfolio_id))
    return redirect_after_post(request, reverse("mlrecs:risk_detail", args=[portfolio_id]))


@login_required
@require_safe
def risk_progress(request: HttpRequest, portfolio_id: UUID) -> HttpResponse:
    """Whether the report has come; once it has, the polling ends and the page is shown anew."""
    account = risk_account(request.user, portfolio_id)
    awaited = is_awaited(portfolio_id)
    response = render(request, f"{DETAIL}#waiting", {"account": account, "is_awaited": awaited})
    if not awaited:
        response.status_code = STOP_POLLING
        response["HX-Redirect"] = reverse("mlrecs:risk_detail", args=[portfolio_id])
    return response


def _enqueued(request: HttpRequest, portfolio_id: UUID) -> None:
    if not enqueue_risk(portfolio_id):
        messages.error(request, NO_QUEUE)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


def _household(request: HttpRequest) -> UUID | None:
    text = request.GET.get("household", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("There is no such household.", code="not-found") from None


def _row(account: Account, standing: RiskStanding) -> dict[str, Any]:
    figures = _figures(standing.good)
    return {
        "account": account,
        "standing": standing,
        "currency": standing.good.figures["currency"] if standing.good else account.base_currency,
        "figures": {key: figures[key] for key in LISTED} if figures else {},
    }


def _figures(report: RiskReport | None) -> dict[str, dict[str, Any]]:
    """The figures of a report by key, with decimals for text."""
    if report is None:
        return {}
    return {
        one["key"]: one | {name: _decimal(one[name]) for name in ("value", "amount")}
        for one in report.figures["figures"]
    }


def _context(account: RiskAccount) -> dict[str, Any]:
    context: dict[str, Any] = {
        "account": account,
        "standing": account.standing,
        "is_awaited": is_awaited(account.id),
    }
    good = account.standing.good
    return context | (_shown(good) if good else {})


def _shown(report: RiskReport) -> dict[str, Any]:
    """The report as the page draws it: decimals for text, bars beside shares, scenarios by kind."""
    told = report.figures
    return {
        "report": told,
        "value": Decimal(told["value"]),
        "figures": list(_figures(report).values()),
        "holdings": _bars(told["holdings"]),
        "sectors": _bars(told["sectors"]),
        "concentration": _decimals(told["concentration"]),
        "liquidity": _decimals(told["liquidity"]),
        "scenarios": _scenarios(told["scenarios"]),
        "measured_share": Decimal(told["measured_share"]),
        "path_chart": _path_chart(told),
        "path_summary": _path_summary(told),
        "fall_chart": _fall_chart(told),
        "fall_summary": _fall_summary(report),
    }


def _bars(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows with decimals for shares, and a bar for each beside the largest; a hedge has none."""
    names = ("weight", "share", "tail_share", "volatility", "beta", "still")
    found = [dict(row) | {name: _decimal(row[name]) for name in names if name in row} for row in rows]
    largest = max((abs(row["share"]) for row in found), default=Decimal(0)) or Decimal(1)
    return [row | {"bar": max(row["share"], Decimal(0)) / largest} for row in found]


def _scenarios(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The scenarios by kind, each effect beside the largest of all."""
    largest = max((abs(Decimal(one["effect"])) for one in told), default=Decimal(0)) or Decimal(1)
    rows = [
        one
        | {
            "effect": Decimal(one["effect"]),
            "amount": Decimal(one["amount"]),
            "bar": Decimal(one["effect"]) / largest,
            "lines": [
                line | {"move": Decimal(line["move"]), "effect": Decimal(line["effect"])}
                for line in one["lines"]
            ],
        }
        for one in told
    ]
    groups = [{"title": title, "rows": [row for row in rows if row["kind"] == kind]} for kind, title in KINDS]
    return [group for group in groups if group["rows"]]


def _path_chart(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """The returns of the last year with the limits that were told for them, and a mark where one broke."""
    path = told.get("path")
    if not path:
        return None
    series = [
        {"label": "Return of the day", "values": path["returns"]},
        {"label": "Value at risk, 95 %", "values": path["var_95"], "kind": "benchmark"},
        {"label": "Value at risk, 99 %", "values": path["var_99"], "kind": "level"},
    ]
    broken = zip(path["days"], path["returns"], path["var_99"], strict=True)
    events = [
        {"day": day, "label": percent(Decimal(move), 1), "kind": "lot", "private": False}
        for day, move, limit in broken
        if limit is not None and Decimal(move) < Decimal(limit)
    ]
    return {"days": path["days"], "series": series, "events": events}


def _path_summary(told: Mapping[str, Any]) -> str:
    path = told.get("path")
    if not path:
        return ""
    worst = min(map(Decimal, path["returns"]))
    return (
        f"Returns of the last {len(path['days'])} days with the limits told for them; worst {percent(worst)}."
    )


def _fall_chart(told: Mapping[str, Any]) -> dict[str, Any] | None:
    falls = told.get("falls")
    if not falls:
        return None
    series = [{"label": "Below the last high", "values": falls["values"]}]
    return {"days": falls["days"], "series": series, "events": []}


def _fall_summary(report: RiskReport) -> str:
    deepest = _figures(report)["drawdown"]["value"]
    return f"Distance to the last high at today's weights; deepest {percent(deepest)}."


def _decimals(told: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """The fractions among some facts."""
    words = ("positions", "largest", "words")
    return {name: _decimal(text) for name, text in told.items() if name not in words}


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
