"""The household page: who belongs, what each sees, whose accounts these are, and who else may look.

It stands in the roof because it shows people beside the accounts of the book, and people do not know of
accounts.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import GrantForm, MemberForm, MemberViewForm
from accounts.models import Grant, HouseholdMember, User
from accounts.selectors.households import (
    grant_list_given,
    grant_list_received,
    member_list,
    membership_of,
)
from accounts.services.grants import grant_create, grant_revoke
from accounts.services.households import member_add, member_remove, member_update
from common.errors import DomainError, NotFound
from common.htmx import redirect_after_post
from portfolios.models import Portfolio
from portfolios.services.book import book_derive
from taxharvest.selectors.wash_guard import guard_reaction


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A person of the household as the page shows them."""

    member: HouseholdMember
    accounts: list[Portfolio]
    sees: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """A grant as the page shows it: what it opens, in words."""

    grant: Grant
    what: str


@login_required
@require_GET
def household_page(request: HttpRequest) -> HttpResponse:
    """Members with their accounts, grants given, and households one may see oneself."""
    return _page(request)


@login_required
@require_POST
def member_new(request: HttpRequest) -> HttpResponse:
    """Add a person without a login."""
    person, membership = _person(request), _membership(request)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _page(request, member_form=form)
    member = member_add(actor=person, household_id=membership.household_id, **form.cleaned_data)
    return _done(request, f"{member.name} was added.")


@login_required
@require_http_methods(["GET", "POST"])
def member_edit(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """A person's name, how they stand to the others, and what they see."""
    person = _person(request)
    member = HouseholdMember.objects.visible_to(person).filter(pk=member_id).first()
    if member is None or not _membership(request).sees_all:
        raise NotFound("There is no such person in your household.", code="not-found")
    form_class = MemberViewForm if member.user_id and member.user_id != person.pk else MemberForm
    initial = {"name": member.name, "relationship": member.relationship, "sees_all": member.sees_all}
    form = form_class(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        choice = {"sees_all": member.sees_all} | form.cleaned_data
        member_update(actor=person, member_id=member.pk, **choice)
        if choice["relationship"] != initial["relationship"]:
            # Whose purchase it was decides what becomes of a washed loss.
            book_derive(household_id=member.household_id)
        return _done(request, f"{choice['name']} was saved.")
    status = 400 if form.errors else 200
    return render(request, "accounts/member.html", {"member": member, "form": form}, status=status)


@login_required
@require_POST
def member_drop(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Take a person out of the household."""
    try:
        member_remove(actor=_person(request), member_id=member_id)
    except NotFound:
        raise
    except DomainError as error:
        messages.error(request, error.detail)
        return redirect_after_post(request, reverse("household"))
    return _done(request, "The person was removed.")


@login_required
@require_POST
def grant_new(request: HttpRequest) -> HttpResponse:
    """Give somebody outside the household access to it, or to one account."""
    membership = _membership(request)
    form = _grant_form(membership, request.POST)
    if not form.is_valid():
        return _page(request, grant_form=form)
    try:
        grant = grant_create(
            giver=_person(request),
            household_id=membership.household_id,
            grantee_email=form.cleaned_data["email"],
            scope=form.cleaned_data["scope"],
            portfolio_id=form.portfolio_id(),
            reach={account.pk for account in _accounts(membership)},
            expires_at=form.expires_at(),
            now=timezone.now(),
        )
    except NotFound:
        raise
    except DomainError as error:
        _show(form, error)
        return _page(request, grant_form=form)
    return _done(request, f"{grant.grantee} now has access.")


@login_required
@require_POST
def grant_end(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """End a grant: one's own household's, or one that was received."""
    grant_revoke(actor=_person(request), grant_id=grant_id, now=timezone.now())
    return _done(request, "That access has ended.")


def _page(request: HttpRequest, **bound: forms.Form) -> HttpResponse:
    person, now = _person(request), timezone.now()
    membership = membership_of(person)
    received = grant_list_received(person, now=now)
    names = dict(Portfolio.objects.visible_to(person).values_list("pk", "name"))
    context: dict[str, Any] = {
        "membership": membership,
        "received": [GrantRow(grant=grant, what=_what(grant, names)) for grant in received],
    }
    if membership is not None:
        context["members"] = _members(membership)
        context["grant_form"] = _grant_form(membership)
        given = grant_list_given(membership.household_id, viewer=person, now=now)
        context["given"] = [GrantRow(grant=grant, what=_what(grant, names)) for grant in given]
        if membership.sees_all:
            reaction = guard_reaction(membership.household_id)
            context |= {
                "member_form": MemberForm(),
                "wash_guard": reaction,
                "guard_asks": reaction == "ask",
                "guard_blocks": reaction == "block",
            }
    return render(request, "accounts/household.html", context | bound, status=400 if bound else 200)


def _members(membership: HouseholdMember) -> list[MemberRow]:
    accounts = _accounts(membership)
    return [
        MemberRow(
            member=member,
            accounts=[account for account in accounts if account.holder_id == member.pk],
            sees=_sees(member),
        )
        for member in member_list(membership.household_id)
    ]


def _sees(member: HouseholdMember) -> str:
    if member.user_id is None:
        return "does not sign in"
    return "sees every account" if member.sees_all else "sees the accounts they hold"


def _what(grant: Grant, names: dict[UUID, str]) -> str:
    if grant.portfolio_id is None:
        return "the whole household"
    return names.get(grant.portfolio_id, "an account you do not see")


def _accounts(membership: HouseholdMember) -> list[Portfolio]:
    """Accounts of this household that the member sees; accounts of others' grants are not theirs to give."""
    visible = Portfolio.objects.visible_to(membership.user) if membership.user else Portfolio.objects.none()
    return list(visible.filter(household_id=membership.household_id).order_by("name"))


def _grant_form(membership: HouseholdMember, data: Any = None) -> GrantForm:
    accounts = [(str(account.pk), account.name) for account in _accounts(membership)]
    return GrantForm(data, accounts=accounts, whole=membership.sees_all)


def _show(form: forms.Form, error: DomainError) -> None:
    """Put a refusal beside the field it speaks of."""
    shown = {"expires_at": "last_day"}
    for field, sentences in (error.fields or {"": [error.detail]}).items():
        name = shown.get(field, field)
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - every view here asks for a login
    return request.user


def _membership(request: HttpRequest) -> HouseholdMember:
    membership = membership_of(_person(request))
    if membership is None:
        raise NotFound("You belong to no household.", code="not-found")
    return membership


def _done(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect_after_post(request, reverse("household"))
