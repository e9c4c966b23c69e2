"""Named tensors as safetensors and back; what cannot be read is refused, and nothing is ever unpickled."""

import json
from dataclasses import dataclass
from typing import Any

import safetensors
from safetensors.torch import load as read
from safetensors.torch import save
from torch import Tensor

from common.errors import DomainError

# The one key of the metadata: several would be written in an order of chance, and equal nets must give equal
# bytes.
FACTS = "facts"
LENGTH = 8


@dataclass
class CorruptWeights(DomainError):
    """Bytes that are no weights, or those of another net."""

    code: str = "corrupt-weights"


def tensors_to(tensors: dict[str, Tensor], facts: dict[str, Any]) -> bytes:
    """Tensors, and facts about them as plain JSON."""
    kept = {name: value.detach().clone().contiguous() for name, value in tensors.items()}
    return save(kept, {FACTS: json.dumps(facts, sort_keys=True)})


def tensors_from(data: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `tensors_to` wrote. Refused with `CorruptWeights`."""
    try:
        tensors = read(data)
        header = json.loads(data[LENGTH : LENGTH + int.from_bytes(data[:LENGTH], "little")])
        facts: dict[str, Any] = json.loads(header["__metadata__"][FACTS])
    except (safetensors.SafetensorError, ValueError, KeyError) as fault:
        raise CorruptWeights(f"The weights cannot be read: {fault}.") from None
    return tensors, facts
