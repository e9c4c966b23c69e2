"""Sign-ins in the browser, read by who has no request."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.selectors.sessions import session_user
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    made: User = UserFactory()
    return made


@pytest.fixture
def client_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


def key(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_a_sign_in_names_its_person(client_in: Client, person: User) -> None:
    assert session_user(key(client_in)) == person


@pytest.mark.parametrize("nothing", [None, "", "made-up", "a" * 32])
def test_what_is_no_sign_in_names_nobody(nothing: str | None) -> None:
    assert session_user(nothing) is None


def test_signing_out_ends_it(client_in: Client) -> None:
    known = key(client_in)
    client_in.logout()
    assert session_user(known) is None


def test_a_closed_login_and_another_password_end_it(client_in: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert session_user(key(client_in)) is None
    User.objects.filter(pk=person.pk).update(is_active=True, password="another")
    assert session_user(key(client_in)) is None


def test_a_sign_in_under_an_earlier_signing_key_holds_and_is_left_as_it_is(
    client_in: Client, person: User, settings: Any
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-0123456789-0123456789-0123456789-0123456789"
    assert session_user(key(client_in)) == person
    assert session_user(key(client_in)) == person
