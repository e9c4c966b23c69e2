"""Access tokens in the `Authorization` header of API requests."""

from dataclasses import replace
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User
from accounts.selectors.sign_ins import sign_in_standing
from accounts.services.tokens import AccessClaims, TokenRefused, access_token_read

SCHEME = "Bearer"
REFUSED = "This access token cannot be used. Refresh it, or sign in again."


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`.

    The person and their sign-in are read in one query with every request, so a token ends with its
    sign-in, with the password and with the login: at once, not when it runs out.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessClaims] | None:
        """The person of the token; None when the request brings none, so that a session may serve."""
        words = get_authorization_header(request).split()
        if not words or words[0].decode("latin-1").lower() != SCHEME.lower():
            return None
        if len(words) != 2:  # noqa: PLR2004 - scheme and token
            raise AuthenticationFailed(REFUSED, code="invalid-token")
        try:
            claims = access_token_read(words[1].decode("latin-1"))
        except TokenRefused:
            raise AuthenticationFailed(REFUSED, code="invalid-token") from None
        standing = sign_in_standing(family_id=claims.family_id, user_id=claims.user_id)
        if standing is None:
            raise AuthenticationFailed(REFUSED, code="invalid-token")
        return standing.user, replace(claims, signed_in_at=standing.created_at)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework asks so
        """The challenge of a 401."""
        return f'{SCHEME} realm="wealthalloc"'


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the library's own registry
    """How the schema describes the tokens."""

    target_class = "accounts.api.authentication.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - as above
        """A bearer token in JWT form."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
