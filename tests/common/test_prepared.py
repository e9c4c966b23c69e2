"""Queries that are built once: the values of their slots decide their rows, whoever built them first."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from common.prepared import Prepared

pytestmark = pytest.mark.django_db


def _people() -> list[User]:
    return [User.objects.create_user(email=f"{name}@wealthalloc.test", password="x") for name in "abc"]


def _by_key() -> Prepared:
    return Prepared(lambda key: User.objects.filter(pk=key).order_by().values_list("pk", "email"))


def test_each_asking_gets_the_rows_of_its_own_value_and_not_those_of_the_first() -> None:
    first, second, _ = _people()
    query = _by_key()

    assert query.rows(first.pk) == [(first.pk, "a@wealthalloc.test")]
    assert query.rows(second.pk) == [(second.pk, "b@wealthalloc.test")]
    assert query.rows(uuid4()) == []


def test_the_query_is_built_once_for_each_length_of_its_lists() -> None:
    people = _people()
    built: list[int] = []

    def build(keys: list[UUID]) -> QuerySet[Any, Any]:
        built.append(len(keys))
        emails: QuerySet[Any, Any] = User.objects.filter(pk__in=keys).order_by("email").values_list("email")
        return emails

    query = Prepared(build)

    assert query.rows([people[2].pk, people[0].pk]) == [("a@wealthalloc.test",), ("c@wealthalloc.test",)]
    assert query.rows((people[1].pk, uuid4())) == [("b@wealthalloc.test",)]
    assert query.rows([people[1].pk]) == [("b@wealthalloc.test",)]
    assert built == [2, 1]


def test_constants_and_moments_keep_their_places_among_the_slots() -> None:
    one, *_ = _people()
    now = timezone.now()
    User.objects.filter(pk=one.pk).update(date_joined=now)
    query = Prepared(
        lambda moment, key: (
            User.objects.filter(date_joined__gt=moment, is_active=True, pk=key)
            .exclude(email="b@wealthalloc.test")
            .values_list("email")
        )
    )

    assert query.rows(now - timedelta(seconds=1), one.pk) == [("a@wealthalloc.test",)]
    assert query.rows(now, one.pk) == []


def test_a_list_without_keys_has_no_rows_and_asks_nothing() -> None:
    query = Prepared(lambda keys: User.objects.filter(pk__in=keys).values_list("pk"))

    with CaptureQueriesContext(connection) as asked:
        assert query.rows([]) == []
    assert len(asked) == 0


def test_a_slot_that_the_query_does_not_use_is_refused() -> None:
    query = Prepared(lambda _key: User.objects.values_list("pk"))

    with pytest.raises(ValueError, match="A slot of this query is not used by it"):
        query.rows(uuid4())
