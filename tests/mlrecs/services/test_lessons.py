"""The library: the twelve lessons of the release, taken in once, and how far people are in them."""

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from common.audit import audit_record
from common.errors import InvalidInput, NotFound
from mlrecs.engine.lesson_text import lesson_sections, lessons_named
from mlrecs.management.commands import load_lessons
from mlrecs.models import Lesson, LessonProgress
from mlrecs.selectors.lessons import lesson_open, lesson_shelf
from mlrecs.services.lessons import (
    CHANGED,
    LessonsLoaded,
    lesson_begun_anew,
    lesson_files,
    lesson_finished,
    lesson_reached,
    lessons_load,
)
from tests.factories.accounts import UserFactory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
TWELVE = [
    "lots", "lot-relief", "wash-sales", "harvesting", "holding-periods", "dividends", "volatility-and-var",
    "drawdown", "diversification", "costs", "sentiment-and-evidence", "reading-form-8949",
]  # fmt: skip
TEXT = (
    "---\ntitle: {title}\ntopic: Taxes\nlevel: basic\nplace: 10\nsummary: S.\nsource: T\n---\n"
    "Begin.\n\n## One\n\nTwo words.\n\n## Two\n\n[a](lesson:{slug})\n"
)


def folder(path: Path, title: str = "Lots", slug: str = "lots") -> Path:
    path.mkdir(exist_ok=True)
    (path / f"{slug}.md").write_text(TEXT.format(title=title, slug=slug), encoding="utf-8")
    return path


@pytest.fixture
def person(db: None, tmp_path: Path) -> User:
    """Somebody, and a library of one lesson with three sections."""
    lessons_load(folder(tmp_path / "lessons"))
    return UserFactory.create()


def test_the_release_ships_twelve_lessons_of_five_hundred_to_nine_hundred_words() -> None:
    files = lesson_files()

    assert [file.slug for file in sorted(files, key=lambda file: file.place)] == TWELVE
    lengths = {file.slug: len(re.sub(r"[|*#-]", " ", file.transcript).split()) for file in files}
    assert {slug: words for slug, words in lengths.items() if not 500 <= words <= 900} == {}


def test_what_a_lesson_says_fits_its_columns_and_leads_to_lessons_that_exist() -> None:
    for file in lesson_files():
        assert (len(file.title) <= 120, len(file.topic) <= 40) == (True, True), file.slug
        assert (len(file.summary) <= 300, len(file.source) <= 200) == (True, True), file.slug
        named = lessons_named(lesson_sections(file.transcript))
        assert set(named) <= set(TWELVE) - {file.slug}, file.slug


def test_pages_point_to_lessons_that_exist() -> None:
    named = {
        slug
        for page in (ROOT / "templates").rglob("*.html")
        for slug in re.findall(r"components/lesson\.html\" with slug=\"([a-z0-9-]+)\"", page.read_text())
    }

    assert named <= set(TWELVE)
    assert {"wash-sales", "harvesting", "reading-form-8949"} <= named


@pytest.mark.django_db
def test_the_command_takes_the_lessons_in_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_lessons")
    call_command("load_lessons")

    assert capsys.readouterr().out == (
        "Lessons: 12 added, 0 renewed, 0 kept as operators changed them.\n"
        "Lessons: 0 added, 0 renewed, 0 kept as operators changed them.\n"
    )
    assert list(Lesson.objects.values_list("slug", flat=True)) == TWELVE


@pytest.mark.django_db
def test_a_new_release_renews_a_text_and_not_whether_it_is_published(tmp_path: Path) -> None:
    lessons_load(folder(tmp_path / "old"))
    Lesson.objects.update(is_published=False)

    assert lessons_load(folder(tmp_path / "new", "Lots anew")) == LessonsLoaded(added=0, renewed=1, kept=0)
    lesson = Lesson.objects.get()
    assert (lesson.title, lesson.is_published) == ("Lots anew", False)


