"""Checking who somebody is: password, second factor, and how often it may be tried."""

from contextlib import ExitStack
from datetime import datetime

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import authenticate

from accounts.models import User
from common.audit import audit_record
from common.errors import DomainError, NotFound
from common.throttling import Attempt, Limit, attempt_admit, attempts_clear
from common.transactions import write_transaction

# Failures, not sign-ins: an attempt that succeeds gives its place back.
FAILURES_BY_ACCOUNT = Limit(name="sign-in-account", attempts=5, seconds=300)
FAILURES_BY_ADDRESS = Limit(name="sign-in-address", attempts=10, seconds=60)

DEMO_EMAIL = "demo@wealthalloc.test"


class SignInRefused(DomainError):
    """Email, password or code do not fit an active login; which of them is not told."""


class CodeNeeded(DomainError):
    """The password fits, and this person also signs in with a code from their device."""


def attempts_admit(*, email: str, address: str) -> list[Attempt]:
    """Count a try at a password before it is made, by login and by network address.

    Raises TooManyAttempts and ThrottleUnavailable; a try that one window refuses is not counted in the
    other.
    """
    with ExitStack() as undo:
        by_address = attempt_admit(FAILURES_BY_ADDRESS, address)
        undo.callback(by_address.release)
        by_account = attempt_admit(FAILURES_BY_ACCOUNT, email.strip().lower())
        undo.pop_all()
    return [by_address, by_account]


def attempts_forget(*, email: str) -> None:
    """Start the count of a login anew: its owner proved themselves by mail."""
    attempts_clear(FAILURES_BY_ACCOUNT, email.strip().lower())


def password_check(*, email: str, password: str, code: str, address: str) -> User:
    """The person with this email and password, and with this code when they have a second factor.

    An unknown address takes as long as a wrong password. Raises SignInRefused, CodeNeeded,
    TooManyAttempts, and ThrottleUnavailable when tries cannot be counted.
    """
    attempts = attempts_admit(email=email, address=address)
    user = authenticate(None, email=email, password=password)
    if not isinstance(user, User):
        raise SignInRefused("Email and password do not fit an active login.", code="invalid-credentials")
    try:
        _second_factor_check(user, code)
    except CodeNeeded:
        # The password was right: asking for the code is a step of signing in, not a failure.
        _release(attempts)
        raise
    _release(attempts)
    if app_settings.EMAIL_VERIFICATION == app_settings.EmailVerificationMethod.MANDATORY and not (
        EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()
    ):
        raise SignInRefused("Confirm your email address first.", code="email-not-confirmed")
    return user


@write_transaction
def demo_login(*, now: datetime) -> User:
    """The demo login, for a visitor who wants a look around.

    Raises NotFound when this is not a demo or its household was not loaded.
    """
    user = User.objects.filter(email=DEMO_EMAIL, is_demo=True, is_active=True).first()
    if not settings.DEMO or user is None:
        raise NotFound("There is no demo here.", code="not-found")
    audit_record(actor_id=user.pk, action="demo.entered", subject=user, detail={"at": now.isoformat()})
    return user


def _second_factor_check(user: User, code: str) -> None:
    # Those two kinds are the ones on offer; both check a typed code and accept it once.
    factors = list(
        Authenticator.objects.filter(
            user=user, type__in=(Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
        )
    )
    if not factors:
        return
    if not code:
        raise CodeNeeded("Send the code of your second factor as `code`.", code="code-needed")
    if not any(factor.wrap().validate_code(code) for factor in factors):
        raise SignInRefused("The code does not fit. Codes work once, for half a minute.", code="invalid-code")


def _release(attempts: list[Attempt]) -> None:
    for attempt in attempts:
        attempt.release()
