"""The tax profile page: what the tax rules are told of a household, year by year."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import TaxProfileForm
from accounts.models import HouseholdMember, User
from accounts.selectors.households import membership_of
from accounts.selectors.profiles import tax_profile_get, tax_profile_years
from accounts.services.profiles import FIRST_YEAR, tax_profile_save
from common.errors import DomainError, NotFound
from common.htmx import redirect_after_post

# Offered besides the years that something was said about.
YEARS_BACK = 4


@login_required
@require_safe
def tax_profile_now(request: HttpRequest) -> HttpResponse:
    """The current year's profile."""
    return _profile(request, timezone.localdate().year)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tax_profile(request: HttpRequest, year: int) -> HttpResponse:
    """One year: shown, and changed by what is posted."""
    if not FIRST_YEAR <= year <= timezone.localdate().year + 1:
        raise NotFound("There is no profile of that year.", code="not-found")
    return _profile(request, year)


def _profile(request: HttpRequest, year: int) -> HttpResponse:
    membership = _membership(request)
    record = tax_profile_get(membership.household_id, year)
    posted = request.POST if request.method == "POST" else None
    form = TaxProfileForm(posted, initial=TaxProfileForm.told(record))
    if request.method == "POST" and form.is_valid() and _saved(form, membership, year):
        messages.success(request, f"The tax profile of {year} was saved.")
        return redirect_after_post(request, reverse("accounts:tax_profile", args=[year]))
    context = {
        "form": form,
        "year": year,
        "years": _years(membership, year),
        "household": membership.household,
    }
    return render(request, "accounts/tax_profile.html", context, status=422 if form.errors else 200)


def _years(membership: HouseholdMember, shown: int) -> list[int]:
    """The last years, those that something was said about, and the one that is shown; newest first."""
    last = timezone.localdate().year
    told = tax_profile_years(membership.household_id)
    return sorted({*range(last - YEARS_BACK, last + 1), *told, shown}, reverse=True)


def _saved(form: TaxProfileForm, membership: HouseholdMember, year: int) -> bool:
    assert membership.user is not None  # noqa: S101 - somebody who signed in
    try:
        tax_profile_save(
            actor=membership.user,
            household_id=membership.household_id,
            year=year,
            **form.values(),
        )
    except NotFound:
        raise
    except DomainError as refusal:
        for field, sentences in refusal.fields.items():
            for sentence in sentences:
                form.add_error(form.shown_as(field), sentence)
        return False
    return True


def _membership(request: HttpRequest) -> HouseholdMember:
    membership = membership_of(request.user) if isinstance(request.user, User) else None
    if membership is None or not membership.sees_all:
        raise NotFound("You belong to no household whose tax profile you may see.", code="not-found")
    return membership
