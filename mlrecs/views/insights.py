"""The insights: the inbox, one recommendation with its evidence, and deciding about it."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
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
    account_traded,
    household_needed,
    insight_inbox,
    is_at_rest,
    is_told_since,
    orders_left,
    orders_placed,
    recommendation_seen,
    whole_household,
)
from mlrecs.selectors.risk_profiles import profile_newest
from mlrecs.services.advice_baskets import basket_next
from mlrecs.services.recommendations import (
    recommendation_accept,
    recommendation_dismiss,
    recommendation_snooze,
)
from mlrecs.tasks import enqueue_advice
from mlrecs.views.frontier import frontier_drawing
from trading.engine.records import Side
from trading.models import BrokerAccount, Order

INBOX = "mlrecs/insights.html"
DETAIL = "mlrecs/insight.html"
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
    return redirect_after_post(request, _next_address(request, user, found))


@login_required
@require_safe
def basket(request: HttpRequest, recommendation_id: UUID) -> HttpResponse:
    """On to what is to be ordered next for an advice that was accepted."""
    user = person_of(request)
    found = recommendation_seen(user, recommendation_id)
    if found.state != Recommendation.State.ACCEPTED or not is_at_rest(orders_placed(found)):
        return redirect(_address(found.pk))
    return redirect(_next_address(request, user, found))


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
    try:
        enqueue_advice(household.pk)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "Looking. What is found appears here by itself.")
    return redirect_after_post(request, reverse("mlrecs:insights"))


def person_of(request: HttpRequest) -> User:
    """Who is signed in; pages are behind the sign-in, so there is somebody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


def basket_address(recommendation: Recommendation, orders: Sequence[Mapping[str, str]]) -> str:
    """The basket with these orders of a recommendation laid in."""
    rows = {f"{place}-{name}": order[name] for place, order in enumerate(orders) for name in BASKET_FIELDS}
    kept = {"origin_id": str(recommendation.pk), "back": _address(recommendation.pk)}
    return f"{reverse('trading:basket')}?{urlencode(rows | kept)}"


def _detail_context(user: User, found: Recommendation) -> dict[str, Any]:
    placed = orders_placed(found)
    account = account_traded(user, found.portfolio_id) if found.orders else None
    return {
        "one": found,
        "reasons": [(one["words"], figure_lines(one["code"], one["figures"])) for one in found.reasons],
        "parts": [(*part_words(one["kind"], one["name"]), one) for one in found.figures.get("lines", ())],
        "method": method_label(found.model.name) if found.model else "",
        "drawing": frontier_drawing(found.figures),
        "is_living": found.state in LIVING and found.expires_at > timezone.now(),
        "trades": account is not None,
        "placed": placed,
        "at_work": _at_work(found, placed, account),
        "snoozes": SnoozeForm().fields["days"].choices,  # type: ignore[attr-defined] # a choice field
    }


def _next_address(request: HttpRequest, user: User, found: Recommendation) -> str:
    """The basket with what comes next, or the advice itself where nothing does; it says why."""
    if account_traded(user, found.portfolio_id) is None or not found.orders:
        messages.success(request, "Noted. There is nothing to order for it here.")
        return _address(found.pk)
    following = basket_next(user, found, timezone.now())
    if following.words:
        messages.info(request, following.words)
    return basket_address(found, following.orders) if following.orders else _address(found.pk)


def _at_work(found: Recommendation, placed: Sequence[Order], account: BrokerAccount | None) -> dict[str, Any]:
    """How far the orders of an accepted advice are.

    `moves` while one is under way or the broker has not told since what may be spent, and the page looks
    again by itself; `left` are the orders that come next.
    """
    if found.state != Recommendation.State.ACCEPTED or account is None:
        return {}
    left, is_still = orders_left(found, placed), is_at_rest(placed)
    waits = bool(left) and is_still and not is_told_since(account, placed)
    return {
        "left": left if is_still and not waits else [],
        "is_done": bool(placed) and is_still and not left,
        "waits": waits,
        "moves": bool(placed) and (not is_still or waits),
        "is_cash_account": not account.has_margin,
        "sold": any(order.side == Side.SELL and order.filled for order in placed),
    }


def _refused(request: HttpRequest, user: User, recommendation_id: UUID, words: str) -> HttpResponse:
    """The page with what is wrong on it."""
    found = recommendation_seen(user, recommendation_id)
    context = _detail_context(user, found) | {"problem": words}
    return render(request, DETAIL, context, status=422)


def _address(recommendation_id: UUID) -> str:
    return reverse("mlrecs:insight", args=[recommendation_id])
