"""What reads the tone of news in this installation, why not what was asked for, and how often it is right."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from common.errors import InvalidInput
from mlrecs.engine.tone import ToneLabel, ToneWords, loughran_mcdonald, own_words, tone_of
from mlrecs.engine.tone_accuracy import ToneAccuracy, tone_accuracy
from mlrecs.models import Evaluation

DATA = Path(__file__).resolve().parents[1] / "data"
OWN_LIST, SAMPLE = DATA / "tone_words.csv", DATA / "tone_sample.csv"
OWN_KEY, OWN_TITLE = "wealthalloc-words-1", "WealthAlloc's short list of finance words"
SUITE = "tone"
SAMPLE_WORDS = "120 headlines invented and labelled for this product by whoever wrote its list of words"
MODEL_KEY = "model"
WEIGHTS, CONFIG, VOCABULARY = "model.safetensors", "config.json", "vocab.txt"

Labelled = Sequence[tuple[str, ToneLabel]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneMeasured:
    """An accuracy, in words on what it was measured, and when; None when it is computed on demand."""

    figures: ToneAccuracy
    on: str
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneStanding:
    """What reads tone here; `problem` says why it is not what the settings ask for, empty when it is."""

    key: str
    title: str
    problem: str
    measured: ToneMeasured | None


def tone_words() -> tuple[ToneWords, str]:
    """The dictionary in use, and why it is not the one of the settings (empty when it is)."""
    path = settings.TONE_DICTIONARY
    if not path:
        return own_list(), ""
    try:
        return _dictionary(path, Path(path).stat().st_mtime_ns), ""
    except OSError as error:
        return own_list(), f"The dictionary at {path} cannot be opened: {error.strerror}."
    except (InvalidInput, UnicodeDecodeError, csv.Error) as error:
        return own_list(), f"The dictionary at {path} cannot be read: {error}"


@lru_cache(maxsize=1)
def own_list() -> ToneWords:
    """The short list that ships."""
    with OWN_LIST.open(encoding="utf-8", newline="") as file:
        return own_words(csv.DictReader(file), key=OWN_KEY, title=OWN_TITLE)


@lru_cache(maxsize=1)
def _dictionary(path: str, _changed: int) -> ToneWords:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return loughran_mcdonald(csv.DictReader(file))


def model_problem(path: str) -> str:
    """Why there is no model at `path` that could be loaded, as far as its folder tells; else empty."""
    folder = Path(path)
    if not folder.is_dir():
        return f"There is no folder at {path}."
    missing = [name for name in (CONFIG, VOCABULARY, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        return f"The folder {path} lacks {', '.join(missing)}; weights are taken as safetensors alone."
    return ""


def tone_standing() -> ToneStanding:
    """The reader that news is shown by: the model where one is set and sound, else the dictionary."""
    words, problem = tone_words()
    path = settings.TONE_MODEL
    if path and not (fault := model_problem(path)):
        key = model_key(path)
        title = f"The model in {Path(path).name}"
        return ToneStanding(key=key, title=title, problem=problem, measured=_kept(key))
    if path:
        problem = f"{fault} The dictionary reads instead. {problem}".strip()
    measured = _kept(words.key) or ToneMeasured(figures=_of_words(words), on=SAMPLE_WORDS)
    return ToneStanding(key=words.key, title=words.title, problem=problem, measured=measured)


def model_key(path: str) -> str:
    """The key of a model in rows: its folder's name."""
    return f"{MODEL_KEY}:{Path(path).name}"[:60]


def labelled_rows(path: Path = SAMPLE) -> list[tuple[str, ToneLabel]]:
    """Texts whose tone people have judged: CSV with `text` and `label`.

    Raises InvalidInput for a file that is not so, and OSError for one that cannot be opened.
    """
    with path.open(encoding="utf-8", newline="") as file:
        try:
            return [(row["text"], ToneLabel(row["label"].strip().casefold())) for row in csv.DictReader(file)]
        except (KeyError, AttributeError, ValueError, csv.Error):
            raise InvalidInput(
                "The file needs columns text and label, the label one of positive, neutral, negative.",
                code="bad-file",
            ) from None


@lru_cache(maxsize=2)
def _of_words(words: ToneWords) -> ToneAccuracy:
    return tone_accuracy([(label, tone_of(text, words).label) for text, label in labelled_rows()])


def _kept(key: str) -> ToneMeasured | None:
    """The newest measurement of a reader that was kept."""
    rows = Evaluation.objects.filter(suite=SUITE, champion=key).order_by("-created_at")
    row = rows.first()
    if row is None:
        return None
    told = row.result
    figures = ToneAccuracy(
        texts=told["texts"],
        majority_label=ToneLabel(told["majority_label"]),
        **{name: Decimal(told[name]) for name in ("accuracy", "low", "high", "majority", "macro_f1")},
    )
    return ToneMeasured(figures=figures, on=row.words, day=row.day)
