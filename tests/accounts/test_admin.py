"""The support desk: operators act, auditors look, secrets stay out of sight."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import Grant, TokenFamily, User
from accounts.services.tokens import token_issue
from common.admin import OperatorAdmin
from tests.factories.accounts import NOON, PASSWORD, GrantFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def operator(client: Client) -> User:
    """An operator, signed in."""
    user = UserFactory(role="operator")
    client.force_login(user)
    return user


def act(client: Client, table: str, action: str, *rows: Any) -> Any:
    """Run an action of a table on some rows."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(reverse(f"admin:accounts_{table}_changelist"), data)


def test_every_table_of_the_desk_keeps_its_rules_and_can_be_searched() -> None:
    for model, desk in admin.site._registry.items():
        assert isinstance(desk, OperatorAdmin), model
        assert desk.search_fields, model


def test_an_operator_closes_and_opens_logins_but_not_their_own(client: Client, operator: User) -> None:
    person = UserFactory()
    act(client, "user", "close_logins", person, operator)
    person.refresh_from_db()
    operator.refresh_from_db()
    assert (person.is_active, operator.is_active) == (False, True)
    act(client, "user", "open_logins", person)
    person.refresh_from_db()
    assert person.is_active is True


def test_an_operator_ends_sign_ins_and_grants(client: Client, operator: User) -> None:
    person, grant = UserFactory(), GrantFactory()
    token_issue(email=person.email, password=PASSWORD, code="", address="192.0.2.1", client="", now=NOON)
    act(client, "user", "end_sign_ins", person)
    act(client, "grant", "revoke", grant)
    assert TokenFamily.objects.get().revoked_because == "ended by an operator"
    assert list(Grant.objects.active()) == []
    assert operator.is_operator


def test_an_auditor_runs_no_action(client: Client) -> None:
    person = UserFactory()
    client.force_login(UserFactory(role="auditor"))
    act(client, "user", "close_logins", person)
    person.refresh_from_db()
    assert person.is_active is True


def test_a_role_is_given_by_an_operator_and_nobody_gives_one_to_themselves(
    client: Client, operator: User
) -> None:
    person = UserFactory()
    change = {"role": "adviser", "email": "changed@example.test", "is_superuser": "on"}
    client.post(reverse("admin:accounts_user_change", args=[person.pk]), change)
    person.refresh_from_db()
    assert (person.role, person.is_superuser) == ("adviser", False)
    assert person.email != "changed@example.test"
    client.post(reverse("admin:accounts_user_change", args=[operator.pk]), {"role": "investor"})
    operator.refresh_from_db()
    assert operator.role == "operator"


def test_secrets_are_on_no_page(client: Client, operator: User) -> None:
    person = UserFactory()
    pair = token_issue(
        email=person.email, password=PASSWORD, code="", address="192.0.2.1", client="", now=NOON
    )
    TOTP.activate(person, SECRET)
    family = TokenFamily.objects.get()
    factor = Authenticator.objects.get()
    token = family.tokens.get()
    pages = [
        client.get(reverse(name, args=[pk])).content.decode()
        for name, pk in (
            ("admin:accounts_user_change", person.pk),
            ("admin:accounts_tokenfamily_change", family.pk),
            ("admin:accounts_refreshtoken_change", token.pk),
            ("admin:mfa_authenticator_change", factor.pk),
        )
    ]
    for secret in (person.password, family.stamp, token.digest, pair.refresh, factor.data["secret"]):
        assert all(secret not in page for page in pages)
    assert all(person.name in page for page in pages)


def test_an_investor_and_an_adviser_find_no_desk(client: Client) -> None:
    for role in ("investor", "adviser"):
        client.force_login(UserFactory(role=role))
        assert client.get("/admin/").status_code == 302
