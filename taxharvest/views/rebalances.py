"""Pages of rebalancing: the wish, both plans side by side, and the orders of one of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import HouseholdMember
from accounts.selectors.households import membership_of
from accounts.selectors.sessions import last_proof
from common.errors import DomainError, InvalidInput, NotFound
from common.htmx import redirect_after_post
from portfolios.selectors.targets import targets_of
from taxharvest.forms.rebalance import AccountChoice, RebalanceForm
from taxharvest.selectors.rebalances import (
    CONVEX,
    GREEDY,
    RebalanceShown,
    accounts_to_trade,
    rebalance_get,
    rebalance_list,
)
from taxharvest.services.rebalance_orders import PlanOrders, plan_orders, plan_preview, plan_trade
from taxharvest.services.rebalances import rebalance_ask
from taxharvest.tasks import enqueue_rebalance
from taxharvest.views.what_if import person_of
from trading.engine.controls.limits import DEFAULT_LIMITS
from trading.engine.controls.verdicts import Outcome
from trading.engine.trade_requests import OrderJudged
from trading.selectors.desk import accounts_tradable
from trading.services.acceptance import TradeRefused

RECENT = 20
PLAN_WORDS = {GREEDY: "Greedy", CONVEX: "Convex"}
HTMX_STOP = 286
# Rows of the comparison: the figure of a plan, its label, and how it is drawn.
FIGURES = (
    ("count", "Trades", "count"),
    ("sold", "Sold", "money"),
    ("bought", "Bought", "money"),
    ("short_gain", "Short-term gain that counts", "gain"),
    ("long_gain", "Long-term gain that counts", "gain"),
    ("tax", "Tax, at marginal rates", "money"),
    ("cost", "Spread and commissions, about", "money"),
    ("drift", "In the wrong place after it", "percent"),
    ("tracking_error", "Tracking error to the targets, a year", "percent"),
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rebalances(request: HttpRequest) -> HttpResponse:
    """The wish, and what was asked before."""
    member = _member(request)
    form = _form(request, member)
    if request.method == "POST" and form.is_valid():
        try:
            row = rebalance_ask(person_of(request), form.wish(), timezone.now())
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            enqueue_rebalance(row.pk)
            return redirect_after_post(request, reverse("taxharvest:rebalance", args=[row.pk]))
    context = {
        "form": form,
        "rows": form.rows(),
        "currency": member.household.base_currency,
        "has_targets": bool(targets_of(member.household_id)),
        "recent": rebalance_list(person_of(request))[:RECENT],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "taxharvest/rebalances.html", context, status=status)


@login_required
@require_safe
def rebalance(request: HttpRequest, rebalance_id: UUID) -> HttpResponse:
    """Both plans side by side, and the trades of the one that the address names."""
    shown = rebalance_get(person_of(request), rebalance_id)
    return render(request, "taxharvest/rebalance.html", _context(request, shown))


@login_required
@require_safe
def rebalance_progress(request: HttpRequest, rebalance_id: UUID) -> HttpResponse:
    """How far a worker is, as a part of the page; the part asks no more once it is done."""
    shown = rebalance_get(person_of(request), rebalance_id)
    status = 200 if shown.is_at_work else HTMX_STOP
    return render(request, "taxharvest/rebalance.html#progress", {"shown": shown}, status=status)


@login_required
@require_POST
def rebalance_preview(request: HttpRequest, rebalance_id: UUID) -> HttpResponse:
    """How the orders of one side of a plan would go; nothing is kept."""
    shown = rebalance_get(person_of(request), rebalance_id)
    orders = plan_orders(
        person_of(request), shown, request.POST.get("plan", ""), request.POST.get("side", "")
    )
    confirmed = frozenset(request.POST.getlist("confirmed"))
    try:
        judged = plan_preview(
            person_of(request),
            orders,
            confirmed=confirmed,
            signed_in_at=last_proof(request),
            now=timezone.now(),
        )
    except DomainError as refusal:
        return _orders_page(request, shown, orders, (), refusal=refusal, status=422)
    return _orders_page(request, shown, orders, judged, confirmed=confirmed)


@login_required
@require_POST
def rebalance_send(request: HttpRequest, rebalance_id: UUID) -> HttpResponse:
    """Place the orders of one side once for their key, and lead to the blotter."""
    user = person_of(request)
    shown = rebalance_get(user, rebalance_id)
    orders = plan_orders(user, shown, request.POST.get("plan", ""), request.POST.get("side", ""))
    _proof_needed(request, orders)
    confirmed = frozenset(request.POST.getlist("confirmed"))
    key = request.POST.get("key", "")
    try:
        kept = plan_trade(
            user,
            shown,
            orders,
            confirmed=confirmed,
            key=key,
            signed_in_at=last_proof(request),
            now=timezone.now(),
        )
    except TradeRefused as refused:
        return _orders_page(
            request, shown, orders, refused.judged, confirmed=confirmed, refusal=refused, status=422
        )
    except DomainError as refusal:
        return _orders_page(request, shown, orders, (), refusal=refusal, status=422)
    messages.success(request, f"{len(kept)} order{'' if len(kept) == 1 else 's'} placed.")
    return redirect_after_post(request, reverse("trading:blotter"))


def _member(request: HttpRequest) -> HouseholdMember:
    """Who sees all accounts of their household. Raises NotFound for everybody else."""
    member = membership_of(person_of(request))
    if member is None or not member.sees_all:
        raise NotFound("You belong to no household that you could rebalance.", code="not-found")
    return member


def _form(request: HttpRequest, member: HouseholdMember) -> RebalanceForm:
    choices = [
        AccountChoice(id=row.pk, name=row.name, where=row.get_kind_display(), cash=cash)
        for row, cash in accounts_to_trade(member.household_id)
    ]
    data = request.POST if request.method == "POST" else None
    return RebalanceForm(data, choices=choices, currency=member.household.base_currency)


def _context(request: HttpRequest, shown: RebalanceShown) -> dict[str, Any]:
    wanted = request.GET.get("plan", "")
    chosen = wanted if wanted in shown.plans else next(iter(shown.plans), "")
    plan = shown.plans.get(chosen)
    own = {str(row.portfolio_id) for row in accounts_tradable(person_of(request))}
    here = [one for one in plan["trades"] if one["account_id"] in own] if plan else []
    return {
        "shown": shown,
        "plan": plan,
        "chosen": chosen,
        "choices": [(name, PLAN_WORDS[name]) for name in shown.plans],
        "figures": _figures(shown),
        "year_taxes": [(PLAN_WORDS[name], found) for name, found in shown.plans.items()],
        "sales": len([one for one in here if one["side"] == "sell"]),
        "purchases": len([one for one in here if one["side"] == "buy"]),
        "elsewhere": len(plan["trades"]) - len(here) if plan else 0,
    }


def _figures(shown: RebalanceShown) -> list[dict[str, Any]]:
    """The rows of the comparison; the difference is the convex plan less the greedy one."""
    return [
        {
            "label": label,
            "kind": kind,
            "greedy": shown.plans[GREEDY].get(name) if GREEDY in shown.plans else None,
            "convex": shown.plans[CONVEX].get(name) if CONVEX in shown.plans else None,
            "difference": shown.difference.get(name),
        }
        for name, label, kind in FIGURES
    ]


def _orders_page(
    request: HttpRequest,
    shown: RebalanceShown,
    orders: PlanOrders,
    judged: Sequence[OrderJudged],
    *,
    confirmed: frozenset[str] = frozenset(),
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    lines = (
        [
            {
                "trade": trade,
                "judged": one,
                "against": [v for v in one.verdicts if v.outcome is not Outcome.PASS],
            }
            for trade, one in zip(orders.here, judged, strict=True)
        ]
        if judged
        else [{"trade": trade, "judged": None, "against": []} for trade in orders.here]
    )
    asks = {v.name: v for one in judged for v in one.verdicts if v.outcome is Outcome.ASK}
    context = {
        "shown": shown,
        "orders": orders,
        "plan_name": PLAN_WORDS[orders.plan],
        "lines": lines,
        "asks": list(asks.values()),
        "confirmed": confirmed,
        "is_denied": any(one.outcome is Outcome.DENY for one in judged),
        "refusal": refusal,
        "key": str(uuid4()),
        "can_send": bool(judged),
    }
    return render(request, "taxharvest/rebalance_orders.html", context, status=status)


def _proof_needed(request: HttpRequest, orders: PlanOrders) -> None:
    """Ask for the password before real money moves, unless it was given just now."""
    named = {one["account_id"] for one in orders.here}
    rows = accounts_tradable(person_of(request))
    if not any(str(row.portfolio_id) in named and row.gateway.is_live for row in rows):
        return
    proof = last_proof(request)
    if proof is None or (timezone.now() - proof).total_seconds() > DEFAULT_LIMITS.sign_in_seconds:
        raise ReauthenticationRequired
