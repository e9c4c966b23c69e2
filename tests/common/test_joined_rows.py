"""Models out of a statement of one's own are as the models' own queries give them."""

import pytest
from django.db import connection

from accounts.models import HouseholdMember, User
from common.joined_rows import models_of, part_of
from tests.factories.accounts import MemberFactory

pytestmark = pytest.mark.django_db

STATEMENT = "SELECT {member}, {user} FROM household_members m JOIN users u ON u.id = m.user_id"


def test_joined_rows_are_whole_models() -> None:
    MemberFactory(sees_all=False)
    of_member, of_user = part_of(HouseholdMember, "m"), part_of(User, "u")
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(member=of_member.columns, user=of_user.columns))
        member, user = models_of(cursor.fetchone(), of_member, of_user)

    for found, kept in ((member, HouseholdMember.objects.get()), (user, User.objects.get())):
        assert found == kept
        for field in kept._meta.concrete_fields:
            assert getattr(found, field.attname) == getattr(kept, field.attname)
        assert not found._state.adding


def test_a_column_that_is_left_out_is_read_when_it_is_asked_for() -> None:
    kept = MemberFactory().user
    part = part_of(User, "u", frozenset(["password"]))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {part.columns} FROM users u")  # noqa: S608 - columns of ours
        (user,) = models_of(cursor.fetchone(), part)

    assert user.get_deferred_fields() == {"password"}
    assert user.password == kept.password
