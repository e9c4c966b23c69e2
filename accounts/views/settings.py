"""The settings page: the person, this device, the household, sign-ins, and leaving."""

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import DeactivateForm, FilingStatusForm, HouseholdForm, ProfileForm
from accounts.models import HouseholdMember, User
from accounts.selectors.households import membership_of
from accounts.selectors.profiles import tax_profile_get
from accounts.selectors.sign_ins import sign_in_list
from accounts.services.households import household_update
from accounts.services.profiles import account_deactivate, profile_update, tax_profile_update
from accounts.services.tokens import families_revoke, family_revoke
from common.errors import DomainError, NotFound
from common.htmx import redirect_after_post

# What this device remembers, as static/js/theme.js keeps it: key, label, choices, first one the default.
APPEARANCE: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("theme", "Theme", (("auto", "As the device"), ("light", "Light"), ("dark", "Dark"))),
    ("density", "Tables", (("comfortable", "Comfortable"), ("compact", "Compact"))),
    (
        "gain",
        "Gain and loss",
        (("green-red", "Green and red"), ("red-green", "Red and green"), ("blue-orange", "Blue and orange")),
    ),
)


@login_required
@require_GET
def settings_page(request: HttpRequest) -> HttpResponse:
    """Everything that can be set."""
    return _page(request)


@login_required
@require_POST
def profile_change(request: HttpRequest) -> HttpResponse:
    """Name, time zone, and how numbers are written."""
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _page(request, profile_form=form)
    profile_update(user=_person(request), **form.cleaned_data)
    return _saved(request, "Your profile was saved.")


@login_required
@require_POST
def household_change(request: HttpRequest) -> HttpResponse:
    """Name and base currency of the household."""
    person, membership = _person(request), _membership(request)
    form = HouseholdForm(request.POST)
    if not form.is_valid():
        return _page(request, household_form=form)
    household_update(actor=person, household_id=membership.household_id, **form.cleaned_data)
    return _saved(request, "The household was saved.")


@login_required
@require_POST
def filing_status_change(request: HttpRequest) -> HttpResponse:
    """How the household files this year."""
    person, membership = _person(request), _membership(request)
    form = FilingStatusForm(request.POST)
    if not form.is_valid():
        return _page(request, tax_form=form)
    tax_profile_update(actor=person, household_id=membership.household_id, year=_year(), **form.cleaned_data)
    return _saved(request, "The filing status was saved.")


@login_required
@require_POST
def sign_in_end(request: HttpRequest, family_id: UUID) -> HttpResponse:
    """End one sign-in over the API."""
    family_revoke(user=_person(request), family_id=family_id, now=timezone.now())
    return _saved(request, "That sign-in has ended.")


@login_required
@require_POST
def sign_ins_end(request: HttpRequest) -> HttpResponse:
    """End every sign-in over the API."""
    count = families_revoke(user=_person(request), because="ended in settings", now=timezone.now())
    return _saved(request, f"{count} sign-in{'' if count == 1 else 's'} ended.")


@login_required
@reauthentication_required  # type: ignore[untyped-decorator] # the library ships no types
@require_http_methods(["GET", "POST"])
def deactivate(request: HttpRequest) -> HttpResponse:
    """Close one's own login, after the password and the address were given once more."""
    person = _person(request)
    form = DeactivateForm(request.POST or None, expected=person.email)
    if request.method == "POST" and form.is_valid():
        try:
            account_deactivate(user=person, actor=person, now=timezone.now())
        except DomainError as error:
            form.add_error(None, error.detail)
        else:
            logout(request)
            messages.success(request, "Your login is closed.")
            return redirect_after_post(request, reverse("account_login"))
    return render(request, "accounts/deactivate.html", {"form": form}, status=400 if form.errors else 200)


def _page(request: HttpRequest, **bound: forms.Form) -> HttpResponse:
    person = _person(request)
    membership = membership_of(person)
    context: dict[str, Any] = {
        "profile_form": ProfileForm(
            initial={"name": person.name, "time_zone": person.time_zone, "locale": person.locale}
        ),
        "membership": membership,
        "appearance": APPEARANCE,
        "sign_ins": sign_in_list(person, now=timezone.now()),
        "has_second_factor": is_mfa_enabled(person),
        "year": _year(),
    }
    if membership is not None and membership.sees_all:
        household = membership.household
        record = tax_profile_get(household.pk, _year())
        context["household_form"] = HouseholdForm(
            initial={"name": household.name, "base_currency": household.base_currency}
        )
        context["tax_form"] = FilingStatusForm(initial={"filing_status": record.filing_status or ""})
    return render(request, "accounts/settings.html", context | bound, status=400 if bound else 200)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - every view here asks for a login
    return request.user


def _membership(request: HttpRequest) -> HouseholdMember:
    membership = membership_of(_person(request))
    if membership is None or not membership.sees_all:
        raise NotFound("You belong to no household that you may change.", code="not-found")
    return membership


def _saved(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect_after_post(request, reverse("accounts:settings"))


def _year() -> int:
    return timezone.now().year
