"""The tone of words: counted, denied, by phrase; and both forms of a dictionary."""

from decimal import Decimal

import pytest

from common.errors import InvalidInput
from mlrecs.engine.tone import Tone, ToneLabel, label_of, loughran_mcdonald, own_words, tone_of

WORDS = own_words(
    [
        {"words": "gains", "tone": "positive"},
        {"words": "loss narrows", "tone": "positive"},
        {"words": "Loss", "tone": "negative"},
        {"words": "write-down", "tone": "negative"},
    ],
    key="test",
    title="Test",
)


@pytest.mark.parametrize(
    ("text", "value", "good", "bad"),
    [
        ("Gains, and more gains after a loss", "0.333333", ("gains", "gains"), ("loss",)),
        ("Loss narrows", "1", ("loss narrows",), ()),
        ("Loss narrows after loss", "0", ("loss narrows",), ("loss",)),
        ("A write-down", "-1", (), ("write-down",)),
        ("Board meets in Denver", "0", (), ()),
        ("", "0", (), ()),
        ("12 % & “—”", "0", (), ()),
    ],
)
def test_good_and_bad_words_are_counted_and_phrases_come_first(
    text: str, value: str, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    assert tone_of(text, WORDS) == Tone(
        value=Decimal(value), label=label_of(Decimal(value)), good=good, bad=bad
    )


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("No gains", ToneLabel.NEGATIVE),
        ("It didn’t see any gains", ToneLabel.NEGATIVE),
        ("Not in a year of such gains", ToneLabel.POSITIVE),
        ("No loss", ToneLabel.NEGATIVE),
    ],
)
def test_a_denial_within_three_words_turns_a_good_word_round_and_no_bad_one(
    text: str, label: ToneLabel
) -> None:
    assert tone_of(text, WORDS).label is label


def test_the_dictionary_of_loughran_and_mcdonald_is_read_by_its_years() -> None:
    rows = [
        {"Word": "GAIN", "Negative": "0", "Positive": "2009"},
        {"Word": "LOSS", "Negative": "2009", "Positive": "0"},
        {"Word": "DROPPED", "Negative": "-2020", "Positive": "0"},
        {"Word": "THE", "Negative": "", "Positive": ""},
        {"Word": "", "Negative": "2009", "Positive": "x"},
    ]

    read = loughran_mcdonald(rows)

    assert (read.key, read.positive, read.negative) == (
        "loughran-mcdonald",
        frozenset({("gain",)}),
        frozenset({("loss",)}),
    )
    assert read.longest == 1


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([{"words": "good", "tone": "fine"}], "The list of words has a bad row"),
        ([{"words": "", "tone": "positive"}], "The list of words has a bad row"),
        ([{"words": "good", "tone": "positive"}], "A list of words needs good and bad ones."),
        (
            [{"words": "x", "tone": "positive"}, {"words": "X", "tone": "negative"}],
            "The list of words calls “x” both good and bad.",
        ),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(rows: list[dict[str, str]], why: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        own_words(rows, key="k", title="t")

    assert refusal.value.detail.startswith(why)


def test_a_dictionary_without_its_columns_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"^The dictionary has no columns Word, Positive and Negative\.$"):
        loughran_mcdonald([{"Word": "A", "Positive": "1"}])
