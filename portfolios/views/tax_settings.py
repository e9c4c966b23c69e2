"""Pages of the tax settings: how open points of the wash-sale rule are read, and what is identical."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Household
from common.errors import DomainError, NotFound
from common.htmx import page_or_part, redirect_after_post
from portfolios.forms.tax_settings import IdentityGroupForm, WashPolicyForm
from portfolios.models import IdentityGroup
from portfolios.selectors.facts import wash_policy
from portfolios.selectors.identities import (
    identity_group_own,
    identity_views,
    instruments_found,
    instruments_named,
)
from portfolios.services.identities import identity_group_delete, identity_group_save
from portfolios.services.tax_policies import tax_policy_save
from portfolios.views.refusals import refused_onto
from portfolios.views.scopes import household_needed, person_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wash_rules(request: HttpRequest) -> HttpResponse:
    """Every open point with its answers; what is saved derives the book again."""
    household = household_needed(request)
    policy = wash_policy(household.pk)
    form = WashPolicyForm(request.POST if request.method == "POST" else None, policy=policy)
    if request.method == "POST" and form.is_valid():
        tax_policy_save(household_id=household.pk, policy=form.policy(), actor_id=person_of(request).pk)
        messages.success(request, "The rules were saved, and the book was derived again.")
        return redirect_after_post(request, reverse("portfolios:wash_rules"))
    context = {"form": form, "household": household}
    return render(request, "portfolios/wash_rules.html", context, status=_status(form))


@login_required
@require_safe
def identity_list(request: HttpRequest) -> HttpResponse:
    """What counts as identical, and why."""
    household = household_needed(request)
    return render(request, "portfolios/identity_list.html", {"views": identity_views(household.pk)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def identity_new(request: HttpRequest) -> HttpResponse:
    """Open a group of the household's own."""
    return _group_page(request, household_needed(request), None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def identity_change(request: HttpRequest, group_id: UUID) -> HttpResponse:
    """Change a group of the household's own."""
    household = household_needed(request)
    return _group_page(request, household, identity_group_own(household.pk, group_id))


@login_required
@require_POST
def identity_drop(request: HttpRequest, group_id: UUID) -> HttpResponse:
    """Give a group of the household's own up."""
    household = household_needed(request)
    group = identity_group_own(household.pk, group_id)
    identity_group_delete(household_id=household.pk, group_id=group_id, actor_id=person_of(request).pk)
    messages.success(request, f"“{group.name}” is gone, and the book was derived again.")
    return redirect_after_post(request, reverse("portfolios:identity_list"))


def _group_page(request: HttpRequest, household: Household, group: IdentityGroup | None) -> HttpResponse:
    """The form of a group. A search shows what could be added and saves nothing."""
    is_search = "look" in request.POST
    is_sent = request.method == "POST" and not is_search
    form = IdentityGroupForm(
        request.POST if is_sent else None,
        household_id=household.pk,
        initial=_posted(request) if is_search else _stored(group),
    )
    if is_sent and form.is_valid() and _saved(request, household, group, form):
        name = form.cleaned_data["name"]
        messages.success(request, f"“{name}” was saved, and the book was derived again.")
        return redirect_after_post(request, reverse("portfolios:identity_list"))
    words = request.POST.get("q", "") or request.GET.get("q", "")
    chosen = form.chosen()
    context = {
        "form": form,
        "group": group,
        "words": words,
        "members": instruments_named(household.pk, chosen),
        "found": [row for row in instruments_found(household.pk, words) if str(row.pk) not in chosen],
    }
    return page_or_part(
        request, "portfolios/identity_form.html", context, part="instruments", status=_status(form)
    )


def _posted(request: HttpRequest) -> dict[str, Any]:
    """What a person typed before they searched."""
    kept = {name: request.POST.get(name, "") for name in ("group_id", "name", "source")}
    return kept | {"instruments": request.POST.getlist("instruments")}


def _stored(group: IdentityGroup | None) -> dict[str, Any]:
    if group is None:
        return {}
    members = [str(key) for key in group.members.values_list("instrument_id", flat=True)]
    return {"group_id": group.pk, "name": group.name, "source": group.source, "instruments": members}


def _saved(
    request: HttpRequest, household: Household, group: IdentityGroup | None, form: IdentityGroupForm
) -> bool:
    data = form.cleaned_data
    try:
        identity_group_save(
            household_id=household.pk,
            group_id=group.pk if group else data["group_id"],
            name=data["name"],
            source=data["source"],
            instrument_ids=[row.pk for row in data["instruments"]],
            actor_id=person_of(request).pk,
        )
    except NotFound:
        raise
    except DomainError as refusal:
        refused_onto(form, refusal)
        return False
    return True


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
