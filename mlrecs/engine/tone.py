"""The tone of news by a list of words: good and bad ones counted, turned round where a word denies them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from common.errors import InvalidInput
from common.money import ARITHMETIC

PLACES = Decimal("0.000001")
WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
# As Loughran and McDonald do it: a good word that one of these stands up to three words before is a bad one.
DENIALS = frozenset({"no", "not", "none", "neither", "never", "nobody", "without", "hardly", "cannot"})
REACH = 3
ZERO = Decimal(0)


class ToneLabel(StrEnum):
    """What a text sounds like."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneWords:
    """A dictionary: its name for people, its key in rows, and its entries, each of one to four words."""

    key: str
    title: str
    positive: frozenset[tuple[str, ...]]
    negative: frozenset[tuple[str, ...]]

    @property
    def longest(self) -> int:
        """How many words the longest entry has."""
        return max((len(entry) for entry in self.positive | self.negative), default=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """The tone of a text, from -1 (bad) to 1 (good), its label, and the words that it was read from."""

    value: Decimal
    label: ToneLabel
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()


def tone_of(text: str, words: ToneWords) -> Tone:
    """The tone of a text: (good - bad) / (good + bad), to six places; 0 and neutral where neither occurs.

    Longer entries come before shorter ones, and no word is counted twice.
    """
    good: list[str] = []
    bad: list[str] = []
    for entry, is_good in _hits(text, words):
        (good if is_good else bad).append(entry)
    value = _value(len(good), len(bad))
    return Tone(value=value, label=label_of(value), good=tuple(good), bad=tuple(bad))


def label_of(value: Decimal) -> ToneLabel:
    """The label of a tone: its sign."""
    if value > ZERO:
        return ToneLabel.POSITIVE
    return ToneLabel.NEGATIVE if value < ZERO else ToneLabel.NEUTRAL


def own_words(rows: Iterable[Mapping[str, str]], *, key: str, title: str) -> ToneWords:
    """A dictionary from rows with `words` and `tone`. Raises InvalidInput for a row that is neither."""
    found: dict[str, set[tuple[str, ...]]] = {"positive": set(), "negative": set()}
    for row in rows:
        entry, tone = _entry(row.get("words") or ""), row.get("tone") or ""
        if not entry or tone not in found:
            raise InvalidInput(f"The list of words has a bad row: {dict(row)}.", code="bad-words")
        found[tone].add(entry)
    return _words(key, title, found["positive"], found["negative"])


def loughran_mcdonald(rows: Iterable[Mapping[str, str]]) -> ToneWords:
    """The dictionary of Loughran and McDonald from the rows of its file.

    It has a column for the word and one for each list, which holds the year in which the word came onto the
    list, 0 when it is not on it, and the year with a minus when it was taken off. Raises InvalidInput.
    """
    positive: set[tuple[str, ...]] = set()
    negative: set[tuple[str, ...]] = set()
    for row in rows:
        lower = {str(name).strip().casefold(): value for name, value in row.items()}
        if not {"word", "positive", "negative"} <= set(lower):
            raise InvalidInput("The dictionary has no columns Word, Positive and Negative.", code="bad-words")
        entry = _entry(lower["word"] or "")
        if entry and _is_listed(lower["positive"]):
            positive.add(entry)
        if entry and _is_listed(lower["negative"]):
            negative.add(entry)
    return _words("loughran-mcdonald", "Loughran-McDonald", positive, negative)


def _words(key: str, title: str, positive: set[tuple[str, ...]], negative: set[tuple[str, ...]]) -> ToneWords:
    if not positive or not negative:
        raise InvalidInput("A list of words needs good and bad ones.", code="bad-words")
    if both := positive & negative:
        raise InvalidInput(
            f"The list of words calls “{' '.join(min(both))}” both good and bad.", code="bad-words"
        )
    return ToneWords(key=key, title=title, positive=frozenset(positive), negative=frozenset(negative))


def _entry(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in WORD.findall(text))


def _is_listed(value: object) -> bool:
    try:
        return int(str(value or 0).strip() or 0) > 0
    except ValueError:
        return False


def _hits(text: str, words: ToneWords) -> Iterator[tuple[str, bool]]:
    """Entries found in a text, in their order, and whether each speaks well of it."""
    spoken = [word.casefold().replace("’", "'") for word in WORD.findall(text)]
    longest, at = words.longest, 0
    while at < len(spoken):
        entry = _entry_at(spoken, at, longest, words)
        if entry is None:
            at += 1
            continue
        is_good = entry in words.positive and not _is_denied(spoken, at)
        yield " ".join(entry), is_good
        at += len(entry)


def _entry_at(spoken: Sequence[str], at: int, longest: int, words: ToneWords) -> tuple[str, ...] | None:
    for length in range(min(longest, len(spoken) - at), 0, -1):
        entry = tuple(spoken[at : at + length])
        if entry in words.positive or entry in words.negative:
            return entry
    return None


def _is_denied(spoken: Sequence[str], at: int) -> bool:
    before = spoken[max(0, at - REACH) : at]
    return any(word in DENIALS or word.endswith("n't") for word in before)


def _value(good: int, bad: int) -> Decimal:
    if not good + bad:
        return ZERO
    with localcontext(ARITHMETIC):
        return (Decimal(good - bad) / Decimal(good + bad)).quantize(PLACES)
