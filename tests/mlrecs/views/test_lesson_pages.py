"""The pages of the library: the shelf, a lesson, progress, and that a text is shown as text."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from mlrecs.models import Lesson, LessonProgress
from mlrecs.services.lessons import lessons_load
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
LEARN, LOTS = "/learn/", "/learn/lots/"
PROGRESS = "/learn/lots/progress/"


@pytest.fixture
def person(client: Client) -> User:
    """Somebody signed in, with the library of the release."""
    lessons_load()
    user: User = UserFactory.create()
    client.force_login(user)
    return user


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_shelf_shows_twelve_lessons_by_topic_with_progress(client: Client, person: User) -> None:
    client.post(PROGRESS, {"part": "1"})

    shown = text(client.get(LEARN))

    assert "0 of 12 read, about" in shown
    assert [shown.count(f">{topic}</h2>") for topic in ("Taxes", "Risk", "Practice", "Evidence")] == [1] * 4
    assert "14 %" in shown
    assert ">Go on<" in shown


def test_an_empty_library_says_what_would_stand_there(client: Client) -> None:
    client.force_login(UserFactory.create())

    assert "Lessons will stand here. None is published" in text(client.get(LEARN))


def test_a_lesson_shows_its_tables_links_and_sources(client: Client, person: User) -> None:
    shown = text(client.get(LOTS))

    assert '<h1 class="page-title">Lots: what you really own</h1>' in shown
    assert '<a class="link" href="/learn/lot-relief/">lot relief</a>' in shown
    assert '<th scope="col">Basis </th>' in shown
    assert "Sources: IRC 1012" in shown
    assert "Next: Lot relief: which shares you sell" in shown
    assert shown.count('hx-trigger="revealed"') == 7


def test_what_an_operator_writes_is_text_and_never_markup(client: Client, person: User) -> None:
    Lesson.objects.filter(slug="lots").update(transcript="## <b>A</b>\n\n<script>x</script> **<i>b</i>**\n")

    shown = text(client.get(LOTS))

    assert "<script>x" not in shown
    assert "&lt;script&gt;x&lt;/script&gt;" in shown
    assert "&lt;i&gt;b&lt;/i&gt;</strong>" in shown


def test_reaching_a_section_is_noted_without_leaving_the_page(client: Client, person: User) -> None:
    answer = client.post(PROGRESS, {"part": "7"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert LessonProgress.objects.get(user=person).percent == 100
    assert "Read on" in text(client.get(LOTS))


@pytest.mark.parametrize("part", ["0", "99", "x", "-1"])
def test_a_section_that_is_not_there_is_refused(client: Client, person: User, part: str) -> None:
    answer = client.post(PROGRESS, {"part": part}, follow=True)

    assert "The lesson has 7 sections." in text(answer)
    assert not LessonProgress.objects.exists()


def test_a_lesson_is_counted_as_read_and_as_unread_again(client: Client, person: User) -> None:
    done = client.post(PROGRESS, {"finished": "1"})
    assert (done.status_code, done["Location"]) == (303, LEARN)
    assert "1 of 12 read" in text(client.get(LEARN))

    again = client.post(PROGRESS, {"anew": "1"})
    assert (again.status_code, again["Location"]) == (303, LOTS)
    assert not LessonProgress.objects.exists()


def test_what_is_not_published_is_not_there(client: Client, person: User) -> None:
    Lesson.objects.filter(slug="lots").update(is_published=False)

    assert client.get(LOTS).status_code == 404
    assert client.post(PROGRESS, {"finished": "1"}).status_code == 404
    assert "Lots: what you really own" not in text(client.get(LEARN))


@pytest.mark.parametrize("address", [LEARN, LOTS])
def test_whoever_is_not_signed_in_is_sent_to_the_door(client: Client, address: str) -> None:
    assert client.get(address)["Location"] == f"/accounts/login/?next={address}"


def test_an_operator_keeps_the_library_in_the_admin(client: Client) -> None:
    lessons_load()
    client.force_login(UserFactory.create(role="operator"))
    lesson = Lesson.objects.get(slug="lots")
    fields = {
        "slug": "lots", "title": "As I see it", "topic": "Taxes", "level": "basic", "minutes": "4",
        "source": "me", "video": "", "summary": "S", "transcript": "T", "place": "10", "is_published": "on",
    }  # fmt: skip

    answer = client.post(f"/admin/mlrecs/lesson/{lesson.pk}/change/", fields)

    assert answer.status_code == 302
    lessons_load()
    assert Lesson.objects.get(slug="lots").title == "As I see it"


def test_an_auditor_may_look_at_the_library_and_not_change_it(client: Client) -> None:
    lessons_load()
    client.force_login(UserFactory.create(role="auditor"))
    lesson = Lesson.objects.get(slug="lots")

    assert client.get("/admin/mlrecs/lesson/").status_code == 200
    assert client.post(f"/admin/mlrecs/lesson/{lesson.pk}/change/", {"title": "X"}).status_code == 403
