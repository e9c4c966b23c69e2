"""Signing in over the API, and what a token opens."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from accounts.models import TokenFamily, User
from accounts.services.tokens import ALGORITHM, AUDIENCE, ISSUER, _key
from tests.factories.accounts import PASSWORD, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def post(client: Client, path: str, body: Any) -> Any:
    """A JSON request."""
    return client.post(f"/api/v1/auth/{path}", json.dumps(body), "application/json")


def sign_in(client: Client, user: User) -> dict[str, Any]:
    """The tokens of a fresh sign-in."""
    answer = post(client, "token", {"email": user.email, "password": PASSWORD})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def look(client: Client, access: str, scheme: str = "Bearer") -> Any:
    """A request with an access token."""
    return client.get("/api/v1/households", headers={"Authorization": f"{scheme} {access}"})


def test_email_and_password_give_tokens_that_open_the_api(client: Client) -> None:
    member = MemberFactory(household__name="Ours")
    pair = sign_in(client, member.user)
    assert sorted(pair) == ["access", "access_expires_at", "refresh", "refresh_expires_at"]
    answer = look(client, pair["access"])
    assert answer.status_code == 200
    assert [row["name"] for row in answer.json()["results"]] == ["Ours"]
    claims = jwt.decode(pair["access"], options={"verify_signature": False})
    assert sorted(claims) == ["aud", "exp", "iat", "iss", "jti", "sid", "sub"]
    assert claims["exp"] - claims["iat"] == 300
    assert claims["sid"] == str(TokenFamily.objects.get().pk)


def test_tokens_are_kept_by_no_cache(client: Client) -> None:
    answer = post(client, "token", {"email": UserFactory().email, "password": PASSWORD})
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_wrong_password_is_a_problem_document_with_a_challenge(client: Client) -> None:
    answer = post(client, "token", {"email": UserFactory().email, "password": "wrong"})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="wealthalloc"'
    assert answer.json() == {
        "type": "/problems/invalid-credentials",
        "title": "Not signed in",
        "status": 401,
        "detail": "Email and password do not fit an active login.",
        "instance": "/api/v1/auth/token",
    }


def test_missing_fields_are_named(client: Client) -> None:
    answer = post(client, "token", {"email": "nothing"})
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/invalid-input"
    assert answer.json()["errors"] == {
        "email": ["Enter a valid email address."],
        "password": ["This field is required."],
    }


def test_a_second_factor_is_asked_for(client: Client) -> None:
    user = UserFactory()
    TOTP.activate(user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    answer = post(client, "token", {"email": user.email, "password": PASSWORD})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/code-needed")


def test_too_many_failures_say_when_to_come_back(client: Client) -> None:
    user = UserFactory()
    for _ in range(5):
        assert post(client, "token", {"email": user.email, "password": "wrong"}).status_code == 401
    answer = post(client, "token", {"email": user.email, "password": PASSWORD})
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too-many-attempts")
    assert 295 <= int(answer.headers["Retry-After"]) <= 300


def test_without_its_counter_the_api_signs_nobody_in(client: Client, settings: Any) -> None:
    user = UserFactory()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = post(client, "token", {"email": user.email, "password": PASSWORD})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/throttle-unavailable")


def test_a_refresh_token_is_exchanged_once_and_its_copy_ends_the_sign_in(client: Client) -> None:
    first = sign_in(client, MemberFactory().user)
    second = post(client, "token/refresh", {"refresh": first["refresh"]}).json()
    assert look(client, second["access"]).status_code == 200
    replay = post(client, "token/refresh", {"refresh": first["refresh"]})
    assert (replay.status_code, replay.json()["type"]) == (401, "/problems/invalid-token")
    assert look(client, second["access"]).status_code == 401
    assert post(client, "token/refresh", {"refresh": second["refresh"]}).status_code == 401


def test_revoking_ends_access_at_once(client: Client) -> None:
    pair = sign_in(client, MemberFactory().user)
    assert post(client, "token/revoke", {"refresh": pair["refresh"]}).status_code == 204
    assert post(client, "token/revoke", {"refresh": "unknown"}).status_code == 204
    assert look(client, pair["access"]).status_code == 401


@pytest.mark.parametrize("change", ["password", "closed"])
def test_access_ends_at_once_with_the_password_and_with_the_login(client: Client, change: str) -> None:
    user = MemberFactory().user
    pair = sign_in(client, user)
    if change == "password":
        user.set_password("another long password")
    else:
        user.is_active = False
    user.save()
    assert look(client, pair["access"]).status_code == 401


def part(value: dict[str, Any]) -> str:
    """A piece of a hand-made token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forgeries(user: User, family: TokenFamily, secret: str) -> dict[str, str]:
    """Tokens for a real person and a real sign-in that must not open anything."""
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user.pk),
        "sid": str(family.pk),
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + timedelta(minutes=5),
    }
    key = _key(secret)

    def signed(changes: dict[str, Any], *, key: Any = key, algorithm: str = ALGORITHM, **more: Any) -> str:
        body = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(body, key, algorithm=algorithm, **more)

    plain = {
        name: int(value.timestamp()) if isinstance(value, datetime) else value
        for name, value in claims.items()
    }
    past = now - timedelta(hours=1)
    return {
        "alg none": f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(plain)}.",
        "alg None": f"{part({'alg': 'None', 'typ': 'JWT'})}.{part(plain)}.",
        "another algorithm": signed({}, key=key * 2, algorithm="HS512"),
        "the secret itself as key": signed({}, key=secret),
        "another key": signed({}, key="k" * 32),
        "a key named by path": signed({}, key="\x00" * 32, headers={"kid": "../../dev/zero"}),
        "expired": signed({"iat": past, "exp": past + timedelta(minutes=5)}),
        "another audience": signed({"aud": "somebody-else"}),
        "no audience": signed({"aud": None}),
        "another issuer": signed({"iss": "somebody-else"}),
        "no end": signed({"exp": None}),
        "no sign-in": signed({"sid": None}),
        "an unknown sign-in": signed({"sid": str(uuid4())}),
        "another person": signed({"sub": str(UserFactory().pk)}),
        "no uuid": signed({"sub": "1"}),
        "not yet": signed({"iat": now + timedelta(hours=1)}),
        "nothing": "",
        "rubbish": "a.b.c",
        "two words": "a b",
        "other letters": "ünï.cödé.x",
    }


