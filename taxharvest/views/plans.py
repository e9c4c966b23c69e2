"""Plans: all of them, one with its steps, legs and orders, and what a person decides about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.selectors.sessions import last_proof
from common.errors import DomainError, InvalidInput
from common.htmx import page_or_part, redirect_after_post
from taxharvest.engine.harvest.plans import PlanState
from taxharvest.engine.harvest.returns import Choice, ways_read
from taxharvest.forms.harvests import DecisionForm
from taxharvest.models import HarvestLeg, HarvestPlan, HarvestPlanEvent
from taxharvest.selectors.harvest_plans import may_trade_plan, plan_get, plan_list
from taxharvest.selectors.people import sees_taxes_of
from taxharvest.services.plan_decisions import choices_open, plan_decide
from taxharvest.tasks import enqueue_plans
from taxharvest.views.what_if import person_of

PAGE = 50
LIVING = frozenset(HarvestPlan.LIVING)
BADGES = {
    PlanState.READY: ("plain", "clock"),
    PlanState.SELLING: ("plain", "clock"),
    PlanState.BUYING: ("plain", "clock"),
    PlanState.UNWINDING: ("warn", "clock"),
    PlanState.RETURNING: ("plain", "clock"),
    PlanState.WATCHING: ("ok", "eye"),
    PlanState.DECIDING: ("warn", "circle-help"),
    PlanState.DONE: ("ok", "check"),
    PlanState.STOPPED: ("error", "x"),
}
CHOICE_WORDS = {
    Choice.STOP: ("Stop", "What has not been sold stays. What was sold stays sold."),
    Choice.BUY_AGAIN: ("Buy again", "What is lacking is ordered once more."),
    Choice.BUY_OTHER: ("Buy something else", "What is left buys this instead, if it may replace it."),
    Choice.STAY_IN_CASH: ("Stay in cash", "The proceeds stay out of the market; the window is watched."),
    Choice.SWITCH_BACK: ("Switch back", "Sell the replacement and buy back what was sold."),
    Choice.STAY: ("Stay", "Keep the replacement. This plan is done."),
    Choice.WAIT: ("Wait", "Ask again when the gain of the replacement is long-term."),
}
PATH = (
    (PlanState.SELLING, "Sell"),
    (PlanState.BUYING, "Buy instead"),
    (PlanState.WATCHING, "Watch 30 days"),
    (PlanState.DECIDING, "Decide"),
    (PlanState.DONE, "Done"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """A station on the way of a plan; `state` is reached, now, unknown where it stopped, or empty."""

    title: str
    words: str
    at: datetime | None
    state: str


@login_required
@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """All plans that one may see, newest first."""
    page = Paginator(plan_list(person_of(request)), PAGE).get_page(request.GET.get("page"))
    rows = [{"plan": plan, "badge": BADGES[PlanState(plan.state)]} for plan in page]
    return page_or_part(request, "taxharvest/plans.html", {"page": page, "rows": rows}, part="list")


@login_required
@require_safe
def plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """One plan: where it stands, its orders, its history, and what can be decided."""
    user = person_of(request)
    found = plan_get(user, plan_id)
    legs: list[HarvestLeg] = list(found.legs.all())
    events: list[HarvestPlanEvent] = list(found.events.all())
    is_own = may_trade_plan(user, plan_id)
    sees_taxes = sees_taxes_of(user, found.portfolio.household_id)
    context: dict[str, Any] = {
        "plan": found,
        "harvest": found.harvest,
        "legs": legs,
        "history": events[::-1],
        "badge": BADGES[PlanState(found.state)],
        "path": _path(found, events),
        "is_moving": found.state in LIVING,
        "choices": [(choice, *CHOICE_WORDS[choice]) for choice in choices_open(found, legs)]
        if is_own
        else [],
        "key": str(uuid4()),
        "ways": _ways(found) if sees_taxes else [],
        "advice": found.choice_figures.get("words", "") if sees_taxes else "",
        "best": found.choice_figures.get("best", "") if sees_taxes else "",
        "account": getattr(found.portfolio, "broker_account", None),
    }
    return page_or_part(request, "taxharvest/plan.html", context, part="status")


@login_required
@require_POST
def decide(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Take a choice about a plan, once for its key."""
    user = person_of(request)
    plan_get(user, plan_id)
    form = DecisionForm(request.POST)
    try:
        if not form.is_valid():
            raise InvalidInput("Choose one of the ways.", code="invalid-input")
        plan_decide(
            user,
            plan_id,
            **form.cleaned_data,
            now=timezone.now(),
            signed_in_at=last_proof(request),
        )
        transaction.on_commit(enqueue_plans)
    except DomainError as refusal:
        if refusal.code == "proof-needed":
            raise ReauthenticationRequired from None
        if refusal.code == "not-found":
            raise
        messages.error(request, refusal.detail)
    return redirect_after_post(request, reverse("taxharvest:plan", args=[plan_id]))


def _path(plan: HarvestPlan, events: list[HarvestPlanEvent]) -> list[PathStep]:
    """The stations with when each was reached; a plan that stopped shows where."""
    reached: dict[str, HarvestPlanEvent] = {}
    for event in events:
        if event.before != event.after:
            reached[event.after] = event
    now = PlanState(plan.state)
    steps = [_station(state, title, reached.get(state), now) for state, title in PATH]
    if now is PlanState.STOPPED:
        stop = reached.get(now)
        at = stop.at if stop else plan.state_since
        kept = [step for step in steps if step.at is not None]
        return [*kept, PathStep(title="Stopped", words="", at=at, state="unknown")]
    return steps


def _station(state: PlanState, title: str, event: HarvestPlanEvent | None, now: PlanState) -> PathStep:
    is_now = state is now or (now, state) in {
        (PlanState.UNWINDING, PlanState.SELLING),
        (PlanState.RETURNING, PlanState.DECIDING),
        (PlanState.READY, PlanState.SELLING),
    }
    shown = "now" if is_now and now is not PlanState.DONE else "reached" if event is not None else ""
    return PathStep(title=title, words="", at=event.at if event else None, state=shown)


def _ways(plan: HarvestPlan) -> list[dict[str, Any]]:
    return [{"way": way, "title": CHOICE_WORDS[way.choice][0]} for way in ways_read(plan.choice_figures)]