@pytest.mark.django_db
def test_a_lesson_that_an_operator_changed_stays(tmp_path: Path) -> None:
    lessons_load(folder(tmp_path / "old"))
    lesson = Lesson.objects.get()
    audit_record(actor_id=None, action=CHANGED, subject=lesson, detail={"fields": ["title"]})

    assert lessons_load(folder(tmp_path / "new", "Lots anew")) == LessonsLoaded(added=0, renewed=0, kept=1)
    assert Lesson.objects.get().title == "Lots"


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = folder(tmp_path / "bad")
    (bad / "zero.md").write_text("no head", encoding="utf-8")
    monkeypatch.setattr(load_lessons, "lessons_load", partial(lessons_load, bad))

    with pytest.raises(CommandError, match=r"^The lesson “zero” cannot be read: it needs a head"):
        call_command("load_lessons")

    assert not Lesson.objects.exists()


def test_progress_grows_with_the_sections_and_never_goes_back(person: User) -> None:
    assert lesson_reached(person, "lots", part=2, now=NOW).percent == 66
    assert lesson_reached(person, "lots", part=1, now=NOW).percent == 66
    assert LessonProgress.objects.get().finished_at is None

    lesson_reached(person, "lots", part=3, now=NOW)
    lesson_finished(person, "lots", now=LATER)

    progress = LessonProgress.objects.get()
    assert (progress.user, progress.percent, progress.finished_at) == (person, 100, NOW)


def test_a_lesson_is_read_by_one_person_and_may_be_begun_anew(person: User) -> None:
    other = UserFactory.create()
    lesson_finished(person, "lots", now=NOW)
    lesson_finished(other, "lots", now=NOW)

    lesson_begun_anew(person, "lots")

    assert [card.percent for card in lesson_shelf(person).cards] == [0]
    assert [card.percent for card in lesson_shelf(other).cards] == [100]


@pytest.mark.parametrize("part", [0, 4])
def test_a_section_that_is_not_there_is_refused(person: User, part: int) -> None:
    with pytest.raises(InvalidInput, match=r"^The lesson has 3 sections"):
        lesson_reached(person, "lots", part=part, now=NOW)

    assert not LessonProgress.objects.exists()


def test_what_is_not_published_is_not_there(person: User) -> None:
    Lesson.objects.update(is_published=False)

    assert lesson_shelf(person).topics == ()
    for verb in (
        lambda: lesson_open(person, "lots"),
        lambda: lesson_reached(person, "lots", part=1, now=NOW),
        lambda: lesson_finished(person, "lots", now=NOW),
        lambda: lesson_begun_anew(person, "lots"),
    ):
        with pytest.raises(NotFound):
            verb()


def test_the_shelf_says_where_to_go_on(person: User, tmp_path: Path) -> None:
    lessons_load(folder(tmp_path / "second", "Washes", "washes"))
    shelf = lesson_shelf(person)
    assert (shelf.finished, shelf.minutes_left, shelf.next) == (0, 2, shelf.cards[0])

    lesson_reached(person, "washes", part=1, now=NOW)
    shelf = lesson_shelf(person)
    assert shelf.next == shelf.cards[1]

    lesson_finished(person, "washes", now=NOW)
    lesson_finished(person, "lots", now=NOW)
    shelf = lesson_shelf(person)
    assert (shelf.finished, shelf.minutes_left, shelf.next) == (2, 0, None)


def test_an_open_lesson_knows_its_neighbours(person: User, tmp_path: Path) -> None:
    lessons_load(folder(tmp_path / "second", "Washes", "washes"))

    found = lesson_open(person, "lots")

    assert [section.title for section in found.sections] == ["", "One", "Two"]
    assert [card.slug for card in found.related] == ["lots"]
    assert found.following is not None
    assert found.following.slug == "washes"
    assert lesson_open(person, "washes").following is None
