"""People who are signed in, and instruments for everybody: what sockets need to be opened with."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts.models import User
from portfolios.models import Instrument


def instruments_make(count: int) -> list[str]:
    """Symbols that everybody may watch."""
    symbols = [f"BENCH{number}" for number in range(count)]
    known = set(Instrument.objects.filter(symbol__in=symbols).values_list("symbol", flat=True))
    Instrument.objects.bulk_create(
        Instrument(symbol=symbol, currency="USD") for symbol in symbols if symbol not in known
    )
    return symbols


def cookies_make(count: int) -> list[str]:
    """Cookies of so many people who are signed in."""
    return [cookie_of(_person(number)) for number in range(count)]


def _person(number: int) -> User:
    email = f"bench-visitor-{number}@wealthalloc.test"
    return User.objects.filter(email=email).first() or User.objects.create_user(email)


def cookie_of(user: User) -> str:
    """The cookie of a new sign-in."""
    store: Any = import_module(settings.SESSION_ENGINE)
    session = store.SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
