"""Grants: given only within what the giver has, ended at once."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import Grant, Household, User
from accounts.services.grants import LOOKUPS, grant_create, grant_revoke
from common.errors import Conflict, InvalidInput, NotFound
from common.models import OutboxEvent
from common.throttling import TooManyAttempts
from tests.factories.accounts import NOON, GrantFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def give(giver: User, household_id: UUID, email: str, **changes: Any) -> Grant:
    """A grant to read the whole household, with what the test changes."""
    arguments: dict[str, Any] = {
        "scope": "read",
        "portfolio_id": None,
        "reach": [],
        "expires_at": None,
        "now": NOON,
    }
    return grant_create(giver=giver, household_id=household_id, grantee_email=email, **(arguments | changes))


def test_a_grant_shows_the_household_to_its_holder_until_it_is_revoked() -> None:
    member, adviser = MemberFactory(), UserFactory(role="adviser")
    grant = give(member.user, member.household_id, f" {adviser.email.upper()} ")
    assert list(Household.objects.visible_to(adviser)) == [member.household]
    grant_revoke(actor=member.user, grant_id=grant.pk, now=NOON)
    assert list(Household.objects.visible_to(adviser)) == []
    assert sorted(OutboxEvent.objects.values_list("topic", flat=True)) == ["grant.created", "grant.revoked"]


def test_a_grant_ends_with_its_last_moment() -> None:
    grant = GrantFactory(expires_at=NOON)
    assert list(Grant.objects.active(NOON - timedelta(seconds=1))) == [grant]
    assert list(Grant.objects.active(NOON)) == []


def test_a_limited_member_gives_only_an_account_they_see() -> None:
    member, adviser = MemberFactory(sees_all=False), UserFactory()
    own = uuid4()
    with pytest.raises(NotFound):
        give(member.user, member.household_id, adviser.email)
    with pytest.raises(NotFound):
        give(member.user, member.household_id, adviser.email, portfolio_id=uuid4(), reach=[own])
    assert Grant.objects.count() == 0
    grant = give(member.user, member.household_id, adviser.email, portfolio_id=own, reach=[own])
    assert grant.portfolio_id == own


@pytest.mark.parametrize("scope", ["read", "propose", "manage"])
def test_the_holder_of_a_grant_cannot_pass_it_on(scope: str) -> None:
    grant = GrantFactory(scope=scope)
    with pytest.raises(NotFound):
        give(grant.grantee, grant.household_id, UserFactory().email)
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("kind", ["unknown", "inactive", "member", "self"])
def test_an_address_that_cannot_be_given_access_gets_the_same_answer(kind: str) -> None:
    member = MemberFactory()
    emails = {
        "unknown": "nobody@example.test",
        "inactive": UserFactory(is_active=False).email,
        "member": MemberFactory(household=member.household).user.email,
        "self": member.user.email,
    }
    with pytest.raises(InvalidInput) as refusal:
        give(member.user, member.household_id, emails[kind])
    assert refusal.value.fields == {
        "email": ["Nobody outside your household signs in with this address. Ask them to sign up first."]
    }


def test_ten_addresses_that_lead_nowhere_are_enough_for_an_hour() -> None:
    member = MemberFactory()
    for number in range(LOOKUPS.attempts):
        with pytest.raises(InvalidInput):
            give(member.user, member.household_id, f"guess{number}@example.test")
    with pytest.raises(TooManyAttempts):
        give(member.user, member.household_id, UserFactory().email)
    assert Grant.objects.count() == 0


@pytest.mark.parametrize("field", ["expires_at", "scope"])
def test_an_end_in_the_past_and_an_unknown_scope_are_refused_by_field(field: str) -> None:
    member, adviser = MemberFactory(), UserFactory()
    changes = {"expires_at": NOON} if field == "expires_at" else {"scope": "everything"}
    with pytest.raises(InvalidInput) as refusal:
        give(member.user, member.household_id, adviser.email, **changes)
    assert list(refusal.value.fields) == [field]


def test_the_same_thing_is_not_granted_twice() -> None:
    member, adviser = MemberFactory(), UserFactory()
    give(member.user, member.household_id, adviser.email)
    with pytest.raises(Conflict) as refusal:
        give(member.user, member.household_id, adviser.email, scope="manage")
    assert refusal.value.code == "grant-exists"
    assert Grant.objects.get().scope == "read"


def test_a_grant_is_ended_by_its_household_by_its_giver_and_by_its_holder_but_by_nobody_else() -> None:
    member = MemberFactory()
    grant = GrantFactory(household=member.household, granted_by=member.user)
    for stranger in (UserFactory(), MemberFactory(household=member.household, sees_all=False).user):
        with pytest.raises(NotFound):
            grant_revoke(actor=stranger, grant_id=grant.pk, now=NOON)
    assert Grant.objects.get().revoked_at is None
    grant_revoke(actor=grant.grantee, grant_id=grant.pk, now=NOON)
    grant_revoke(actor=member.user, grant_id=grant.pk, now=NOON + timedelta(days=1))
    assert Grant.objects.get().revoked_at == NOON


def test_an_operator_ends_any_grant_and_an_auditor_none() -> None:
    grant = GrantFactory()
    with pytest.raises(NotFound):
        grant_revoke(actor=UserFactory(role="auditor"), grant_id=grant.pk, now=NOON, as_operator=True)
    grant_revoke(actor=UserFactory(role="operator"), grant_id=grant.pk, now=NOON, as_operator=True)
    assert Grant.objects.get().revoked_at == NOON
