"""How signing up, signing in and passwords of the login pages meet the rules of this product."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest
from django.utils import timezone

from accounts.engine.wording import as_sentence
from accounts.models import User
from accounts.services.households import sign_up_complete
from accounts.services.sign_in import attempts_admit, attempts_forget
from accounts.services.tokens import families_revoke
from common.throttling import Attempt, ThrottleUnavailable, TooManyAttempts


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # the library ships no types
    """Starts a household at sign-up, counts failures as the API does, ends tokens with their password."""

    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:  # noqa: ARG002, FBT001, FBT002 - theirs
        """Store a new person together with the household they start."""
        super().save_user(request, user, form, commit=False)
        user.name = form.cleaned_data.get("name", "")
        sign_up_complete(user=user)
        return user

    def format_email_subject(self, subject: str) -> str:
        """The subject of a letter, after the name of the product."""
        return str(super().format_email_subject(as_sentence(subject)))

    def set_password(self, user: User, password: str) -> None:
        """Change a password; whoever signed in over the API with the old one is signed out."""
        super().set_password(user, password)
        families_revoke(user=user, because="password changed", now=timezone.now())

    def clean_password(self, password: str, user: User | None = None) -> str:
        """The rules for passwords; the shared demo login keeps its own."""
        if user is not None and getattr(user, "is_demo", False):
            raise forms.ValidationError("The demo login is shared: its password cannot be changed.")
        return str(super().clean_password(password, user=user))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before it is made, by login and by network address."""
        email = str(credentials.get("email") or credentials.get("username") or "")
        try:
            self._attempts: list[Attempt] = attempts_admit(email=email, address=self.get_client_ip(request))
        except TooManyAttempts:
            raise self.validation_error("too_many_login_attempts") from None
        except ThrottleUnavailable as error:
            raise forms.ValidationError(error.detail) from None

    def _rollback_login_failed_rl_usage(self) -> None:
        for attempt in self._attempts:
            attempt.release()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002 - theirs
        attempts_forget(email=str(credentials.get("email") or credentials.get("username") or ""))
