"""Lists by cursor: complete, without doubles, and safe against made-up cursors."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from common.models import OutboxEvent
from common.pagination import BookCursorPagination

pytestmark = pytest.mark.django_db


def page(query: str) -> tuple[list[str], BookCursorPagination]:
    """Topics on a page, and the paginator for its neighbours."""
    paginator = BookCursorPagination()
    request = Request(APIRequestFactory().get(f"/api/v1/x?{query}"))
    rows: Any = paginator.paginate_queryset(OutboxEvent.objects.all(), request)
    return [row.topic for row in rows], paginator


def test_pages_follow_each_other_newest_first_even_when_rows_are_added() -> None:
    for number in range(5):
        OutboxEvent.objects.create(topic=str(number))
    topics, paginator = page("page_size=2")
    assert topics == ["4", "3"]
    OutboxEvent.objects.create(topic="new")
    following = str(paginator.get_next_link()).partition("?")[2]
    topics, paginator = page(following)
    assert topics == ["2", "1"]
    topics, paginator = page(str(paginator.get_next_link()).partition("?")[2])
    assert (topics, paginator.get_next_link()) == (["0"], None)


def test_a_page_holds_at_most_two_hundred_rows() -> None:
    OutboxEvent.objects.bulk_create([OutboxEvent(topic="x") for _ in range(205)])
    assert len(page("")[0]) == 50
    assert len(page("page_size=1000")[0]) == 200


@pytest.mark.parametrize("inside", ["p=rubbish", "p=%00", "o=-1", "o=x", "r=2&p=1", "p=" + "9" * 400, "ü"])
def test_a_cursor_that_nobody_gave_is_refused_by_name(inside: str) -> None:
    OutboxEvent.objects.create(topic="x")
    with pytest.raises(exceptions.ValidationError) as refusal:
        page(urlencode({"cursor": b64encode(inside.encode()).decode()}))
    assert refusal.value.detail == {"cursor": ["This is not a cursor that this list gave."]}


def test_a_cursor_that_is_no_base64_is_refused() -> None:
    with pytest.raises(exceptions.ValidationError):
        page("cursor=a")
