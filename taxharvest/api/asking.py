"""Who asks an operation that trades, under which key, and when they last proved who they are."""

from datetime import datetime

from rest_framework.request import Request

from accounts.models import User
from accounts.selectors.sessions import last_proof
from accounts.selectors.sign_ins import signed_in_at
from accounts.services.tokens import AccessClaims
from common.errors import InvalidInput, NotFound

KEY_HEADER = "Idempotency-Key"


def caller(request: Request) -> User:
    """Who asks; operations are behind authentication, so there is somebody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


def proof_of(request: Request) -> datetime | None:
    """When the caller last gave their password: for this sign-in over the API, or in this browser."""
    if isinstance(request.auth, AccessClaims):
        return signed_in_at(request.auth.family_id)
    return last_proof(request._request)  # noqa: SLF001 (the session belongs to Django's request)


def key_of(request: Request) -> str:
    """The key that makes a request one effect. Raises InvalidInput without one."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        raise InvalidInput(
            f"Send a header {KEY_HEADER}: a new one for every decision, the same one to try it again.",
            code="key-missing",
        )
    return key
