"""Planned purchases: what accounts buy by themselves and reinvest, told, paused and taken up again."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from common.errors import Conflict, DomainError, NotFound
from common.htmx import redirect_after_post, toast, wants_part
from portfolios.selectors.scopes import Scope
from portfolios.services.recurring_purchases import (
    recurring_purchase_add,
    recurring_purchase_end,
    recurring_purchase_pause,
    reinvestment_pause,
)
from taxharvest.forms.planned_purchases import RecurringPurchaseForm
from taxharvest.selectors.planned_purchases import (
    accounts_to_plan,
    instruments_to_plan,
    plan_lines,
    reinvesting_lines,
)
from taxharvest.selectors.what_if import household_scope
from taxharvest.services.planned_purchases import plan_resume, reinvesting_resume
from taxharvest.views.what_if import person_of

PAUSED = "Paused here. Pause it at its broker too: nothing is sent there."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planned_purchases(request: HttpRequest) -> HttpResponse:
    """Plans and reinvesting accounts, and the form that tells of another plan."""
    user = person_of(request)
    scope = household_scope(user)
    form = _form(request, user, scope)
    if request.method == "POST" and form.is_valid() and _added(user, form):
        messages.success(request, "The plan was added. The guard counts it from now on.")
        return _done(request)
    today = timezone.localdate()
    context = {
        "form": form,
        "plans": plan_lines(user, scope.household_id, today),
        "accounts": reinvesting_lines(user, scope.household_id, today),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "taxharvest/planned_purchases.html", context, status=status)


@login_required
@require_POST
def plan_pause(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Pause a plan, from its page or from an order that it would clash with."""
    recurring_purchase_pause(person_of(request), plan_id)
    return _said(request, PAUSED)


@login_required
@require_POST
def plan_go_on(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Take a plan up again; where that would wash a loss, once the person has said so."""
    return _resumed(request, lambda user, agreed: plan_resume(user, plan_id, has_agreed=agreed))


@login_required
@require_POST
def plan_end(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Forget a plan that has ended at its broker."""
    recurring_purchase_end(person_of(request), plan_id)
    return _said(request, "The plan is gone.")


@login_required
@require_POST
def pause_reinvestment(request: HttpRequest, portfolio_id: UUID) -> HttpResponse:
    """Note that an account pays its dividends out for now."""
    reinvestment_pause(person_of(request), portfolio_id, today=timezone.localdate())
    return _said(request, PAUSED)


@login_required
@require_POST
def reinvestment_go_on(request: HttpRequest, portfolio_id: UUID) -> HttpResponse:
    """Note that an account reinvests again."""
    return _resumed(request, lambda user, agreed: reinvesting_resume(user, portfolio_id, has_agreed=agreed))


def _resumed(request: HttpRequest, resume: Callable[[User, bool], Any]) -> HttpResponse:
    try:
        resume(person_of(request), "agreed" in request.POST)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
        return _done(request)
    return _said(request, "It goes on. Take it up again at its broker too.")


def _form(request: HttpRequest, user: User, scope: Scope) -> RecurringPurchaseForm:
    return RecurringPurchaseForm(
        request.POST if request.method == "POST" else None,
        accounts=[(str(row.pk), row.name) for row in accounts_to_plan(user, scope.household_id)],
        instruments=[(str(row.pk), row.symbol) for row in instruments_to_plan(scope.household_id)],
    )


def _added(user: User, form: RecurringPurchaseForm) -> bool:
    """Whether the plan was added; else what is wrong stands on the form."""
    data = form.cleaned_data
    try:
        recurring_purchase_add(
            user,
            portfolio_id=data["portfolio"],
            instrument_id=data["instrument"],
            amount=data["amount"],
            pace=data["pace"],
            next_on=data["next_on"],
        )
    except NotFound:
        raise
    except DomainError as refusal:
        for field, sentences in (refusal.fields or {"": [refusal.detail]}).items():
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, sentence)
        return False
    return True


def _said(request: HttpRequest, sentence: str) -> HttpResponse:
    """Back to the page; an order ticket that asked by script stays where it is."""
    if wants_part(request) and "from_order" in request.POST:
        return toast(HttpResponse(status=204), f"{sentence} Preview the order again.")
    messages.success(request, sentence)
    return _done(request)


def _done(request: HttpRequest) -> HttpResponse:
    return redirect_after_post(request, reverse("taxharvest:planned_purchases"))
