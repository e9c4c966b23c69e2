"""What a training is asked for: which net, on which returns, up to when, with which seed."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from common.errors import InvalidInput
from mlrecs.engine.model_catalogue import LEARNERS

REFERENCE = "reference"
OWN = "own"
SOURCES = (REFERENCE, OWN)
EPOCHS = (1, 60)
LARGEST_SEED = 2**31 - 1
# Instruments of one's own universe, and days of returns that they must have.
ASSETS = (5, 60)
LEAST_DAYS = 500
# The nets of the replay have learnt from nothing after this day.
FROZEN = date(1999, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingWish:
    """One training. `last` is the last day learnt from, None for all; epochs None is the usual number."""

    name: str = "lstm_masked"
    source: str = REFERENCE
    last: date | None = None
    seed: int = 1
    epochs: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As a run keeps it."""
        return asdict(self) | {"last": self.last.isoformat() if self.last else None}


def wish_read(kept: dict[str, Any]) -> TrainingWish:
    """A wish from plain values. Raises InvalidInput, naming the field."""
    name, source = str(kept.get("name", "lstm_masked")), str(kept.get("source", REFERENCE))
    if name not in LEARNERS:
        raise _refusal("name", f"There is no model “{name[:40]}” that can be trained: {', '.join(LEARNERS)}.")
    if source not in SOURCES:
        raise _refusal("source", f"Returns come from {' or '.join(SOURCES)}.")
    return TrainingWish(
        name=name,
        source=source,
        last=_day(kept.get("last")),
        seed=_whole(kept.get("seed", 1), "seed", 0, LARGEST_SEED),
        epochs=_whole(kept["epochs"], "epochs", *EPOCHS) if kept.get("epochs") is not None else None,
    )


def _whole(value: Any, field: str, least: int, most: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise _refusal(field, f"“{str(value)[:40]}” is not a whole number.") from None
    if not least <= number <= most:
        raise _refusal(field, f"Give a whole number from {least} to {most}.")
    return number


def _day(value: Any) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _refusal("last", f"“{str(value)[:40]}” is not a day: write it like 1999-12-31.") from None


def _refusal(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="bad-training", fields={field: [sentence]})
