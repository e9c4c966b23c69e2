"""Rows of several tables in one statement, as each table would have got them by itself."""

import pytest
from pytest_django import DjangoAssertNumQueries

from common.audit import audit_event
from common.bulk import rows_insert
from common.models import AuditEvent, OutboxEvent
from tests.factories.accounts import MemberFactory

pytestmark = pytest.mark.django_db


def test_rows_of_two_tables_are_written_in_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    member = MemberFactory()
    lines = [
        audit_event(actor_id=member.user_id, action="thing.done", subject=member, detail={"no": number})
        for number in range(2)
    ]
    news = OutboxEvent(topic="thing.changed", household_id=member.household_id, payload={"a": ["ä", None]})

    with django_assert_num_queries(1):
        rows_insert(lines, [], [news])

    written = AuditEvent.objects.filter(action="thing.done").order_by("pk")
    assert [(row.pk, row.actor_id, row.detail) for row in written] == [
        (line.pk, member.user_id, {"no": number}) for number, line in enumerate(lines)
    ]
    told = OutboxEvent.objects.get(topic="thing.changed")
    assert (told.pk, told.payload, told.relayed_at) == (news.pk, {"a": ["ä", None]}, None)
    assert told.created_at == news.created_at
    assert not news._state.adding


def test_no_rows_take_no_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        rows_insert([], [])
