"""Rows written over again: every column but the moment they were made, in one statement."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common.models import IdempotencyKey
from common.rewriting import rewrite_rows
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_rows_are_written_over_again_in_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    user, long_ago = UserFactory.create(), timezone.now() - timedelta(days=9)
    for key in ("a", "b", "c"):
        IdempotencyKey.objects.create(user=user, key=key, request_digest="old")
    IdempotencyKey.objects.update(created_at=long_ago, updated_at=long_ago)
    rows = list(IdempotencyKey.objects.exclude(key="c").order_by("key"))
    for row in rows:
        row.request_digest, row.response_body = f"new {row.key}", {"plan": row.key}

    with django_assert_num_queries(1):
        rewrite_rows(rows)

    kept = IdempotencyKey.objects.order_by("key")
    assert [(row.request_digest, row.response_body) for row in kept] == [
        ("new a", {"plan": "a"}), ("new b", {"plan": "b"}), ("old", None),
    ]  # fmt: skip
    assert {row.created_at for row in (*kept, *rows)} == {long_ago}
    assert [row.updated_at > long_ago for row in kept] == [True, True, False]


def test_no_rows_are_no_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        rewrite_rows([])
