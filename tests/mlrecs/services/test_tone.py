"""Who reads tone: the short list, another dictionary, a model; why not; and how often they are right."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from common.errors import Conflict
from mlrecs.engine.tone import ToneLabel
from mlrecs.models import Evaluation, NewsItem
from mlrecs.quant.tone_model import tone_model
from mlrecs.selectors.tone import SAMPLE_WORDS, labelled_rows, own_list, tone_standing
from mlrecs.services.news import news_record
from mlrecs.services.tone import model_reader, tones_read, words_reader
from mlrecs.tasks import read_tones
from tests.mlrecs.quant.bert_folder import bert_folder
from tests.mlrecs.told_news import GOOD, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    tone_model.cache_clear()


def test_the_short_list_and_its_sample_are_what_they_are_said_to_be() -> None:
    words, rows = own_list(), labelled_rows()

    assert (len(words.positive), len(words.negative)) == (204, 298)
    counts = {label: sum(one == label for _, one in rows) for label in ToneLabel}
    assert counts == {ToneLabel.POSITIVE: 30, ToneLabel.NEUTRAL: 72, ToneLabel.NEGATIVE: 18}


def test_its_accuracy_stands_beside_guessing_without_anybody_asking() -> None:
    standing = tone_standing()

    assert (standing.key, standing.problem) == ("wealthalloc-words-1", "")
    assert standing.measured is not None
    figures = standing.measured.figures
    assert (figures.accuracy, figures.majority, figures.macro_f1) == (
        Decimal("0.750"),
        Decimal("0.600"),
        Decimal("0.661"),
    )
    assert (figures.low, figures.high, figures.beats_guessing) == (Decimal("0.666"), Decimal("0.819"), True)
    assert standing.measured.on == SAMPLE_WORDS


def test_another_dictionary_is_read_where_the_settings_name_one(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "lm.csv"
    path.write_text("Word,Negative,Positive\nRISES,2009,0\nMEETS,0,2009\n")
    settings.TONE_DICTIONARY = str(path)

    standing = tone_standing()
    news_record([told("A", GOOD, 1)])

    assert (standing.key, standing.title, standing.problem) == ("loughran-mcdonald", "Loughran-McDonald", "")
    row = NewsItem.objects.get()
    assert (row.label, row.reader) == ("negative", "loughran-mcdonald")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be opened: No such file or directory."),
        ("a,b\n1,2\n", "cannot be read: The dictionary has no columns Word, Positive and Negative."),
    ],
)
def test_a_dictionary_that_cannot_be_used_is_told_and_the_short_list_reads(
    tmp_path: Path, settings: Any, content: str | None, words: str
) -> None:
    path = tmp_path / "lm.csv"
    if content is not None:
        path.write_text(content)
    settings.TONE_DICTIONARY = str(path)

    standing = tone_standing()

    assert standing.problem == f"The dictionary at {path} {words}"
    assert standing.key == words_reader()[0] == "wealthalloc-words-1"


def test_a_model_that_is_not_there_is_refused_with_the_reason(tmp_path: Path, settings: Any) -> None:
    with pytest.raises(Conflict, match="No model is set"):
        model_reader()

    settings.TONE_MODEL = str(tmp_path / "nothing")
    with pytest.raises(Conflict, match="There is no folder at"):
        model_reader()
    assert tone_standing().problem.startswith(
        f"There is no folder at {tmp_path}/nothing. The dictionary reads"
    )

    (tmp_path / "empty").mkdir()
    settings.TONE_MODEL = str(tmp_path / "empty")
    with pytest.raises(
        Conflict, match=r"lacks config\.json, vocab\.txt, model\.safetensors; weights are taken"
    ):
        model_reader()

    settings.TONE_MODEL = str(bert_folder(tmp_path / "other", model_type="gpt2"))
    with pytest.raises(Conflict, match="cannot be used: it is no BERT model"):
        model_reader()
    read_tones()  # the worker says so in its log, and goes on


def test_a_model_reads_what_it_has_not_read(tmp_path: Path, settings: Any) -> None:
    news_record([told("A", GOOD, 1), told("A", GOOD, 2)])
    settings.TONE_MODEL = str(bert_folder(tmp_path / "bert"))

    assert (tones_read(), tones_read()) == (2, 0)

    assert set(NewsItem.objects.values_list("label", "reader")) == {("neutral", "model:bert")}
    standing = tone_standing()
    assert (standing.key, standing.title, standing.measured) == ("model:bert", "The model in bert", None)


def test_a_measurement_is_printed_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("text,label\nProfit rises,positive\nBoard meets,neutral\nBoard waits,Neutral\n")

    call_command("measure_tone", str(path))
    call_command("measure_tone", str(path), "--json")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "wealthalloc-words-1: 1.000 right (0.439 to 1.000) of 3 texts; "
        "always “neutral”: 0.667; macro-F1 1.000."
    )
    assert lines[1] == "Measured on 3 labelled texts of texts.csv."
    assert json.loads(lines[2])["majority"] == "0.667"
    assert Evaluation.objects.filter(suite="tone").count() == 2
    measured = tone_standing().measured
    assert measured is not None
    assert (measured.figures.texts, measured.figures.low) == (3, Decimal("0.439"))
    assert not measured.figures.beats_guessing


def test_a_file_without_labels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("text,label\nx,fine\n")

    with pytest.raises(CommandError, match="The file needs columns text and label"):
        call_command("measure_tone", str(path))
    with pytest.raises(CommandError, match="No such file"):
        call_command("measure_tone", str(tmp_path / "nothing.csv"))
    with pytest.raises(CommandError, match="No model is set"):
        call_command("measure_tone", "--model")
    assert not Evaluation.objects.exists()
