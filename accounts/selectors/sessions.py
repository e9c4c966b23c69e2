"""Reading sign-ins in the browser: whose one is, and whether it still holds."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User


def session_user(session_key: str | None) -> User | None:
    """The person of a sign-in that still holds; None when it was ended, has run out, or its login is closed.

    It only reads. Django's own way to the user of a request renews a sign-in that was made under an earlier
    signing key, and that of Channels ends it: a socket may do neither, since it can set no cookie.
    """
    if not session_key:
        return None
    store: Any = import_module(settings.SESSION_ENGINE)
    session = store.SessionStore(session_key)
    backend = session.get(BACKEND_SESSION_KEY)
    if backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = load_backend(backend).get_user(session.get(SESSION_KEY))
    if isinstance(user, User) and _fits(user, session.get(HASH_SESSION_KEY, "")):
        return user
    return None


def _fits(user: User, stamp: str) -> bool:
    stamps = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(stamp, one) for one in stamps)


def last_proof(request: HttpRequest) -> datetime | None:
    """When the person of a browser's sign-in last proved who they are: at the sign-in, or again since.

    None for a sign-in that keeps no record of it.
    """
    if getattr(request, "session", None) is None or not isinstance(request.user, User):
        return None
    moments = [record["at"] for record in get_authentication_records(request, request.user)]
    return datetime.fromtimestamp(max(moments), UTC) if moments else None
