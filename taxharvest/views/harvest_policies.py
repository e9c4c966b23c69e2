"""How each account is harvested: whether, when a loss is worth taking, and how far without asking."""

from typing import Any
from uuid import UUID

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.selectors.sessions import last_proof
from common.errors import DomainError, InvalidInput, NotFound
from common.htmx import redirect_after_post
from taxharvest.forms.harvests import PolicyForm, refused_onto
from taxharvest.selectors.harvest_policies import policy_account, policy_accounts
from taxharvest.services.harvest_policies import PolicyWanted, harvest_policy_set
from taxharvest.views.what_if import person_of


@login_required
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """The taxable accounts of the household and how each is harvested."""
    rows = policy_accounts(person_of(request))
    return render(request, "taxharvest/harvest_policies.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest, portfolio_id: UUID) -> HttpResponse:
    """The policy of one account."""
    user = person_of(request)
    found = policy_account(user, portfolio_id)
    if found is None:
        raise NotFound("There is no such account.", code="not-found")
    portfolio, kept = found
    form = PolicyForm(request.POST if request.method == "POST" else None, instance=kept)
    if form.is_bound and form.is_valid():
        try:
            harvest_policy_set(
                user, portfolio_id, _wanted(form), now=timezone.now(), signed_in_at=last_proof(request)
            )
        except InvalidInput as refusal:
            refused_onto(form, refusal)
        except DomainError as refusal:
            if refusal.code != "proof-needed":
                raise
            raise ReauthenticationRequired from None
        else:
            messages.success(request, f"Saved for {portfolio}.")
            return redirect_after_post(request, reverse("taxharvest:harvest_policies"))
    context: dict[str, Any] = {"portfolio": portfolio, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "taxharvest/harvest_policy.html", context, status=status)


def _wanted(form: PolicyForm) -> PolicyWanted:
    data = form.cleaned_data
    return PolicyWanted(
        is_enabled=data["is_enabled"],
        threshold=data["threshold"],
        least_benefit=data["least_benefit"],
        approves_itself=data["approves_itself"],
        most_loss=data["most_loss"],
        most_a_day=data["most_a_day"],
        most_tracking_error=form.tracking_error(),
    )
