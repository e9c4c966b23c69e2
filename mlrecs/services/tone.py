"""Reading tone: by the dictionary as news arrives, by a model in workers alone; and how often it is right."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal

from django.conf import settings

from common.errors import Conflict
from common.transactions import write_transaction
from mlrecs.engine.tone import Tone, tone_of
from mlrecs.engine.tone_accuracy import ToneAccuracy, tone_accuracy
from mlrecs.models import Evaluation, NewsItem
from mlrecs.selectors.tone import SUITE, Labelled, model_key, model_problem, tone_words

# So many texts go through a model at a time.
BATCH = 64
ReadTexts = Callable[[Sequence[str]], Sequence[Tone]]


def words_reader() -> tuple[str, ReadTexts]:
    """The dictionary in use: its key, and what reads texts with it."""
    words, _ = tone_words()
    return words.key, lambda texts: [tone_of(text, words) for text in texts]


def model_reader() -> tuple[str, ReadTexts]:
    """The model of the settings: its key, and what reads texts with it. For workers of the queue `ml` alone.

    Raises Conflict with the reason when none is set, its folder is not there, or it cannot be loaded.
    """
    path = settings.TONE_MODEL
    if not path:
        raise Conflict("No model is set that could read tone.", code="no-model")
    if problem := model_problem(path):
        raise Conflict(problem, code="no-model")
    from mlrecs.quant.tone_model import ModelUnusable, tone_model  # noqa: PLC0415 - loads torch

    try:
        model = tone_model(path)
    except ModelUnusable as error:
        raise Conflict(f"The model at {path} cannot be used: {error}.", code="no-model") from error
    return model_key(path), model.read


def tones_read(*, limit: int = 2_000) -> int:
    """Let the model read the newest pieces that it has not read; returns how many. Raises Conflict."""
    key, read = model_reader()
    waiting = list(NewsItem.objects.exclude(reader=key).order_by("-published_at")[:limit])
    for start in range(0, len(waiting), BATCH):
        rows = waiting[start : start + BATCH]
        for row, tone in zip(rows, read([text_of(row) for row in rows]), strict=True):
            row.tone, row.label, row.reader = tone.value, tone.label.value, key
        NewsItem.objects.bulk_update(rows, ["tone", "label", "reader"])
    return len(waiting)


def text_of(row: NewsItem) -> str:
    """What tone is read from: the headline, and the summary where there is one."""
    return f"{row.headline}. {row.body}" if row.body else row.headline


def tone_measure(labelled: Labelled, read: ReadTexts) -> ToneAccuracy:
    """How often a reader is right on texts that people have judged. Raises InvalidInput without any."""
    said = read([text for text, _ in labelled])
    return tone_accuracy([(label, tone.label) for (_, label), tone in zip(labelled, said, strict=True)])


@write_transaction
def tone_measured(*, key: str, figures: ToneAccuracy, on: str, day: date) -> Evaluation:
    """Keep a measurement, to be shown beside the tone from now on; `on` says on what it was made."""
    facts = asdict(figures).items()
    told = {name: str(value) if isinstance(value, Decimal) else value for name, value in facts}
    return Evaluation.objects.create(day=day, suite=SUITE, champion=key, result=told, words=on[:400])
