"""The library as one person sees it: the shelf with their progress, and a lesson opened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User, Viewer
from common.errors import NotFound
from mlrecs.engine.lesson_text import Section, lesson_sections, lessons_named
from mlrecs.models import Lesson, LessonProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonCard:
    """A lesson on the shelf; `percent` is how far the person is, 0 for one that was never begun."""

    slug: str
    title: str
    topic: str
    level: str
    level_label: str
    minutes: int
    summary: str
    source: str
    video: str
    percent: int
    finished_at: datetime | None

    @property
    def is_finished(self) -> bool:
        """Whether it was read to its end."""
        return self.finished_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All published lessons by topic, in their order."""

    topics: tuple[tuple[str, tuple[LessonCard, ...]], ...]

    @property
    def cards(self) -> tuple[LessonCard, ...]:
        """All of them."""
        return tuple(card for _, cards in self.topics for card in cards)

    @property
    def finished(self) -> int:
        """How many were read to their end."""
        return sum(card.is_finished for card in self.cards)

    @property
    def minutes_left(self) -> int:
        """How long it takes to read the others."""
        return sum(card.minutes for card in self.cards if not card.is_finished)

    @property
    def next(self) -> LessonCard | None:
        """Where to go on: what was begun last in the order, else the first one that was not read."""
        begun = [card for card in self.cards if card.percent > 0 and not card.is_finished]
        unread = [card for card in self.cards if not card.is_finished]
        return (begun or unread or [None])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLesson:
    """A lesson to read: its card, its sections, the lessons it links to, and the next one on the shelf."""

    card: LessonCard
    transcript: str
    sections: tuple[Section, ...]
    related: tuple[LessonCard, ...]
    following: LessonCard | None


def lesson_shelf(user: Viewer) -> Shelf:
    """The published lessons with a person's progress; without anybody signed in it is empty."""
    if not isinstance(user, User):
        return Shelf(topics=())
    topics: dict[str, list[LessonCard]] = {}
    for card in _cards(user, Lesson.objects.filter(is_published=True)):
        topics.setdefault(card.topic, []).append(card)
    return Shelf(topics=tuple((topic, tuple(cards)) for topic, cards in topics.items()))


def lesson_open(user: Viewer, slug: str) -> OpenLesson:
    """A lesson with what stands around it. Raises NotFound for one that is not published."""
    cards = {card.slug: card for card in lesson_shelf(user).cards}
    if slug not in cards:
        raise NotFound("There is no such lesson.", code="not-found")
    text = Lesson.objects.values_list("transcript", flat=True).get(slug=slug)
    sections = lesson_sections(text)
    order = list(cards)
    after = order[order.index(slug) + 1 :]
    return OpenLesson(
        card=cards[slug],
        transcript=text,
        sections=sections,
        related=tuple(cards[name] for name in lessons_named(sections) if name in cards),
        following=cards[after[0]] if after else None,
    )


def _cards(user: User, lessons: Iterable[Lesson]) -> list[LessonCard]:
    told = {row.lesson_id: row for row in LessonProgress.objects.filter(user=user)}
    return [_card(lesson, told.get(lesson.pk)) for lesson in lessons]


def _card(lesson: Lesson, progress: LessonProgress | None) -> LessonCard:
    return LessonCard(
        slug=lesson.slug,
        title=lesson.title,
        topic=lesson.topic,
        level=lesson.level,
        level_label=lesson.get_level_display(),
        minutes=lesson.minutes,
        summary=lesson.summary,
        source=lesson.source,
        video=lesson.video,
        percent=progress.percent if progress else 0,
        finished_at=progress.finished_at if progress else None,
    )