def test_no_forged_token_opens_anything(client: Client, settings: Any) -> None:
    member = MemberFactory()
    pair = sign_in(client, member.user)
    family = TokenFamily.objects.get()
    assert look(client, pair["access"]).status_code == 200
    answers = {
        name: (answer.status_code, answer.json()["type"])
        for name, token in forgeries(member.user, family, settings.SECRET_KEY).items()
        for answer in [look(client, token)]
    }
    assert answers == dict.fromkeys(answers, (401, "/problems/invalid-token"))
    assert len(answers) == 20


def test_a_tampered_signature_and_a_refresh_token_are_not_access(client: Client) -> None:
    pair = sign_in(client, MemberFactory().user)
    head, body, signature = pair["access"].split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert look(client, f"{head}.{body}.{flipped}").status_code == 401
    assert look(client, pair["refresh"]).status_code == 401


def test_another_scheme_is_not_read_as_a_token(client: Client) -> None:
    pair = sign_in(client, MemberFactory().user)
    answer = look(client, pair["access"], scheme="Token")
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-authenticated")
    assert look(client, pair["access"], scheme="bearer").status_code == 200


def test_a_token_is_authenticated_with_one_query(client: Client, django_assert_num_queries: Any) -> None:
    pair = sign_in(client, UserFactory())
    # The token, the households, nothing else: there are none whose members could be read.
    with django_assert_num_queries(2):
        assert look(client, pair["access"]).status_code == 200
