"""Lessons over the API: the shelf, one lesson, filters, and nothing without a sign-in."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from mlrecs.models import Lesson
from mlrecs.services.lessons import lesson_reached, lessons_load
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
LESSONS = "/api/v1/lessons"


@pytest.fixture
def person() -> User:
    """Somebody, and the library of the release."""
    lessons_load()
    user: User = UserFactory.create()
    return user


@pytest.fixture
def api(person: User) -> APIClient:
    """A client of theirs."""
    client = APIClient()
    client.force_login(person)
    return client


def test_the_shelf_holds_every_lesson_with_one_s_own_progress(api: APIClient, person: User) -> None:
    lesson_reached(person, "lots", part=1, now=timezone.now())

    answer = api.get(LESSONS)

    assert answer.status_code == 200
    assert len(answer.json()) == 12
    first = answer.json()[0]
    assert (first["slug"], first["percent"], first["finished_at"], first["level"]) == (
        "lots",
        14,
        None,
        "basic",
    )
    assert "transcript" not in first
    assert api.get(LESSONS, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_topic_and_level_narrow_the_shelf(api: APIClient) -> None:
    assert [one["slug"] for one in api.get(LESSONS, {"topic": "Risk", "level": "basic"}).json()] == [
        "drawdown",
        "diversification",
    ]
    refused = api.get(LESSONS, {"level": "easy"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["level"])


def test_a_lesson_comes_with_its_text_and_its_neighbours(api: APIClient) -> None:
    told = api.get(f"{LESSONS}/lots").json()

    assert told["transcript"].startswith("A line that reads “120 shares".replace("“", '"'))
    assert told["related"] == ["lot-relief", "wash-sales"]
    assert told["following"] == "lot-relief"


def test_what_is_not_published_does_not_exist(api: APIClient) -> None:
    Lesson.objects.filter(slug="lots").update(is_published=False)

    assert api.get(f"{LESSONS}/lots").status_code == 404
    assert len(api.get(LESSONS).json()) == 11


def test_nobody_reads_without_signing_in(person: User) -> None:
    assert APIClient().get(LESSONS).status_code == 401
    assert APIClient().get(f"{LESSONS}/lots").status_code == 401
