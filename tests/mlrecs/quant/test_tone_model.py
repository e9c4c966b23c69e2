"""A BERT classifier from a folder: its numbers, its pieces, and every folder that is none.

The expected numbers are those of the packages transformers 5.24.0 and tokenizers 0.23.3 on the same folder.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import save_file

from mlrecs.engine.tone import ToneLabel
from mlrecs.quant.tone_model import ModelUnusable, WordPieces, tone_model
from tests.mlrecs.quant.bert_folder import VOCABULARY, bert_folder, bert_weights

TEXTS = ["Profit rose, the losses fell.", "Nestlé $2026 unknownword", "a", ""]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    tone_model.cache_clear()


def test_it_says_what_the_reference_says_whatever_is_read_together(tmp_path: Path) -> None:
    model = tone_model(str(bert_folder(tmp_path / "bert")))

    told = model.read(TEXTS)

    assert [one.value.quantize(Decimal("0.00001")) for one in told] == [
        Decimal(text) for text in ("-0.13496", "-0.13204", "-0.13328", "-0.15077")
    ]
    assert {one.label for one in told} == {ToneLabel.NEUTRAL}
    alone = [model.read([text])[0].value for text in TEXTS]
    assert [abs(one.value - other) < Decimal("0.00001") for one, other in zip(told, alone, strict=True)] == [
        True
    ] * 4
    assert model.read([]) == []


def test_words_are_cut_as_the_reference_cuts_them() -> None:
    pieces = WordPieces(VOCABULARY, is_lower=True)

    assert [pieces.numbers(text, 12) for text in TEXTS] == [
        [2, 4, 7, 10, 9, 5, 6, 8, 11, 3],
        [2, 14, 12, 15, 16, 1, 3],
        [2, 13, 3],
        [2, 3],
    ]
    assert pieces.numbers("profit " * 50, 5) == [2, 4, 4, 4, 3]
    assert pieces.numbers("x" * 101, 5) == [2, 1, 3]
    assert WordPieces(VOCABULARY, is_lower=False).numbers("Profit", 5) == [2, 1, 3]


def test_older_names_of_weights_are_understood(tmp_path: Path) -> None:
    folder = bert_folder(tmp_path / "bert")
    before = tone_model(str(folder)).read(TEXTS)
    renamed = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): one
        for name, one in bert_weights().items()
    }
    save_file(renamed, folder / "model.safetensors")
    tone_model.cache_clear()

    assert tone_model(str(folder)).read(TEXTS) == before


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model_type": "roberta"}, "it is no BERT model"),
        ({"hidden_act": "relu"}, "its activation is not gelu"),
        ({"id2label": {"0": "up", "1": "down", "2": "flat"}}, "its configuration lacks layers, heads or the"),
        ({"num_hidden_layers": None}, "its configuration lacks layers, heads or the labels"),
        ({"num_hidden_layers": 3}, "its weights do not fit its configuration"),
        ({"num_attention_heads": 3}, "its weights do not fit its configuration"),
    ],
)
def test_a_folder_that_holds_another_model_says_why(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(ModelUnusable) as refusal:
        tone_model(str(bert_folder(tmp_path / "bert", **changes)))

    assert str(refusal.value).startswith(why)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("model.safetensors", b"\x80\x04K\x01.", "its files cannot be read"),
        ("config.json", b"{", "its files cannot be read"),
        ("vocab.txt", b"[PAD]\n", "the vocabulary lacks [UNK], [CLS], [SEP]"),
    ],
)
def test_a_file_that_is_broken_is_named(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    folder = bert_folder(tmp_path / "bert")
    (folder / name).write_bytes(content)

    with pytest.raises(ModelUnusable) as refusal:
        tone_model(str(folder))

    assert str(refusal.value).startswith(why)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="cannot be opened"):
        tone_model(str(tmp_path / "nothing"))
