"""Whose taxes a person may look at."""

from uuid import UUID

from accounts.models import User, Viewer
from accounts.selectors.households import membership_of


def sees_taxes_of(user: Viewer, household_id: UUID) -> bool:
    """Whether `user` sees all accounts of this household as a member; grants do not open tax profiles."""
    if not isinstance(user, User):
        return False
    membership = membership_of(user)
    return membership is not None and membership.sees_all and membership.household_id == household_id
