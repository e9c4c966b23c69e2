"""The library: taking in the lessons that ship with a release, and how far each person is in one."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts.models import User
from common.errors import InvalidInput, NotFound
from common.models import AuditEvent
from common.transactions import write_transaction
from mlrecs.engine.lesson_text import LessonFile, lesson_sections, read_lesson
from mlrecs.models import Lesson, LessonProgress

FOLDER = Path(__file__).resolve().parents[1] / "data" / "lessons"
FACTS = ("title", "topic", "level", "place", "summary", "source", "minutes", "transcript")
# What an operator's change in the admin is called in the audit trail.
CHANGED = "lesson.change"
WHOLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonsLoaded:
    """How many lessons were added, brought up to date, and left because an operator had changed them."""

    added: int
    renewed: int
    kept: int


def lesson_files(folder: Path = FOLDER) -> list[LessonFile]:
    """The lessons of a folder of Markdown files, each named by its file. Raises InvalidInput."""
    return [read_lesson(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.md"))]


@write_transaction
def lessons_load(folder: Path = FOLDER) -> LessonsLoaded:
    """Add the lessons that are not there yet, and renew those whose text changed with the release.

    A lesson that an operator has changed or added stays as it is, and so does whether one is published. Doing
    it twice changes nothing. Raises InvalidInput when a file cannot be read; then nothing is changed.
    """
    files = {file.slug: file for file in lesson_files(folder)}
    present = {row.slug: row for row in Lesson.objects.select_for_update().filter(slug__in=files)}
    new = [Lesson(**asdict(file)) for slug, file in files.items() if slug not in present]
    Lesson.objects.bulk_create(new)
    differing = [row for slug, row in present.items() if _differs(row, files[slug])]
    theirs = _changed_by_operators()
    stale = [row for row in differing if row.pk not in theirs]
    _renew(stale, files)
    return LessonsLoaded(added=len(new), renewed=len(stale), kept=len(differing) - len(stale))


@write_transaction
def lesson_reached(user: User, slug: str, *, part: int, now: datetime) -> LessonProgress:
    """Note that a person has read a lesson up to its section `part`; progress never goes back.

    With the last section it is finished. Raises NotFound for a lesson that is not published, and
    InvalidInput for a section that it does not have.
    """
    lesson = _published(slug)
    parts = len(lesson_sections(lesson.transcript))
    if not 1 <= part <= parts:
        sentence = f"The lesson has {parts} sections."
        raise InvalidInput(sentence, code="invalid-input", fields={"part": [sentence]})
    progress = _progress(user, lesson)
    percent = WHOLE * part // parts
    if percent > progress.percent:
        progress.percent = percent
        progress.finished_at = now if percent == WHOLE else None
        progress.save(update_fields=["percent", "finished_at", "updated_at"])
    return progress


@write_transaction
def lesson_finished(user: User, slug: str, *, now: datetime) -> LessonProgress:
    """Note that a person has read a lesson; a second time changes nothing. Raises NotFound."""
    progress = _progress(user, _published(slug))
    if progress.percent < WHOLE:
        progress.percent, progress.finished_at = WHOLE, now
        progress.save(update_fields=["percent", "finished_at", "updated_at"])
    return progress


@write_transaction
def lesson_begun_anew(user: User, slug: str) -> None:
    """Forget how far a person is in a lesson. Raises NotFound for one that is not published."""
    LessonProgress.objects.filter(user=user, lesson=_published(slug)).delete()


def _published(slug: str) -> Lesson:
    lesson = Lesson.objects.filter(slug=slug, is_published=True).first()
    if lesson is None:
        raise NotFound("There is no such lesson.", code="not-found")
    return lesson


def _progress(user: User, lesson: Lesson) -> LessonProgress:
    LessonProgress.objects.get_or_create(user=user, lesson=lesson)
    return LessonProgress.objects.select_for_update().get(user=user, lesson=lesson)


def _changed_by_operators() -> set[Any]:
    events = AuditEvent.objects.filter(action=CHANGED, object_type=Lesson._meta.db_table)
    return set(events.values_list("object_id", flat=True))


def _differs(row: Lesson, file: LessonFile) -> bool:
    return any(getattr(row, name) != getattr(file, name) for name in FACTS)


def _renew(rows: Iterable[Lesson], files: dict[str, LessonFile]) -> None:
    renewed = list(rows)
    for row in renewed:
        for name in FACTS:
            setattr(row, name, getattr(files[row.slug], name))
    Lesson.objects.bulk_update(renewed, FACTS)
