"""Signing up, in and out in the browser, and the way back after a forgotten password."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import HouseholdMember, TokenFamily, User
from accounts.services.tokens import token_issue
from tests.factories.accounts import NOON, PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SIGN_UP = {
    "email": "Elena@Example.test",
    "name": "Elena",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    """What the login form answers."""
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_labels_and_subjects_of_the_library_are_sentences(client: Client) -> None:
    assert ">Remember me<" in " ".join(client.get(reverse("account_login")).content.decode().split())
    client.post(reverse("account_signup"), SIGN_UP)
    page = " ".join(client.get(reverse("account_change_password")).content.decode().split())
    assert re.findall(r">((?:Current|New) [Pp]assword[^<]*)<", page) == [
        "Current password",
        "New password",
        "New password (again)",
    ]
    assert mail.outbox[0].subject == "WealthAlloc: Please confirm your email address"


def test_signing_up_starts_a_household_and_signs_in(client: Client) -> None:
    response = client.post(reverse("account_signup"), SIGN_UP)
    assert response.status_code == 302
    user = User.objects.get()
    assert (user.email, user.name, user.role, user.is_staff) == (
        "elena@example.test",
        "Elena",
        "investor",
        False,
    )
    member = HouseholdMember.objects.get(user=user)
    assert (member.household.name, member.sees_all) == ("Elena’s household", True)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert mail.outbox[0].to == ["elena@example.test"]


def test_nobody_signs_up_as_an_operator(client: Client) -> None:
    client.post(reverse("account_signup"), SIGN_UP | {"role": "operator", "is_superuser": "1"})
    user = User.objects.get()
    assert (user.role, user.is_superuser) == ("investor", False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nothing"}, "email"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "password123456", "password2": "password123456"}, "password1"),
        ({"password2": "another battery staple"}, "password2"),
    ],
)
def test_a_sign_up_that_does_not_fit_names_its_field_and_stores_nobody(
    client: Client, change: dict[str, str], field: str
) -> None:
    response = client.post(reverse("account_signup"), SIGN_UP | change)
    assert list(response.context["form"].errors) == [field]
    assert User.objects.count() == 0


def test_an_address_is_taken_whatever_its_case(client: Client) -> None:
    UserFactory(email="elena@example.test")
    response = client.post(reverse("account_signup"), SIGN_UP)
    assert list(response.context["form"].errors) == ["email"]
    assert User.objects.count() == 1


def test_signing_in_and_out(client: Client) -> None:
    user = UserFactory()
    assert sign_in(client, user.email.upper()).url == "/"
    assert client.session["_auth_user_id"] == str(user.pk)
    client.get(reverse("account_logout"))
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_and_an_unknown_address_read_the_same(client: Client) -> None:
    user = UserFactory()
    wrong = sign_in(client, user.email, "wrong").context["form"].errors
    unknown = sign_in(client, "nobody@example.test").context["form"].errors
    assert wrong == unknown
    assert "_auth_user_id" not in client.session


def test_after_five_failures_the_form_asks_to_wait(client: Client) -> None:
    user = UserFactory()
    for _ in range(5):
        sign_in(client, user.email, "wrong")
    errors = sign_in(client, user.email).context["form"].errors
    assert "Too many failed login attempts" in str(errors)
    assert "_auth_user_id" not in client.session


def test_failures_over_the_api_count_at_the_login_page(client: Client) -> None:
    user = UserFactory()
    for _ in range(5):
        answer = client.post(
            "/api/v1/auth/token", {"email": user.email, "password": "wrong"}, "application/json"
        )
        assert answer.status_code == 401
    assert "Too many failed login attempts" in str(sign_in(client, user.email).context["form"].errors)


def test_without_its_counter_the_login_page_refuses_in_words(client: Client, settings: Any) -> None:
    user = UserFactory()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    errors = sign_in(client, user.email).context["form"].errors
    assert "Signing in is not possible for the moment" in str(errors)


def test_a_closed_login_is_not_signed_in(client: Client) -> None:
    user = UserFactory(is_active=False)
    assert sign_in(client, user.email).url == reverse("account_inactive")
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_replaced_by_mail_and_ends_every_other_sign_in(client: Client) -> None:
    user = UserFactory()
    elsewhere = Client()
    elsewhere.force_login(user)
    token_issue(email=user.email, password=PASSWORD, code="", address="192.0.2.1", client="", now=NOON)

    client.post(reverse("account_reset_password"), {"email": user.email})
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert found
    form = client.get(found[1]).headers["Location"]
    client.post(form, {"password1": "a new long password", "password2": "a new long password"})

    assert sign_in(Client(), user.email).context["form"].errors
    assert sign_in(client, user.email, "a new long password").url == "/"
    assert TokenFamily.objects.get().revoked_because == "password changed"
    assert elsewhere.get(reverse("accounts:settings")).status_code == 302
    # The link has been used.
    assert client.get(found[1]).status_code == 200


def test_a_reset_for_an_unknown_address_looks_the_same_and_sends_no_link(client: Client) -> None:
    user = UserFactory()
    known = client.post(reverse("account_reset_password"), {"email": user.email})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.test"})
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert "password/reset/key" not in str(mail.outbox[-1].body)


def test_changing_the_password_ends_sign_ins_over_the_api(client: Client) -> None:
    user = UserFactory()
    token_issue(email=user.email, password=PASSWORD, code="", address="192.0.2.1", client="", now=NOON)
    client.force_login(user)
    new = "a new long password"
    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    user.refresh_from_db()
    assert user.check_password(new)
    assert TokenFamily.objects.get().revoked_because == "password changed"


def test_the_password_of_the_shared_demo_login_stays(client: Client) -> None:
    user = UserFactory(is_demo=True)
    client.force_login(user)
    new = "a new long password"
    response = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert "The demo login is shared" in str(response.context["form"].errors)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_one_click_opens_the_demo_where_one_runs(client: Client, settings: Any) -> None:
    user = UserFactory(email="demo@wealthalloc.test", is_demo=True)
    assert client.post(reverse("accounts:demo_enter")).status_code == 404
    settings.DEMO = True
    assert client.get(reverse("accounts:demo_enter")).status_code == 405
    assert client.post(reverse("accounts:demo_enter")).status_code == 303
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_support_desk_is_entered_through_the_login_page(client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))
