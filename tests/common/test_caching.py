"""Pages of a person stay with that person."""

import pytest
from django.test import Client

from accounts.models import User
from tests.factories.accounts import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/dashboard/", "/transactions/", "/transactions.csv", "/settings/", "/value.json"]
)
def test_no_cache_between_keeps_what_a_person_sees(client: Client, path: str) -> None:
    user: User = MemberFactory().user
    client.force_login(user)

    answer = client.get(path)

    assert answer["Cache-Control"] == "private, no-cache"
    assert "Cookie" in answer["Vary"]


def test_what_is_the_same_for_everybody_is_not_marked(client: Client) -> None:
    assert "Cache-Control" not in client.get("/healthz").headers


def test_a_view_that_says_more_of_itself_is_left_alone(client: Client) -> None:
    user: User = MemberFactory().user
    client.force_login(user)

    answer = client.get("/settings/export/")
    answer.close()

    assert answer["Cache-Control"] == "private, no-store"
