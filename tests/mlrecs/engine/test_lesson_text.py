"""Lessons as they are written: heads, sections, lists, tables, strong words and links."""

import pytest

from common.errors import InvalidInput
from mlrecs.engine.lesson_text import (
    Block,
    BlockKind,
    Section,
    Span,
    lesson_sections,
    lessons_named,
    line_of,
    minutes_of,
    read_lesson,
)

HEAD = """---
title: Lots: what you own
topic: Taxes
level: basic
place: 10
summary: A pile of purchases.
source: IRC 1012
---
"""


def test_a_head_may_hold_colons_and_the_minutes_follow_from_the_words() -> None:
    read = read_lesson("lots", HEAD + "word " * 450)

    assert (read.slug, read.title, read.place, read.minutes) == ("lots", "Lots: what you own", 10, 2)
    assert (read.topic, read.level, read.summary, read.source) == (
        "Taxes",
        "basic",
        "A pile of purchases.",
        "IRC 1012",
    )
    assert minutes_of("one word") == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no head", "it needs a head between two lines of three hyphens, and a text below"),
        (HEAD, "it needs a head between two lines of three hyphens, and a text below"),
        (HEAD.replace("title", "name") + "x", "its head does not say: title"),
        (HEAD.replace("basic", "easy") + "x", "its level is none of basic, middle, advanced"),
        (HEAD.replace("10", "ten") + "x", "its place is not a whole number"),
    ],
)
def test_a_file_that_is_no_lesson_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_lesson("lots", text)

    assert refusal.value.detail == f"The lesson “lots” cannot be read: {why}."


def test_strong_words_and_links_are_read_and_nothing_else_is() -> None:
    assert line_of("A **lot**, see [wash sales](lesson:wash-sales) <b>2 * 3</b> [x](http://e.test)") == (
        Span(text="A "),
        Span(text="lot", is_strong=True),
        Span(text=", see "),
        Span(text="wash sales", lesson="wash-sales"),
        Span(text=" <b>2 * 3</b> [x](http://e.test)"),
    )


def test_sections_hold_paragraphs_lists_and_tables() -> None:
    text = "Begin\nhere.\n\n## One\n\n- a\n  and more\n- b\n\n1. c\n\n| H | I |\n|---|---|\n| j | k |\n"

    assert lesson_sections(text) == (
        Section(
            place=1,
            title="",
            blocks=(Block(kind=BlockKind.PARAGRAPH, lines=((Span(text="Begin here."),),)),),
        ),
        Section(
            place=2,
            title="One",
            blocks=(
                Block(kind=BlockKind.BULLETS, lines=((Span(text="a and more"),), (Span(text="b"),))),
                Block(kind=BlockKind.NUMBERS, lines=((Span(text="c"),),)),
                Block(
                    kind=BlockKind.TABLE,
                    head=((Span(text="H"),), (Span(text="I"),)),
                    rows=(((Span(text="j"),), (Span(text="k"),)),),
                ),
            ),
        ),
    )


def test_other_lessons_are_named_once_in_the_order_of_their_mention() -> None:
    text = "[b](lesson:b)\n\n- [a](lesson:a)\n\n| [c](lesson:c) |\n|---|\n| [b](lesson:b) |\n"

    assert lessons_named(lesson_sections(text)) == ("b", "a", "c")


def test_an_empty_cell_and_an_empty_text_are_no_error() -> None:
    (section,) = lesson_sections("| | a |\n|---|---|\n| b | |")

    assert section.blocks[0].head == ((), (Span(text="a"),))
    assert section.blocks[0].rows == (((Span(text="b"),), ()),)
    assert lesson_sections("\n\n") == ()
