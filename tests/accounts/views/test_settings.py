"""The settings page and what can be changed there."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Household, TaxProfile, TokenFamily, User
from accounts.services.tokens import token_issue
from tests.factories.accounts import PASSWORD, GrantFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db
PROFILE = {"name": "Elena", "time_zone": "Europe/Berlin", "locale": "en-GB"}


def program(user: User) -> TokenFamily:
    """A sign-in over the API that still holds."""
    token_issue(
        email=user.email,
        password=PASSWORD,
        code="",
        address="192.0.2.1",
        client="A program",
        now=timezone.now(),
    )
    return TokenFamily.objects.latest("created_at")


def test_the_page_shows_everything_that_can_be_set(client: Client) -> None:
    member = MemberFactory(user__name="Elena")
    client.force_login(member.user)
    program(member.user)
    page = client.get(reverse("accounts:settings"))
    text = page.content.decode()
    assert page.status_code == 200
    for words in (
        "Elena",
        "Base currency",
        "Filing status",
        "A program",
        'data-device="theme"',
        "Export everything",
    ):
        assert words in text
    assert re.search(r'aria-label="End the sign-in of A program since \d+ \w+ \d{4}">End</button>', text)
    ids = [part.split('"')[0] for part in text.split(' id="')[1:]]
    assert sorted(ids) == sorted(set(ids))


def test_without_a_household_the_page_leaves_its_parts_out(client: Client) -> None:
    client.force_login(UserFactory(role="adviser"))
    text = client.get(reverse("accounts:settings")).content.decode()
    assert "You belong to no household here." in text
    assert "Base currency" not in text


def test_the_profile_is_saved(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    response = client.post(reverse("accounts:profile_change"), PROFILE)
    assert (response.status_code, response.headers["Location"]) == (303, reverse("accounts:settings"))
    user.refresh_from_db()
    assert (user.name, user.time_zone, user.locale) == ("Elena", "Europe/Berlin", "en-GB")


def test_a_profile_that_does_not_fit_is_shown_again_with_its_field(client: Client) -> None:
    user = UserFactory(name="Before")
    client.force_login(user)
    response = client.post(reverse("accounts:profile_change"), PROFILE | {"time_zone": "Mars/Olympus"})
    assert response.status_code == 400
    assert list(response.context["profile_form"].errors) == ["time_zone"]
    user.refresh_from_db()
    assert user.name == "Before"


def test_base_currency_and_filing_status_are_saved_for_the_household(client: Client) -> None:
    member = MemberFactory()
    client.force_login(member.user)
    client.post(reverse("accounts:household_change"), {"name": "Ours", "base_currency": "CHF"})
    client.post(reverse("accounts:filing_status_change"), {"filing_status": "married_joint"})
    assert Household.objects.values_list("name", "base_currency").get() == ("Ours", "CHF")
    profile = TaxProfile.objects.get()
    assert (profile.household_id, profile.filing_status) == (member.household_id, "married_joint")


@pytest.mark.parametrize("sees", ["a grant", "own accounts"])
def test_who_does_not_see_everything_changes_nothing_of_the_household(client: Client, sees: str) -> None:
    user = GrantFactory(scope="manage").grantee if sees == "a grant" else MemberFactory(sees_all=False).user
    name = Household.objects.get().name
    client.force_login(user)
    for url, data in (
        ("accounts:household_change", {"name": "Theirs", "base_currency": "CHF"}),
        ("accounts:filing_status_change", {"filing_status": "single"}),
    ):
        assert client.post(reverse(url), data).status_code == 404
    assert Household.objects.get().name == name
    assert TaxProfile.objects.count() == 0


def test_one_sign_in_and_all_of_them_are_ended(client: Client) -> None:
    user = UserFactory()
    first, second = program(user), program(user)
    client.force_login(user)
    client.post(reverse("accounts:sign_in_end", args=[first.pk]))
    assert list(TokenFamily.objects.filter(revoked_at=None)) == [second]
    client.post(reverse("accounts:sign_ins_end"))
    assert TokenFamily.objects.filter(revoked_at=None).count() == 0


def test_the_sign_in_of_somebody_else_is_not_found(client: Client) -> None:
    family = program(UserFactory())
    client.force_login(UserFactory())
    assert client.post(reverse("accounts:sign_in_end", args=[family.pk])).status_code == 404
    assert TokenFamily.objects.get().revoked_at is None


def enter(client: Client, user: User) -> None:
    """Sign in, and give the password once more as sensitive pages ask for it."""
    client.force_login(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def test_closing_a_login_asks_for_the_password_first(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    response = client.post(reverse("accounts:deactivate"), {"email": user.email})
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert User.objects.get().is_active is True


def test_closing_a_login_takes_the_typed_address(client: Client) -> None:
    user = UserFactory()
    enter(client, user)
    wrong = client.post(reverse("accounts:deactivate"), {"email": "other@example.test"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (400, ["email"])
    assert User.objects.get().is_active is True
    right = client.post(reverse("accounts:deactivate"), {"email": user.email})
    assert (right.status_code, right.headers["Location"]) == (303, reverse("account_login"))
    assert User.objects.get().is_active is False
    assert "_auth_user_id" not in client.session


def test_the_demo_login_is_not_closed(client: Client) -> None:
    user: Any = UserFactory(is_demo=True)
    enter(client, user)
    response = client.post(reverse("accounts:deactivate"), {"email": user.email})
    assert "The demo login is shared" in response.content.decode()
    assert User.objects.get().is_active is True
