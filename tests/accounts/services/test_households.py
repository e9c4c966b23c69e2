"""Households: who belongs to them, and what each member sees."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Grant, Household, HouseholdMember, User
from accounts.services import households
from common.errors import Conflict, InvalidInput, NotFound
from common.models import AuditEvent
from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_sign_up_without_a_name_is_called_by_its_address() -> None:
    user = User(email="anna.van-berg@example.test")
    user.set_unusable_password()
    household = households.sign_up_complete(user=user)
    assert user.name == "Anna Van Berg"
    assert household.name == "Anna Van Berg’s household"
    assert household.base_currency == "USD"
    member = HouseholdMember.objects.get(user=user)
    assert (member.household_id, member.relationship, member.sees_all) == (household.pk, "self", True)


def test_a_person_cannot_start_a_second_household() -> None:
    member = MemberFactory()
    with pytest.raises(Conflict) as refusal:
        households.household_create_for(user=member.user)
    assert refusal.value.code == "household-exists"
    assert Household.objects.count() == 1


def test_a_member_renames_the_household_and_the_audit_trail_keeps_the_old_name() -> None:
    member = MemberFactory(household__name="Old")
    households.household_update(
        actor=member.user, household_id=member.household_id, name="New", base_currency="EUR"
    )
    household = Household.objects.get()
    assert (household.name, household.base_currency) == ("New", "EUR")
    assert AuditEvent.objects.get().detail == {"before": {"name": "Old", "base_currency": "USD"}}


def test_a_currency_that_is_not_on_offer_changes_nothing() -> None:
    member = MemberFactory()
    with pytest.raises(InvalidInput) as refusal:
        households.household_update(
            actor=member.user, household_id=member.household_id, name="New", base_currency="ZZZ"
        )
    assert refusal.value.fields == {"base_currency": ["Choose one of the currencies on offer."]}
    assert Household.objects.get().name == member.household.name


@pytest.mark.parametrize("role", ["stranger", "grantee", "limited member"])
def test_only_a_member_who_sees_everything_changes_a_household(role: str) -> None:
    member = MemberFactory(household__name="Mine")
    actor = UserFactory()
    if role == "grantee":
        GrantFactory(household=member.household, grantee=actor, scope="manage")
    if role == "limited member":
        MemberFactory(household=member.household, user=actor, sees_all=False)
    before = list(HouseholdMember.objects.order_by("pk").values())
    calls: list[tuple[Any, dict[str, Any]]] = [
        (
            households.household_update,
            {"household_id": member.household_id, "name": "Theirs", "base_currency": "EUR"},
        ),
        (
            households.member_add,
            {"household_id": member.household_id, "name": "X", "relationship": "spouse"},
        ),
        (
            households.member_update,
            {"member_id": member.pk, "name": "X", "relationship": "self", "sees_all": False},
        ),
        (households.member_remove, {"member_id": member.pk}),
    ]
    for service, arguments in calls:
        with pytest.raises(NotFound):
            service(actor=actor, **arguments)
    assert Household.objects.get().name == "Mine"
    assert list(HouseholdMember.objects.order_by("pk").values()) == before


def test_a_member_without_a_login_is_added_and_removed() -> None:
    member = MemberFactory()
    spouse = households.member_add(
        actor=member.user, household_id=member.household_id, name="Marcus", relationship="spouse"
    )
    assert (spouse.user_id, spouse.sees_all, spouse.relationship) == (None, False, "spouse")
    households.member_remove(actor=member.user, member_id=spouse.pk)
    assert list(HouseholdMember.objects.values_list("pk", flat=True)) == [member.pk]
    assert list(AuditEvent.objects.order_by("created_at").values_list("action", flat=True)) == [
        "member.added",
        "member.removed",
    ]


def test_nobody_removes_themselves_or_narrows_their_own_view() -> None:
    member = MemberFactory()
    with pytest.raises(Conflict):
        households.member_remove(actor=member.user, member_id=member.pk)
    with pytest.raises(Conflict):
        households.member_update(
            actor=member.user, member_id=member.pk, name="X", relationship="self", sees_all=False
        )
    member.refresh_from_db()
    assert member.sees_all is True


def test_narrowing_a_members_view_ends_the_grants_they_gave() -> None:
    member = MemberFactory()
    spouse = MemberFactory(household=member.household, relationship="spouse")
    given = GrantFactory(household=member.household, granted_by=spouse.user)
    kept = GrantFactory(household=member.household, granted_by=member.user)
    households.member_update(
        actor=member.user, member_id=spouse.pk, name="Marcus", relationship="spouse", sees_all=False
    )
    assert list(Grant.objects.active().values_list("pk", flat=True)) == [kept.pk]
    assert Grant.objects.get(pk=given.pk).revoked_at is not None


def test_a_member_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        households.member_remove(actor=MemberFactory().user, member_id=uuid4())
