"""What a household says of risk, and what it expects of markets."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import DomainError
from common.htmx import redirect_after_post
from mlrecs.engine.questionnaire import QUESTIONS, About
from mlrecs.engine.suitability import band_of, limits_of
from mlrecs.forms.advice import OWN_LIMITS, ProfileForm, ViewForm, profile_values
from mlrecs.models import MarketView, RiskProfile
from mlrecs.selectors.advice_facts import instruments_for_views
from mlrecs.selectors.recommendations import household_needed
from mlrecs.selectors.risk_profiles import profile_newest, tolerance_held
from mlrecs.services.risk_profiles import profile_set, view_drop, view_put
from mlrecs.views.insights import person_of

PROFILE = "mlrecs/risk_profile.html"
VIEWS = "mlrecs/market_views.html"
HUNDRED = Decimal(100)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """The questions with the answers that hold, and the limits that follow from them."""
    user = person_of(request)
    household = household_needed(user)
    held = profile_newest(household.pk)
    if request.method != "POST":
        shown = profile_values(held.answers, held.limits) if held else None
        return render(request, PROFILE, _profile_context(ProfileForm(initial=shown), held))
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return render(request, PROFILE, _profile_context(form, held), status=422)
    profile_set(user, household, answers=form.answers(), limits=form.limits())
    messages.success(request, "Kept. Advice goes by these limits from the next look on.")
    return redirect_after_post(request, reverse("mlrecs:risk_profile"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def market_views(request: HttpRequest) -> HttpResponse:
    """What the household expects, and one more expectation."""
    user = person_of(request)
    household = household_needed(user)
    instruments = instruments_for_views(household.pk)
    held = MarketView.objects.visible_to(user).filter(household=household).select_related("instrument")
    form = ViewForm(request.POST or None, instruments=instruments)
    context = {"form": form, "views": held.order_by("instrument__symbol"), "now": timezone.now()}
    if request.method != "POST":
        return render(request, VIEWS, context)
    if not form.is_valid():
        return render(request, VIEWS, context, status=422)
    data = form.cleaned_data
    try:
        view_put(
            user,
            household,
            instrument_id=UUID(data["instrument"]),
            beyond=data["expected_return"] / HUNDRED,
            confidence=data["confidence"] / HUNDRED,
        )
    except DomainError as refusal:
        form.add_error(None, refusal.detail)
        return render(request, VIEWS, context, status=422)
    messages.success(request, "Kept. The next look takes it into account.")
    return redirect_after_post(request, reverse("mlrecs:market_views"))


@login_required
@require_POST
def market_view_drop(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Forget one."""
    view_drop(person_of(request), view_id)
    messages.success(request, "Forgotten.")
    return redirect_after_post(request, reverse("mlrecs:market_views"))


def _profile_context(form: ProfileForm, held: RiskProfile | None) -> dict[str, Any]:
    context: dict[str, Any] = {
        "form": form,
        "profile": held,
        "willingness": [form[one.key] for one in QUESTIONS if one.about is About.WILLINGNESS],
        "capacity": [form[one.key] for one in QUESTIONS if one.about is About.CAPACITY],
        "own": [form[name] for name, _label in OWN_LIMITS] + [form["excluded"]],
    }
    if held is not None:
        tolerance = tolerance_held(held)
        context |= {
            "tolerance": tolerance,
            "band": band_of(tolerance),
            "limits": limits_of(tolerance, held.limits),
        }
    return context
