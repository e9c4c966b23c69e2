"""A transformer that reads tone: a BERT classifier from a folder of this machine, computed with torch.

The folder holds `config.json`, `vocab.txt` and `model.safetensors` under the names that the published models
of this kind use. Weights are data: safetensors are read, a pickle never is, and no code of the folder is run.
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from mlrecs.engine.tone import Tone, ToneLabel

CONFIG, VOCABULARY, WEIGHTS = "config.json", "vocab.txt", "model.safetensors"
PLACES = Decimal("0.000001")
UNKNOWN, FIRST, LAST, PADDING = "[UNK]", "[CLS]", "[SEP]", "[PAD]"
LONGEST_WORD = 100
# Beyond it a headline with its summary is cut.
MOST_PIECES = 256


class ModelUnusable(Exception):
    """The folder holds no model that can be used; the words say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What `config.json` says of a model, as far as it is used."""

    layers: int
    heads: int
    positions: int
    epsilon: float
    is_lower: bool
    labels: tuple[ToneLabel, ...]


class WordPieces:
    """Words to the pieces of a vocabulary: the longest piece first, as BERT was trained on."""

    def __init__(self, vocabulary: Sequence[str], *, is_lower: bool) -> None:
        self._number = {piece: number for number, piece in enumerate(vocabulary)}
        self._is_lower = is_lower
        missing = [mark for mark in (UNKNOWN, FIRST, LAST, PADDING) if mark not in self._number]
        if missing:
            raise ModelUnusable(f"the vocabulary lacks {', '.join(missing)}")

    @property
    def padding(self) -> int:
        """The number that fills up short texts."""
        return self._number[PADDING]

    @property
    def size(self) -> int:
        """How many pieces there are."""
        return len(self._number)

    def numbers(self, text: str, most: int) -> list[int]:
        """The pieces of a text as numbers, between its marks, at most `most` in all."""
        pieces = [piece for word in _words(text, is_lower=self._is_lower) for piece in self._pieces(word)]
        return [self._number[one] for one in (FIRST, *pieces[: most - 2], LAST)]

    def _pieces(self, word: str) -> list[str]:
        if len(word) > LONGEST_WORD:
            return [UNKNOWN]
        found: list[str] = []
        start = 0
        while start < len(word):
            ends = range(len(word), start, -1)
            piece = next((one for end in ends if (one := _piece(word, start, end)) in self._number), "")
            if not piece:
                return [UNKNOWN]
            found.append(piece)
            start += len(piece) - (2 if start else 0)
        return found


class ToneModel:
    """A BERT classifier of three labels, ready to read."""

    def __init__(self, shape: Shape, pieces: WordPieces, weights: Mapping[str, Tensor]) -> None:
        self._shape, self._pieces, self._weights = shape, pieces, weights
        self._most = min(shape.positions, MOST_PIECES)

    def read(self, texts: Sequence[str]) -> list[Tone]:
        """The tone of each text: the probability of good less that of bad, and the likeliest label."""
        if not texts:
            return []
        with torch.inference_mode():
            chances = functional.softmax(self._scores(texts), dim=-1).double().tolist()
        return [self._tone(row) for row in chances]

    def _tone(self, chances: Sequence[float]) -> Tone:
        by_label = dict(zip(self._shape.labels, chances, strict=True))
        value = by_label[ToneLabel.POSITIVE] - by_label[ToneLabel.NEGATIVE]
        label = max(by_label, key=lambda one: by_label[one])
        return Tone(value=Decimal(repr(value)).quantize(PLACES), label=label)

    def _scores(self, texts: Sequence[str]) -> Tensor:
        numbers, mask = self._batch([self._pieces.numbers(text, self._most) for text in texts])
        state = self._embedded(numbers)
        for layer in range(self._shape.layers):
            state = self._layer(state, mask, f"bert.encoder.layer.{layer}")
        pooled = torch.tanh(self._linear(state[:, 0], "bert.pooler.dense"))
        return self._linear(pooled, "classifier")

    def _batch(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """The texts as one array, filled up, and what is added to attention so that filling is not seen."""
        longest = max(len(row) for row in rows)
        padded = [[*row, *[self._pieces.padding] * (longest - len(row))] for row in rows]
        seen = torch.tensor([[0.0] * len(row) + [float("-inf")] * (longest - len(row)) for row in rows])
        return torch.tensor(padded), seen[:, None, None, :]

    def _embedded(self, numbers: Tensor) -> Tensor:
        at = "bert.embeddings"
        words = functional.embedding(numbers, self._weights[f"{at}.word_embeddings.weight"])
        places = self._weights[f"{at}.position_embeddings.weight"][: numbers.shape[1]]
        kinds = self._weights[f"{at}.token_type_embeddings.weight"][0]
        return self._norm(words + places + kinds, f"{at}.LayerNorm")

    def _layer(self, state: Tensor, mask: Tensor, at: str) -> Tensor:
        seen = self._linear(
            self._attention(state, mask, f"{at}.attention.self"), f"{at}.attention.output.dense"
        )
        state = self._norm(state + seen, f"{at}.attention.output.LayerNorm")
        wide = functional.gelu(self._linear(state, f"{at}.intermediate.dense"))
        return self._norm(state + self._linear(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")

    def _attention(self, state: Tensor, mask: Tensor, at: str) -> Tensor:
        batch, length, width = state.shape
        heads = self._shape.heads

        def by_head(name: str) -> Tensor:
            spread = self._linear(state, f"{at}.{name}").view(batch, length, heads, width // heads)
            return spread.transpose(1, 2)

        seen = functional.scaled_dot_product_attention(
            by_head("query"), by_head("key"), by_head("value"), attn_mask=mask
        )
        return seen.transpose(1, 2).reshape(batch, length, width)

    def _linear(self, state: Tensor, at: str) -> Tensor:
        return functional.linear(state, self._weights[f"{at}.weight"], self._weights[f"{at}.bias"])

    def _norm(self, state: Tensor, at: str) -> Tensor:
        weight, bias = self._weights[f"{at}.weight"], self._weights[f"{at}.bias"]
        return functional.layer_norm(state, weight.shape, weight, bias, self._shape.epsilon)


@lru_cache(maxsize=1)
def tone_model(path: str) -> ToneModel:
    """The model in a folder, loaded once for the process, on one thread. Raises ModelUnusable."""
    torch.set_num_threads(1)
    folder = Path(path)
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        vocabulary = (folder / VOCABULARY).read_text(encoding="utf-8").splitlines()
        weights = load_file(folder / WEIGHTS)
    except OSError as error:
        raise ModelUnusable(f"{error.filename or path} cannot be opened") from error
    except Exception as error:
        raise ModelUnusable(f"its files cannot be read ({error})") from error
    shape = _shape(config)
    model = ToneModel(shape, WordPieces(vocabulary, is_lower=shape.is_lower), _floats(weights))
    try:
        model.read(["a"])
    except (KeyError, RuntimeError, IndexError, ValueError) as error:
        raise ModelUnusable(f"its weights do not fit its configuration ({error})") from error
    return model


def _shape(config: Any) -> Shape:
    if not isinstance(config, dict) or config.get("model_type") != "bert":
        raise ModelUnusable("it is no BERT model")
    if config.get("hidden_act", "gelu") != "gelu":
        raise ModelUnusable("its activation is not gelu")
    try:
        named = {int(number): str(name).casefold() for number, name in config["id2label"].items()}
        labels = tuple(ToneLabel(named[number]) for number in range(len(ToneLabel)))
        return Shape(
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
            positions=int(config["max_position_embeddings"]),
            epsilon=float(config.get("layer_norm_eps", 1e-12)),
            is_lower=bool(config.get("do_lower_case", True)),
            labels=labels,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelUnusable(
            f"its configuration lacks layers, heads or the labels positive, neutral and negative ({error})"
        ) from error


def _floats(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights as 32-bit floats, under the names of newer files: older ones say gamma and beta."""
    newer = (("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias"))
    found = {}
    for name, one in weights.items():
        known = name
        for old, new in newer:
            known = known.replace(old, new)
        if one.is_floating_point():
            found[known] = one.float()
    return found


def _piece(word: str, start: int, end: int) -> str:
    return f"##{word[start:end]}" if start else word[start:end]


def _words(text: str, *, is_lower: bool) -> Iterator[str]:
    """Words and single marks of punctuation, as BERT cuts them; small letters lose their accents."""
    if is_lower:
        text = "".join(
            one for one in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(one) != "Mn"
        )
    word = ""
    for letter in text:
        if letter.isspace() or _is_mark(letter):
            if word:
                yield word
            word = ""
            if not letter.isspace():
                yield letter
        elif unicodedata.category(letter)[0] != "C":
            word += letter
    if word:
        yield word


def _is_mark(letter: str) -> bool:
    is_ascii_mark = letter.isascii() and letter.isprintable() and not letter.isalnum() and letter != " "
    return is_ascii_mark or unicodedata.category(letter).startswith("P")
