"""Deciding about a proposal: looking at what would be traded, approving, putting forward, setting aside."""

from typing import Any
from uuid import UUID

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.selectors.sessions import last_proof
from common.errors import Conflict, DomainError, InvalidInput, Unprocessable
from common.htmx import page_or_part, redirect_after_post
from taxharvest.forms.harvests import LOT, ApprovalForm, DismissForm, refused_onto
from taxharvest.models import TaxHarvest
from taxharvest.selectors.approvals import ApprovalSheet, approval_sheet, offers_of
from taxharvest.services.approvals import harvest_proposable, live_quote
from taxharvest.services.harvest_rows import facts_of_harvest, harvest_visible
from taxharvest.services.proposals import harvest_approve, harvest_dismiss, harvest_put_forward
from taxharvest.tasks import enqueue_plans
from taxharvest.views.what_if import person_of

TEMPLATE = "taxharvest/harvest_approve.html"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: HttpRequest, harvest_id: UUID) -> HttpResponse:
    """What would be traded, with edits; sent, it is approved, or put forward by who may only propose."""
    user = person_of(request)
    harvest = _decidable(user, harvest_id)
    form = _form(request, harvest)
    if request.method == "POST" and form.is_valid():
        try:
            return _approved(request, user, harvest, form)
        except InvalidInput as refusal:
            refused_onto(form, refusal)
        except (Conflict, Unprocessable) as refusal:
            if refusal.code == "proof-needed":
                raise ReauthenticationRequired from None
            return _turned_down(request, user, harvest_id, refusal)
    status = 422 if form.is_bound and form.errors else 200
    return _shown(request, user, harvest, form, status=status)


@login_required
@require_POST
def put_forward(request: HttpRequest, harvest_id: UUID) -> HttpResponse:
    """Propose a harvest, as it was edited, to the owner of the account."""
    user = person_of(request)
    harvest = _decidable(user, harvest_id)
    form = _form(request, harvest)
    if not form.is_valid():
        return _shown(request, user, harvest, form, status=422)
    try:
        harvest_put_forward(
            user,
            harvest_id,
            version=form.cleaned_data["version"],
            lots=form.lots_given(),
            replacement=form.replacement_given(harvest.portfolio.household_id),
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
    except InvalidInput as refusal:
        refused_onto(form, refusal)
        return _shown(request, user, harvest, form, status=422)
    except Conflict as refusal:
        return _turned_down(request, user, harvest_id, refusal)
    messages.success(request, "Put forward. Only a member of the household may approve it.")
    return redirect_after_post(request, reverse("taxharvest:harvest", args=[harvest_id]))


@login_required
@require_POST
def dismiss(request: HttpRequest, harvest_id: UUID) -> HttpResponse:
    """Set a proposal aside, with the reason."""
    form = DismissForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        harvest_dismiss(person_of(request), harvest_id, reason=reason, now=timezone.now())
    except (InvalidInput, Conflict) as refusal:
        messages.error(request, refusal.detail)
        return redirect_after_post(request, reverse("taxharvest:harvest", args=[harvest_id]))
    messages.success(request, "Set aside. The same loss is not proposed again for a week.")
    return redirect_after_post(request, reverse("taxharvest:harvests"))


def _approved(request: HttpRequest, user: User, harvest: TaxHarvest, form: ApprovalForm) -> HttpResponse:
    plan = harvest_approve(
        user,
        harvest.pk,
        version=form.cleaned_data["version"],
        lots=form.lots_given(),
        replacement=form.replacement_given(harvest.portfolio.household_id),
        shown=form.cleaned_data["price"],
        key=form.cleaned_data["key"],
        now=timezone.now(),
        signed_in_at=last_proof(request),
    )
    transaction.on_commit(enqueue_plans)
    return redirect_after_post(request, reverse("taxharvest:plan", args=[plan.pk]))


def _turned_down(request: HttpRequest, user: User, harvest_id: UUID, refusal: DomainError) -> HttpResponse:
    """The sheet with the figures of now and what was said; a proposal that is settled shows how it stands."""
    harvest = harvest_visible(user, harvest_id)
    if harvest.state not in TaxHarvest.LIVING:
        messages.error(request, refusal.detail)
        return redirect_after_post(request, reverse("taxharvest:harvest", args=[harvest_id]))
    form = _form(request, harvest, is_fresh=True)
    return _shown(request, user, harvest, form, status=409, turned_down=refusal.detail)


def _shown(
    request: HttpRequest,
    user: User,
    harvest: TaxHarvest,
    form: ApprovalForm,
    *,
    status: int = 200,
    turned_down: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "harvest": harvest,
        "form": form,
        "sheet": _sheet(user, harvest, form),
        "turned_down": turned_down,
    }
    return page_or_part(request, TEMPLATE, context, part="summary", status=status)


def _sheet(user: User, harvest: TaxHarvest, form: ApprovalForm) -> ApprovalSheet:
    try:
        chosen = form.lots_given()
    except InvalidInput:
        chosen = {}
    now = timezone.now()
    quote = live_quote(harvest, now)
    return approval_sheet(user, harvest, facts_of_harvest(harvest), chosen, now, quote=quote)


def _form(request: HttpRequest, harvest: TaxHarvest, *, is_fresh: bool = False) -> ApprovalForm:
    """The form as it was sent, or as the address has it while somebody still chooses."""
    facts = facts_of_harvest(harvest)
    offers = offers_of(harvest, timezone.now())
    data = request.POST if request.method == "POST" and not is_fresh else None
    initial = {name: value for name, value in request.GET.items() if name.startswith(LOT)}
    if request.GET.get("replacement"):
        initial["replacement"] = request.GET["replacement"]
    return ApprovalForm(data, lots=facts.lots, offers=offers, version=facts.version, said=initial)


def _decidable(user: User, harvest_id: UUID) -> TaxHarvest:
    """A proposal that somebody may approve or put forward. Raises NotFound for who may only look."""
    is_own = TaxHarvest.objects.tradable_by(user).filter(pk=harvest_id).exists()
    return harvest_visible(user, harvest_id) if is_own else harvest_proposable(user, harvest_id)
