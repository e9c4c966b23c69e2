"""Changing households: who belongs, what each sees, and in which currency everything is added up."""

from uuid import UUID

from django.db.models import ProtectedError
from django.utils import timezone

from accounts.engine.preferences import BASE_CURRENCIES, name_from_email
from accounts.models import Grant, Household, HouseholdMember, User
from common.audit import audit_record
from common.errors import Conflict, InvalidInput, NotFound
from common.transactions import write_transaction

NOT_YOURS = "There is no such household among yours."


@write_transaction
def sign_up_complete(*, user: User) -> Household:
    """Store a person who signed up, together with the household they start.

    Without a name they are called by their address. Raises Conflict when they already have a household.
    """
    user.name = user.name.strip() or name_from_email(user.email)
    user.save()
    return household_create_for(user=user)


@write_transaction
def household_create_for(*, user: User, name: str = "", base_currency: str = "USD") -> Household:
    """A household with `user` as its first member.

    Raises Conflict when they are a member of one already: two would let one trade wash the losses of two
    tax returns.
    """
    if HouseholdMember.objects.filter(user=user).exists():
        raise Conflict("You already belong to a household.", code="household-exists")
    person = user.name or name_from_email(user.email)
    household = Household.objects.create(
        name=name or f"{person}’s household"[:120], base_currency=base_currency
    )
    HouseholdMember.objects.create(household=household, user=user, name=person)
    audit_record(actor_id=user.pk, action="household.created", subject=household, detail={})
    return household


@write_transaction
def household_update(*, actor: User, household_id: UUID, name: str, base_currency: str) -> Household:
    """Rename a household or change the currency in which its accounts are added up.

    Raises NotFound unless `actor` sees all of the household, and InvalidInput for a currency not offered.
    """
    household = _managed(actor, household_id)
    if base_currency not in dict(BASE_CURRENCIES):
        raise InvalidInput(
            f"{base_currency} is not one of the currencies on offer.",
            code="unknown-currency",
            fields={"base_currency": ["Choose one of the currencies on offer."]},
        )
    before = {"name": household.name, "base_currency": household.base_currency}
    household.name, household.base_currency = name, base_currency
    household.save(update_fields=["name", "base_currency", "updated_at"])
    audit_record(actor_id=actor.pk, action="household.updated", subject=household, detail={"before": before})
    return household


@write_transaction
def member_add(*, actor: User, household_id: UUID, name: str, relationship: str) -> HouseholdMember:
    """Add a person without a login: a spouse or a dependant whose accounts count for the same tax return.

    Raises NotFound unless `actor` sees all of the household.
    """
    household = _managed(actor, household_id)
    member = HouseholdMember.objects.create(
        household=household, name=name, relationship=relationship, sees_all=False
    )
    audit_record(
        actor_id=actor.pk, action="member.added", subject=member, detail={"relationship": relationship}
    )
    return member


@write_transaction
def member_update(
    *, actor: User, member_id: UUID, name: str, relationship: str, sees_all: bool
) -> HouseholdMember:
    """Change a member's name, relationship or view.

    A member whose view is narrowed can no longer vouch for others: the grants they gave end with it.
    Raises NotFound unless `actor` sees all of the household, and Conflict when they would narrow their own
    view, since somebody must be able to open it again.
    """
    member = _managed_member(actor, member_id)
    if member.user_id == actor.pk and not sees_all:
        raise Conflict("You cannot narrow your own view of the household.", code="own-view")
    narrowed = member.sees_all and not sees_all
    before = {"relationship": member.relationship, "sees_all": member.sees_all}
    member.name, member.relationship, member.sees_all = name, relationship, sees_all
    member.save(update_fields=["name", "relationship", "sees_all", "updated_at"])
    if narrowed:
        _end_grants_given(member)
    audit_record(actor_id=actor.pk, action="member.updated", subject=member, detail={"before": before})
    return member


@write_transaction
def member_remove(*, actor: User, member_id: UUID) -> None:
    """Take a person out of the household.

    Raises NotFound unless `actor` sees all of the household, and Conflict for oneself and for a member who
    still holds accounts: these belong to the household's tax return as long as they are in the book.
    """
    member = _managed_member(actor, member_id)
    if member.user_id == actor.pk:
        raise Conflict("You cannot remove yourself from your household.", code="own-membership")
    audit_record(
        actor_id=actor.pk,
        action="member.removed",
        subject=member,
        detail={"household": str(member.household_id), "relationship": member.relationship},
    )
    _end_grants_given(member)
    try:
        member.delete()
    except ProtectedError:
        raise Conflict(
            f"{member.name} still holds accounts in the book. Give these to somebody else first.",
            code="member-holds-accounts",
        ) from None


def _managed(actor: User, household_id: UUID) -> Household:
    household = (
        Household.objects.select_for_update(of=("self",))
        .filter(pk=household_id)
        .filter(pk__in=HouseholdMember.objects.filter(user=actor, sees_all=True).values("household_id"))
        .first()
    )
    if household is None:
        raise NotFound(NOT_YOURS, code="not-found")
    return household


def _managed_member(actor: User, member_id: UUID) -> HouseholdMember:
    member = HouseholdMember.objects.visible_to(actor).filter(pk=member_id).first()
    if member is None:
        raise NotFound("There is no such person in your household.", code="not-found")
    _managed(actor, member.household_id)
    return HouseholdMember.objects.select_for_update().get(pk=member_id)


def _end_grants_given(member: HouseholdMember) -> None:
    if member.user_id is not None:
        Grant.objects.active().filter(household_id=member.household_id, granted_by_id=member.user_id).update(
            revoked_at=timezone.now()
        )
