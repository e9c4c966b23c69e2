"""Whose taxes a person may look at, and of whom the book knows nothing."""

from uuid import UUID

from accounts.models import HouseholdMember, User, Viewer
from accounts.selectors.households import membership_of
from portfolios.models import Portfolio


def sees_taxes_of(user: Viewer, household_id: UUID) -> bool:
    """Whether `user` sees all accounts of this household as a member; grants do not open tax profiles."""
    if not isinstance(user, User):
        return False
    membership = membership_of(user)
    return membership is not None and membership.sees_all and membership.household_id == household_id


def people_unseen(household_id: UUID) -> int:
    """How many of a household whose purchases count have no account in the book; dependants' do not count."""
    held = Portfolio.objects.filter(household_id=household_id).values("holder_id")
    people = HouseholdMember.objects.filter(household_id=household_id).exclude(pk__in=held)
    return people.exclude(relationship=HouseholdMember.Relationship.DEPENDANT).count()
