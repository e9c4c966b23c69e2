"""Reading sign-ins over the API."""

from datetime import datetime
from uuid import UUID

from accounts.models import TokenFamily, User


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
    family = (
        TokenFamily.objects.select_related("user")
        .filter(pk=family_id, user_id=user_id, revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    return family if family and family.fits(family.user) else None


def signed_in_at(family_id: UUID) -> datetime | None:
    """When the password of a sign-in over the API was given: refreshing its tokens makes it no younger."""
    return TokenFamily.objects.filter(pk=family_id).values_list("created_at", flat=True).first()
