"""Lessons as they are written: a head of facts, then headings, paragraphs, lists and tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.errors import InvalidInput

FENCE = "---"
HEADING, BULLET = "## ", "- "
NUMBERED = re.compile(r"^\d+\. ")
TABLE, RULE = "|", re.compile(r"^\|[-| ]+\|$")
# Strong words, and links to other lessons; nothing else is marked inside a line.
MARKED = re.compile(r"\*\*(?P<strong>.+?)\*\*|\[(?P<words>[^\]]+)\]\(lesson:(?P<slug>[a-z0-9-]+)\)")
FACTS = ("title", "topic", "level", "place", "summary", "source")
LEVELS = ("basic", "middle", "advanced")
WORDS_A_MINUTE = 180


class BlockKind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    BULLETS = "bullets"
    NUMBERS = "numbers"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words of a line: plain, strong, or a link to the lesson named by `lesson`."""

    text: str
    is_strong: bool = False
    lesson: str = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph (a single line), list (a line an item) or table (`head` and `rows` of cells)."""

    kind: BlockKind
    lines: tuple[Line, ...] = ()
    head: tuple[Line, ...] = ()
    rows: tuple[tuple[Line, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading (empty before the first one) and the blocks below it; `place` counts from 1."""

    place: int
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonFile:
    """A lesson as its file has it; `minutes` is how long reading takes, from the number of words."""

    slug: str
    title: str
    topic: str
    level: str
    place: int
    summary: str
    source: str
    minutes: int
    transcript: str


def read_lesson(slug: str, text: str) -> LessonFile:
    """The lesson in `text`. Raises InvalidInput when its head lacks a fact or holds one that cannot be."""
    before, opened, rest = text.partition(f"{FENCE}\n")
    head, closed, body = rest.partition(f"\n{FENCE}\n")
    if before.strip() or not opened or not closed or not body.strip():
        raise _refusal(slug, "it needs a head between two lines of three hyphens, and a text below")
    facts = _facts(slug, head)
    return LessonFile(
        slug=slug,
        title=facts["title"],
        topic=facts["topic"],
        level=facts["level"],
        place=int(facts["place"]),
        summary=facts["summary"],
        source=facts["source"],
        minutes=minutes_of(body),
        transcript=body.strip() + "\n",
    )


def minutes_of(text: str) -> int:
    """How long reading takes at 180 words a minute, one at least."""
    return max(1, round(len(text.split()) / WORDS_A_MINUTE))


def lesson_sections(text: str) -> tuple[Section, ...]:
    """The sections of a text, what stands before the first heading among them. Nothing in it is refused."""
    sections: list[Section] = []
    title, lines = "", list[str]()
    for line in [*text.splitlines(), HEADING]:
        if not line.startswith(HEADING):
            lines.append(line)
            continue
        blocks = tuple(_block(chunk) for chunk in _chunks(lines))
        if title or blocks:
            sections.append(Section(place=len(sections) + 1, title=title, blocks=blocks))
        title, lines = line[len(HEADING) :].strip(), []
    return tuple(sections)


def lessons_named(sections: Sequence[Section]) -> tuple[str, ...]:
    """The other lessons that sections link to, each once, in the order of their first mention."""
    spans = (span for section in sections for block in section.blocks for span in _spans_of(block))
    return tuple(dict.fromkeys(span.lesson for span in spans if span.lesson))


def _facts(slug: str, head: str) -> dict[str, str]:
    facts = {}
    for line in head.splitlines():
        name, _, value = line.partition(":")
        facts[name.strip()] = value.strip()
    missing = [name for name in FACTS if not facts.get(name)]
    if missing:
        raise _refusal(slug, f"its head does not say: {', '.join(missing)}")
    if facts["level"] not in LEVELS:
        raise _refusal(slug, f"its level is none of {', '.join(LEVELS)}")
    if not facts["place"].isdecimal():
        raise _refusal(slug, "its place is not a whole number")
    return facts


def _chunks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines that stand together, parted by empty ones."""
    chunk: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            chunk.append(line.rstrip())
        elif chunk:
            yield chunk
            chunk = []


def _block(chunk: Sequence[str]) -> Block:
    first = chunk[0]
    if first.startswith(TABLE):
        return _table(chunk)
    if first.startswith(BULLET):
        return Block(kind=BlockKind.BULLETS, lines=_items(chunk, re.compile("^- ")))
    if NUMBERED.match(first):
        return Block(kind=BlockKind.NUMBERS, lines=_items(chunk, NUMBERED))
    return Block(kind=BlockKind.PARAGRAPH, lines=(line_of(" ".join(one.strip() for one in chunk)),))


def _items(chunk: Sequence[str], mark: re.Pattern[str]) -> tuple[Line, ...]:
    """The items of a list; a line without the mark goes on with the item before it."""
    items: list[str] = []
    for line in chunk:
        if found := mark.match(line):
            items.append(line[found.end() :].strip())
        else:
            items[-1] += f" {line.strip()}"
    return tuple(line_of(item) for item in items)


def _table(chunk: Sequence[str]) -> Block:
    rows = [_cells(line) for line in chunk if not RULE.match(line)]
    return Block(kind=BlockKind.TABLE, head=rows[0], rows=tuple(rows[1:]))


def _cells(line: str) -> tuple[Line, ...]:
    return tuple(line_of(cell.strip()) for cell in line.strip().strip(TABLE).split(TABLE))


def line_of(text: str) -> Line:
    """A line with its marks read: `**strong**` and `[words](lesson:slug)`; anything else stays as it is."""
    spans, at = [], 0
    for found in MARKED.finditer(text):
        spans.append(Span(text=text[at : found.start()]))
        spans.append(_marked(found))
        at = found.end()
    spans.append(Span(text=text[at:]))
    return tuple(span for span in spans if span.text)


def _marked(found: re.Match[str]) -> Span:
    if strong := found["strong"]:
        return Span(text=strong, is_strong=True)
    return Span(text=found["words"], lesson=found["slug"])


def _spans_of(block: Block) -> Iterator[Span]:
    for line in (*block.lines, *block.head, *(cell for row in block.rows for cell in row)):
        yield from line


def _refusal(slug: str, why: str) -> InvalidInput:
    return InvalidInput(f"The lesson “{slug}” cannot be read: {why}.", code="bad-lesson")
