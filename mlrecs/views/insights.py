"""The insights: the inbox, one recommendation with its evidence, and deciding about it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from common.errors import Conflict, InvalidInput, NotFound
from common.htmx import page_or_part, redirect_after_post
from mlrecs.engine.figure_words import figure_lines, method_label, part_words
from mlrecs.forms.advice import ReasonForm, SnoozeForm
from mlrecs.models import Recommendation
from mlrecs.selectors.recommendations import (
    LIVING,
    household_needed,
    insight_inbox,
    may_trade,
    orders_left,
    orders_placed,
    recommendation_seen,
    whole_household,
)
from mlrecs.selectors.risk_profiles import profile_newest
from mlrecs.services.recommendations import (
    recommendation_accept,
    recommendation_dismiss,
    recommendation_snooze,
)
from mlrecs.tasks import enqueue_advice
from mlrecs.views.frontier import frontier_drawing
from trading.engine.records import FINAL_STATES

INBOX = "mlrecs/insights.html"
DETAIL = "mlrecs/insight.html"
# Asked again within so long, the last look stands.
PAUSE = timedelta(minutes=5)
BASKET_FIELDS = ("portfolio", "side", "symbol", "quantity")


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, of all kinds or of one, and how the last looks went."""
    user = person_of(request)
    household = whole_household(user)
    kind = request.GET.get("kind", "")
    kind = kind if kind in Recommendation.Kind.values else ""
    context: dict[str, Any] = {"household": household, "kind": kind, "kinds": Recommendation.Kind.choices}
    if household is not None:
        context["inbox"] = insight_inbox(user, household, kind=kind, now=timezone.now())
        context["profile"] = profile_newest(household.pk)
    return page_or_part(request, INBOX, context, part="inbox")


@login_required
@require_safe
def detail(request: HttpRequest, recommendation_id: UUID) -> HttpResponse:
    """One recommendation with everything that it is decided by."""
    user = person_of(request)
    found = recommendation_seen(user, recommendation_id)
    return page_or_part(request, DETAIL, _detail_context(user, found), part="insight")


@login_required
@require_POST
def accept(request: HttpRequest, recommendation_id: UUID) -> HttpResponse:
    """Take the advice up: its orders are laid into a basket, where every control looks at them."""
    user = person_of(request)
    reason = request.POST.get("reason", "")
    try:
        found = recommendation_accept(user, recommendation_id, reason=reason, now=timezone.now())
    except Conflict as refusal:
        return _refused(request, user, recommendation_id, refusal.detail)
    left = orders_left(found, orders_placed(found))
    if left and may_trade(user, found.portfolio_id):
        return redirect_after_post(request, basket_address(found, left))
    messages.success(request, "Noted. There is nothing to order for it here.")
    return redirect_after_post(request, _address(found.pk))


@login_required
@require_POST
def dismiss(request: HttpRequest, recommendation_id: UUID) -> HttpResponse:
    """Set it aside, with the reason."""
    user = person_of(request)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        recommendation_dismiss(user, recommendation_id, reason=reason, now=timezone.now())
    except (Conflict, InvalidInput) as refusal:
        return _refused(request, user, recommendation_id, refusal.detail)
    messages.success(request, "Set aside. It is not raised again for a while.")
    return redirect_after_post(request, reverse("mlrecs:insights"))


@login_required
@require_POST
def snooze(request: HttpRequest, recommendation_id: UUID) -> HttpResponse:
    """Put it off."""
    user = person_of(request)
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return _refused(request, user, recommendation_id, "Choose for how long it is put off.")
    now = timezone.now()
    reason = form.cleaned_data["reason"]
    try:
        recommendation_snooze(user, recommendation_id, until=now + form.span(), reason=reason, now=now)
    except (Conflict, InvalidInput) as refusal:
        return _refused(request, user, recommendation_id, refusal.detail)
    messages.success(request, "Put off.")
    return redirect_after_post(request, reverse("mlrecs:insights"))


@login_required
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Ask workers to look for advice now."""
    user = person_of(request)
    household = household_needed(user)
    runs = insight_inbox(user, household, now=timezone.now()).runs
    try:
        if any(one.ran_at > timezone.now() - PAUSE for one in runs):
            raise Conflict("That was looked for minutes ago. Try again in a while.", code="too-soon")
        enqueue_advice(household.pk)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "Looking. New insights appear here within a few minutes.")
    return redirect_after_post(request, reverse("mlrecs:insights"))


def person_of(request: HttpRequest) -> User:
    """Who is signed in; pages are behind the sign-in, so there is somebody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


def basket_address(recommendation: Recommendation, orders: Sequence[Mapping[str, str]]) -> str:
    """The basket with these orders of a recommendation laid in."""
    rows = {f"{place}-{name}": order[name] for place, order in enumerate(orders) for name in BASKET_FIELDS}
    return f"{reverse('trading:basket')}?{urlencode(rows | {'origin_id': str(recommendation.pk)})}"


def _detail_context(user: User, found: Recommendation) -> dict[str, Any]:
    placed = orders_placed(found)
    accepted = found.state == Recommendation.State.ACCEPTED
    trades = bool(found.orders) and may_trade(user, found.portfolio_id)
    left = orders_left(found, placed)
    is_still = all(order.state in FINAL_STATES for order in placed)
    return {
        "one": found,
        "reasons": [(one["words"], figure_lines(one["code"], one["figures"])) for one in found.reasons],
        "parts": [(*part_words(one["kind"], one["name"]), one) for one in found.figures.get("lines", ())],
        "method": method_label(found.model.name) if found.model else "",
        "drawing": frontier_drawing(found.figures),
        "is_living": found.state in LIVING and found.expires_at > timezone.now(),
        "trades": trades,
        "placed": placed,
        "basket_url": basket_address(found, left) if accepted and trades and left and is_still else "",
        "snoozes": SnoozeForm().fields["days"].choices,  # type: ignore[attr-defined] # a choice field
    }


def _refused(request: HttpRequest, user: User, recommendation_id: UUID, words: str) -> HttpResponse:
    """The page with what is wrong on it."""
    found = recommendation_seen(user, recommendation_id)
    context = _detail_context(user, found) | {"problem": words}
    return render(request, DETAIL, context, status=422)


def _address(recommendation_id: UUID) -> str:
    return reverse("mlrecs:insight", args=[recommendation_id])
