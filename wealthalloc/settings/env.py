"""Typed reading of environment variables: what is wrong is said with the name of the variable."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from common.addresses import UnsafeAddress, address_check
from common.encryption import Keyring, KeyringError, keyring_read

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


def env_text(name: str, default: str | None = None) -> str:
    """The variable as text; without a default it must be set and not empty."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set. See docs/how-to/run.md.")
    return default


def env_choice(name: str, choices: tuple[str, ...], default: str) -> str:
    """The variable as one of a few words."""
    value = env_text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be one of {', '.join(choices)}.")
    return value


def env_flag(name: str, *, default: bool) -> bool:
    """The variable as yes or no: 1, true, yes, on; 0, false, no, off."""
    word = env_text(name, "1" if default else "0").lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name} is {word!r}: it must be 1 or 0, true or false, yes or no, on or off.")


def env_whole(name: str, default: int, *, at_least: int = 0, at_most: int | None = None) -> int:
    """The variable as a whole number within its bounds."""
    text = env_text(name, str(default))
    try:
        number = int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {text!r}: it must be a whole number.") from None
    if number < at_least or (at_most is not None and number > at_most):
        bounds = f"at least {at_least}" if at_most is None else f"between {at_least} and {at_most}"
        raise ImproperlyConfigured(f"{name} is {number}: it must be {bounds}.")
    return number


def env_list(name: str, default: tuple[str, ...] | None = None) -> list[str]:
    """The variable as a list of words separated by commas; without a default it must be set."""
    text = env_text(name, None if default is None else ",".join(default))
    return [word.strip() for word in text.split(",") if word.strip()]


def env_secret(name: str, default: str | None = None) -> str:
    """The variable itself, or the content of the file that NAME_FILE names (for mounted secrets).

    Setting both is refused: one of them would be silently ignored.
    """
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return env_text(name, default)
    if os.environ.get(name, "").strip():
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one.")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE names {path!r}, which cannot be read: {error}.") from error
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE names {path!r}, which is empty.")
    return value


def env_address(name: str, default: str) -> str:
    """The variable as the address of a server: HTTPS, or plain HTTP to this machine by its number."""
    address = env_text(name, default)
    try:
        parts = address_check(address)
    except UnsafeAddress as error:
        raise ImproperlyConfigured(f"{name} cannot be used: {error}.") from None
    if parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{name} cannot be used: it must end with its path.")
    return address.rstrip("/")


def env_keyring(name: str, default: str | None = None) -> Keyring:
    """The variable, a secret, as keys that seal other secrets: `name:key,name:key`, the current one first."""
    try:
        return keyring_read(env_secret(name, default))
    except KeyringError as error:
        raise ImproperlyConfigured(f"{name} cannot be used: {error}.") from None


def database_from(url: str, *, name: str = "DATABASE_URL") -> dict[str, Any]:
    """A Django database from a URL such as postgresql://user:password@host:5432/book."""
    if not url.startswith(("postgres://", "postgresql://", "cockroachdb://")):
        raise ImproperlyConfigured(f"{name} must begin with postgresql:// (or cockroachdb://).")
    try:
        database: dict[str, Any] = dict(environ.Env.db_url_config(url))
    except (ValueError, ImproperlyConfigured):
        # The URL holds a password: it is not repeated.
        raise ImproperlyConfigured(
            f"{name} cannot be read: expected postgresql://user:password@host:port/name."
        ) from None
    if not database.get("NAME"):
        raise ImproperlyConfigured(f"{name} names no database: add /name at its end.")
    return database


def redis_from(url: str, *, name: str = "REDIS_URL") -> str:
    """A checked Redis or Valkey URL such as redis://:password@host:6379/0."""
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured(f"{name} must begin with redis:// (or rediss://).")
    return url
