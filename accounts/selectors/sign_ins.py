"""Reading sign-ins over the API."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from accounts.models import TokenFamily, User
from common.joined_rows import models_of, part_of

STANDING = """
SELECT {family}, {user} FROM token_families f JOIN users u ON u.id = f.user_id
WHERE f.id = %s AND f.user_id = %s AND f.revoked_at IS NULL AND u.is_active
"""


def sign_in_list(user: User, *, now: datetime) -> list[TokenFamily]:
    """Sign-ins over the API that still hold at `now`, the one used last first."""
    families = TokenFamily.objects.visible_to(user).live(now).order_by("-last_used_at", "-id")
    return [family for family in families if family.fits(user)]


def sign_in_user(*, family_id: UUID, user_id: UUID) -> User | None:
    """The person of a sign-in that still holds, in one query; None when it was ended or never was."""
    family = sign_in_standing(family_id=family_id, user_id=user_id)
    return None if family is None else family.user


def sign_in_standing(*, family_id: UUID, user_id: UUID) -> TokenFamily | None:
    """A sign-in that still holds, with its person, in one query; None when it was ended or never was."""
    of_family, of_user = part_of(TokenFamily, "f"), part_of(User, "u")
    # Every request over the API begins with it.
    statement = STANDING.format(family=of_family.columns, user=of_user.columns)
    with connection.cursor() as cursor:
        cursor.execute(statement, [family_id, user_id])
        row = cursor.fetchone()
    if row is None:
        return None
    family: TokenFamily
    family, family.user = models_of(row, of_family, of_user)
    return family if family.fits(family.user) else None


def signed_in_at(family_id: UUID) -> datetime | None:
    """When the password of a sign-in over the API was given: refreshing its tokens makes it no younger."""
    return TokenFamily.objects.filter(pk=family_id).values_list("created_at", flat=True).first()
