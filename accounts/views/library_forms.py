"""Forms of the auth library with their labels written as sentences, like those of all other pages."""

from typing import Any

from allauth.account import forms as library

from accounts.engine.wording import as_sentence


class _Sentences:
    """Before a form of the library: rewrites its labels."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = as_sentence(str(field.label or ""))


class LoginForm(_Sentences, library.LoginForm):  # type: ignore[misc] # the library ships no types
    """Signing in."""


class ChangePasswordForm(_Sentences, library.ChangePasswordForm):  # type: ignore[misc] # same
    """A new password for somebody who knows the old one."""


class ResetPasswordKeyForm(_Sentences, library.ResetPasswordKeyForm):  # type: ignore[misc] # same
    """A new password for somebody who has the letter."""
