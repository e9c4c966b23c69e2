"""Signing in over the API: short access tokens, and refresh tokens that can be used exactly once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from accounts.models import RefreshToken, TokenFamily, User
from accounts.services.sign_in import password_check
from common.audit import audit_record
from common.errors import DomainError, NotFound
from common.identifiers import uuid7
from common.transactions import write_transaction

ACCESS_LIFETIME = timedelta(minutes=5)
REFRESH_LIFETIME = timedelta(days=14)
# One algorithm, named here and nowhere else: what a token says of itself decides nothing.
ALGORITHM = "HS256"
ISSUER = "wealthalloc"
AUDIENCE = "wealthalloc-api"
KEY_SALT = "accounts.access-token"


class TokenRefused(DomainError):
    """The token was never given out, is spent, ended or too old; which of these is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """What a client gets for a password or for a refresh token."""

    access: str
    access_expires_at: datetime
    refresh: str
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """What a valid access token says: whose it is, and which sign-in it comes from.

    `signed_in_at` is when the password of that sign-in was given, once somebody has looked it up.
    """

    user_id: UUID
    family_id: UUID
    signed_in_at: datetime | None = None


def token_issue(
    *, email: str, password: str, code: str, address: str, client: str, now: datetime
) -> TokenPair:
    """Tokens for a person's email and password, and the code of their second factor when they have one.

    `address` is where the request came from, `client` what it calls itself. Raises what `password_check`
    raises.
    """
    user = password_check(email=email, password=password, code=code, address=address)
    return _family_begin(user=user, client=client, now=now)


def token_refresh(*, refresh: str, now: datetime) -> TokenPair:
    """New tokens for a refresh token, which is spent by this.

    A token that is used a second time has been copied: its whole family ends, so that neither the thief
    nor the owner can go on unseen. Raises TokenRefused.
    """
    # The refusal is raised outside of the transaction: inside, it would take the ending of the family back.
    pair = _exchange(digest=_digest(refresh), now=now)
    if pair is None:
        raise TokenRefused("This refresh token cannot be used. Sign in again.", code="invalid-token")
    return pair


@write_transaction
def token_revoke(*, refresh: str, now: datetime) -> None:
    """End the sign-in that a refresh token belongs to; a token that nobody knows changes nothing."""
    family = TokenFamily.objects.filter(tokens__digest=_digest(refresh)).first()
    if family is not None:
        _end(TokenFamily.objects.filter(pk=family.pk), because="signed out", now=now)
        audit_record(actor_id=family.user_id, action="sign_in.ended", subject=family, detail={})


@write_transaction
def family_revoke(*, user: User, family_id: UUID, now: datetime) -> None:
    """End one of one's own sign-ins. Raises NotFound for anybody else's."""
    family = TokenFamily.objects.visible_to(user).filter(pk=family_id).first()
    if family is None:
        raise NotFound("There is no such sign-in.", code="not-found")
    _end(TokenFamily.objects.filter(pk=family.pk), because="ended in settings", now=now)
    audit_record(actor_id=user.pk, action="sign_in.ended", subject=family, detail={})


@write_transaction
def families_revoke(*, user: User, because: str, now: datetime) -> int:
    """End all sign-ins of a person over the API; how many there were."""
    return _end(TokenFamily.objects.filter(user=user), because=because, now=now)


def access_token_read(token: str) -> AccessClaims:
    """What a token says, after its signature, algorithm, issuer, audience and end were checked.

    Whether the sign-in still holds is for the caller to ask. Raises TokenRefused.
    """
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            claims = jwt.decode(
                token,
                _key(secret),
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "sid", "jti"]},
            )
            return AccessClaims(user_id=UUID(claims["sub"]), family_id=UUID(claims["sid"]))
        except jwt.InvalidSignatureError:
            continue
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
            break
    raise TokenRefused("This access token cannot be used.", code="invalid-token")


@write_transaction
def _family_begin(*, user: User, client: str, now: datetime) -> TokenPair:
    family = TokenFamily.objects.create(
        user=user, client=client[:200], stamp=user.get_session_auth_hash(), last_used_at=now
    )
    audit_record(actor_id=user.pk, action="sign_in.began", subject=family, detail={"client": client[:200]})
    return _pair(family, now)


@write_transaction
def _exchange(*, digest: str, now: datetime) -> TokenPair | None:
    family = (
        TokenFamily.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(tokens__digest=digest)
        .first()
    )
    if family is None or family.revoked_at is not None:
        return None
    # Read after the family is locked: of many that come at once, only the first finds it unspent.
    token = RefreshToken.objects.get(digest=digest)
    if token.spent_at is not None:
        _end(TokenFamily.objects.filter(pk=family.pk), because="token used twice", now=now)
        audit_record(actor_id=family.user_id, action="sign_in.reuse", subject=family, detail={})
        return None
    if token.expires_at <= now or not family.user.is_active or not family.fits(family.user):
        return None
    token.spent_at = now
    token.save(update_fields=["spent_at", "updated_at"])
    family.last_used_at = now
    family.save(update_fields=["last_used_at", "updated_at"])
    return _pair(family, now)


def _pair(family: TokenFamily, now: datetime) -> TokenPair:
    refresh = secrets.token_urlsafe(32)
    stored = RefreshToken.objects.create(
        family=family, digest=_digest(refresh), expires_at=now + REFRESH_LIFETIME
    )
    expires_at = now + ACCESS_LIFETIME
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(family.user_id),
        "sid": str(family.pk),
        "jti": str(uuid7()),
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    access = jwt.encode(claims, _key(settings.SECRET_KEY), algorithm=ALGORITHM)
    return TokenPair(
        access=access,
        access_expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        refresh=refresh,
        refresh_expires_at=stored.expires_at,
    )


def _end(families: QuerySet[TokenFamily], *, because: str, now: datetime) -> int:
    return families.filter(revoked_at__isnull=True).update(revoked_at=now, revoked_because=because)


def _digest(refresh: str) -> str:
    # The token is 256 random bits: nobody can search for it, so its digest needs neither salt nor stretching.
    return hashlib.sha256(refresh.encode()).hexdigest()


def _key(secret: str) -> bytes:
    """A key for this one purpose, so that no other signature of the product can pass for a token."""
    return salted_hmac(KEY_SALT, "key", secret=secret, algorithm="sha256").digest()
