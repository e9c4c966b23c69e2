"""Reading households: whose one is, who belongs to it, and who was given a look."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Grant, Household, HouseholdMember, User


def household_of(user: User) -> Household | None:
    """The household that `user` is a member of; None for operators and for those who only hold grants."""
    return Household.objects.filter(members__user=user).first()


def membership_of(user: User) -> HouseholdMember | None:
    """How `user` belongs to a household; None when they belong to none."""
    return HouseholdMember.objects.select_related("household").filter(user=user).first()


def member_list(household_id: UUID) -> QuerySet[HouseholdMember]:
    """Everybody in a household, in the order in which they came."""
    return (
        HouseholdMember.objects.filter(household_id=household_id)
        .select_related("user")
        .order_by("created_at", "id")
    )


def grant_list_given(household_id: UUID, *, viewer: User, now: datetime) -> QuerySet[Grant]:
    """Grants of a household that hold at `now` and that `viewer` may see, newest first."""
    return (
        Grant.objects.visible_to(viewer)
        .active(now)
        .filter(household_id=household_id)
        .select_related("grantee", "granted_by")
        .order_by("-created_at", "-id")
    )


def grant_list_received(user: User, *, now: datetime) -> QuerySet[Grant]:
    """Grants that let `user` see other households at `now`, by household."""
    return (
        Grant.objects.active(now)
        .filter(grantee=user)
        .select_related("household", "granted_by")
        .order_by("household__name", "-created_at", "-id")
    )
