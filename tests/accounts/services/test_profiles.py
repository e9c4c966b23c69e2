"""Profiles, filing status, and closing a login."""

from typing import Any

import pytest

from accounts.models import Grant, Household, TaxProfile, TokenFamily, User
from accounts.selectors.profiles import tax_profile_get
from accounts.services import profiles, tokens
from common.errors import Conflict, InvalidInput, NotFound
from tests.factories.accounts import NOON, PASSWORD, GrantFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_profile_keeps_name_time_zone_and_locale() -> None:
    user = UserFactory()
    profiles.profile_update(user=user, name=" Elena ", time_zone="Europe/Berlin", locale="de-DE")
    stored = User.objects.get()
    assert (stored.name, stored.time_zone, stored.locale) == ("Elena", "Europe/Berlin", "de-DE")


@pytest.mark.parametrize("field", ["time_zone", "locale"])
def test_an_unknown_time_zone_or_locale_is_refused_by_field(field: str) -> None:
    user = UserFactory()
    choice: dict[str, Any] = {"name": "X", "time_zone": "UTC", "locale": "en-US"}
    with pytest.raises(InvalidInput) as refusal:
        profiles.profile_update(user=user, **(choice | {field: "Mars/Olympus"}))
    assert list(refusal.value.fields) == [field]
    assert User.objects.get().time_zone == "America/New_York"


def test_what_nobody_has_said_is_unknown_and_not_zero() -> None:
    member = MemberFactory()
    record = tax_profile_get(member.household_id, 2026)
    assert (record.filing_status, record.ordinary_income, record.state_rate) == (None, None, None)


def test_the_filing_status_is_kept_by_year_and_can_be_taken_back() -> None:
    member = MemberFactory()
    arguments = {"actor": member.user, "household_id": member.household_id}
    profiles.tax_profile_update(**arguments, year=2025, filing_status="single")
    profiles.tax_profile_update(**arguments, year=2026, filing_status="married_joint")
    assert tax_profile_get(member.household_id, 2026).filing_status == "married_joint"
    profiles.tax_profile_update(**arguments, year=2026, filing_status="")
    assert tax_profile_get(member.household_id, 2026).filing_status is None
    assert tax_profile_get(member.household_id, 2025).filing_status == "single"


def test_a_grant_does_not_open_the_tax_profile() -> None:
    grant = GrantFactory(scope="manage")
    with pytest.raises(NotFound):
        profiles.tax_profile_update(
            actor=grant.grantee, household_id=grant.household_id, year=2026, filing_status="single"
        )
    assert TaxProfile.objects.count() == 0


def test_a_filing_status_that_form_1040_does_not_have_is_refused() -> None:
    member = MemberFactory()
    with pytest.raises(InvalidInput):
        profiles.tax_profile_update(
            actor=member.user, household_id=member.household_id, year=2026, filing_status="royalty"
        )
    assert TaxProfile.objects.count() == 0


def test_closing_a_login_ends_tokens_and_grants_and_keeps_the_household() -> None:
    member = MemberFactory()
    GrantFactory(household=member.household, granted_by=member.user)
    tokens.token_issue(
        email=member.user.email, password=PASSWORD, code="", address="192.0.2.1", client="", now=NOON
    )
    profiles.account_deactivate(user=member.user, actor=member.user, now=NOON)
    assert User.objects.get(pk=member.user_id).is_active is False
    assert TokenFamily.objects.get().revoked_because == "login closed"
    assert Grant.objects.get().revoked_at == NOON
    assert Household.objects.count() == 1


def test_the_shared_demo_login_cannot_be_closed() -> None:
    user = UserFactory(is_demo=True)
    with pytest.raises(Conflict):
        profiles.account_deactivate(user=user, actor=user, now=NOON)
    assert User.objects.get().is_active is True


def test_a_closed_login_can_be_opened_again() -> None:
    user, operator = UserFactory(is_active=False), UserFactory(role="operator")
    profiles.account_reactivate(user=user, actor=operator)
    assert User.objects.get(pk=user.pk).is_active is True
