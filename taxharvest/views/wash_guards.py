"""What a person does about the guard: its setting, and alerts that they have looked at."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.selectors.households import membership_of
from common.errors import InvalidInput, NotFound
from common.htmx import redirect_after_post
from taxharvest.services.wash_alerts import alert_close
from taxharvest.services.wash_guards import wash_guard_save
from taxharvest.views.what_if import person_of


@login_required
@require_POST
def wash_guard_change(request: HttpRequest) -> HttpResponse:
    """Let the guard of one's household ask or block."""
    user = person_of(request)
    membership = membership_of(user)
    if membership is None:
        raise NotFound("You belong to no household.", code="not-found")
    try:
        wash_guard_save(
            user,
            household_id=membership.household_id,
            reaction=request.POST.get("reaction", ""),
            today=timezone.localdate(),
        )
    except InvalidInput as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "The wash guard was set.")
    return redirect_after_post(request, reverse("household"))


@login_required
@require_POST
def alert_seen(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """Close an alert of the watch."""
    alert_close(person_of(request), alert_id, now=timezone.now())
    messages.success(request, "The alert was closed.")
    return redirect_after_post(request, reverse("taxharvest:wash_watch"))
