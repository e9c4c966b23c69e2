"""A small BERT classifier in a folder, with weights drawn from a seed."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

VOCABULARY = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "profit", "loss", "##es", "rose", "fell", "the", ",", ".", "$", "a",
    "nestle", "20", "##26",
]  # fmt: skip
WIDTH, HEADS, LAYERS, INNER, POSITIONS = 16, 2, 2, 24, 12
CONFIG: dict[str, Any] = {
    "model_type": "bert",
    "architectures": ["BertForSequenceClassification"],
    "hidden_size": WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": INNER,
    "hidden_act": "gelu",
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": 2,
    "vocab_size": len(VOCABULARY),
    "layer_norm_eps": 1e-12,
    "id2label": {"0": "positive", "1": "negative", "2": "neutral"},
}


def bert_weights(seed: int = 7) -> dict[str, Tensor]:
    """Weights of that shape, under the names of published files."""
    draw = torch.Generator().manual_seed(seed)
    at = "bert.embeddings"
    shapes = {
        f"{at}.word_embeddings.weight": (len(VOCABULARY), WIDTH),
        f"{at}.position_embeddings.weight": (POSITIONS, WIDTH),
        f"{at}.token_type_embeddings.weight": (2, WIDTH),
        f"{at}.LayerNorm.weight": (WIDTH,),
        f"{at}.LayerNorm.bias": (WIDTH,),
        **_dense("bert.pooler.dense", WIDTH, WIDTH),
        **_dense("classifier", WIDTH, 3),
    }
    for layer in range(LAYERS):
        at = f"bert.encoder.layer.{layer}"
        for name in ("query", "key", "value"):
            shapes |= _dense(f"{at}.attention.self.{name}", WIDTH, WIDTH)
        shapes |= _dense(f"{at}.attention.output.dense", WIDTH, WIDTH)
        shapes |= _dense(f"{at}.intermediate.dense", WIDTH, INNER)
        shapes |= _dense(f"{at}.output.dense", INNER, WIDTH)
        for name in ("attention.output", "output"):
            shapes |= {f"{at}.{name}.LayerNorm.weight": (WIDTH,), f"{at}.{name}.LayerNorm.bias": (WIDTH,)}
    return {name: torch.randn(shape, generator=draw) * 0.5 for name, shape in shapes.items()}


def _dense(at: str, inward: int, outward: int) -> dict[str, tuple[int, ...]]:
    return {f"{at}.weight": (outward, inward), f"{at}.bias": (outward,)}


def bert_folder(folder: Path, **changes: Any) -> Path:
    """The folder, with `changes` of its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | changes), encoding="utf-8")
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    save_file(bert_weights(), folder / "model.safetensors")
    return folder
