"""Checking passwords: how often it may be tried, and what a second factor adds."""

from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time

from accounts.models import User
from accounts.services.sign_in import CodeNeeded, SignInRefused, demo_login, password_check
from common.errors import NotFound
from common.models import AuditEvent
from common.throttling import ThrottleUnavailable, TooManyAttempts
from tests.factories.accounts import NOON, PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def check(email: str, password: str = PASSWORD, code: str = "", address: str = "192.0.2.1") -> User:
    """A try from one network address."""
    return password_check(email=email, password=password, code=code, address=address)


def code_now() -> str:
    """What the authenticator app shows."""
    return str(format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time())))))


def test_the_right_password_signs_in_whatever_the_case_of_the_address() -> None:
    user = UserFactory(email="elena@example.test")
    assert check("Elena@Example.test") == user


@pytest.mark.parametrize("kind", ["wrong password", "unknown address", "closed login"])
def test_a_refusal_does_not_say_what_was_wrong(kind: str) -> None:
    user = UserFactory(is_active=kind != "closed login")
    with pytest.raises(SignInRefused) as refusal:
        check(
            "nobody@example.test" if kind == "unknown address" else user.email,
            "wrong" if kind == "wrong password" else PASSWORD,
        )
    assert refusal.value.detail == "Email and password do not fit an active login."
    assert refusal.value.code == "invalid-credentials"


def test_after_five_failures_even_the_right_password_must_wait() -> None:
    user = UserFactory()
    for number in range(5):
        with pytest.raises(SignInRefused):
            check(user.email, "wrong", address=f"192.0.2.{number}")
    with pytest.raises(TooManyAttempts) as refusal:
        check(user.email, address="192.0.2.99")
    assert 295 <= refusal.value.retry_after <= 300


def test_ten_failures_from_one_address_close_it_for_every_login() -> None:
    for number in range(10):
        with pytest.raises(SignInRefused):
            check(f"nobody{number}@example.test")
    with pytest.raises(TooManyAttempts) as refusal:
        check(UserFactory().email)
    assert 55 <= refusal.value.retry_after <= 60


def test_sign_ins_that_succeed_are_not_counted() -> None:
    user = UserFactory()
    for _ in range(12):
        assert check(user.email) == user


def test_without_its_counter_nobody_signs_in(settings: Any) -> None:
    user = UserFactory()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(ThrottleUnavailable):
        check(user.email)


def test_a_second_factor_asks_for_its_code_and_accepts_each_once() -> None:
    user = UserFactory()
    TOTP.activate(user, SECRET)
    with pytest.raises(CodeNeeded):
        check(user.email)
    code = code_now()
    assert check(user.email, code=code) == user
    with pytest.raises(SignInRefused) as refusal:
        check(user.email, code=code)
    assert refusal.value.code == "invalid-code"


def test_a_recovery_code_serves_once() -> None:
    user = UserFactory()
    TOTP.activate(user, SECRET)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    assert check(user.email, code=code) == user
    with pytest.raises(SignInRefused):
        check(user.email, code=code)


def test_wrong_codes_count_as_failures() -> None:
    user = UserFactory()
    TOTP.activate(user, SECRET)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            check(user.email, code="000000" if code_now() != "000000" else "111111")
    with pytest.raises(TooManyAttempts):
        check(user.email, code=code_now())


def test_asking_for_the_code_is_not_a_failure() -> None:
    user = UserFactory()
    TOTP.activate(user, SECRET)
    for _ in range(7):
        with pytest.raises(CodeNeeded):
            check(user.email)
    assert check(user.email, code=code_now()) == user


def test_the_secret_of_a_second_factor_is_stored_sealed() -> None:
    TOTP.activate(UserFactory(), SECRET)
    stored = Authenticator.objects.get().data["secret"]
    assert SECRET not in stored
    assert stored.startswith("v1:")
    assert get_adapter().decrypt(stored) == SECRET


def test_an_address_that_must_be_confirmed_first_is_told_so(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    user = UserFactory()
    assert check(user.email) == user
    user.emailaddress_set.update(verified=False)
    with pytest.raises(SignInRefused) as refusal:
        check(user.email)
    assert refusal.value.code == "email-not-confirmed"


def test_the_demo_opens_only_where_a_demo_runs(settings: Any) -> None:
    settings.DEMO = True
    with pytest.raises(NotFound):
        demo_login(now=NOON)
    user = UserFactory(email="demo@wealthalloc.test", is_demo=True)
    assert demo_login(now=NOON) == user
    assert AuditEvent.objects.get().action == "demo.entered"
    settings.DEMO = False
    with pytest.raises(NotFound):
        demo_login(now=NOON)
