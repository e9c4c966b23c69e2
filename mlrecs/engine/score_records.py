"""What is kept with a day's score: for each part its numbers and holdings, or the reason it has none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mlrecs.engine.anomaly_words import Driver

PARTS = ("volatility", "co_movement", "learned")
PART_LABELS = {
    "volatility": "Volatility surprise",
    "co_movement": "Co-movement break",
    "learned": "Learned",
}
# A score that was told on its evening, or one of a past day, by rules and weights of its own past alone.
NIGHT, REPLAY = "night", "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPart:
    """One part as it is read back; `reason` says why there are no numbers."""

    raw: Decimal | None = None
    threshold: Decimal | None = None
    drivers: tuple[Driver, ...] = ()
    reason: str = ""


def part_kept(*, raw: Decimal, threshold: Decimal, drivers: Sequence[Driver]) -> dict[str, Any]:
    """A part that was scored, as JSON."""
    return {
        "raw": f"{raw:f}",
        "threshold": f"{threshold:f}",
        "drivers": [[driver.symbol, f"{driver.share:f}"] for driver in drivers],
    }


def part_read(kept: Mapping[str, Any], part: str) -> KeptPart:
    """A part as it was kept; one of which nothing was kept comes empty."""
    found = kept.get(part)
    if not found:
        return KeptPart()
    if "raw" not in found:
        return KeptPart(reason=str(found.get("reason", "")))
    return KeptPart(
        raw=Decimal(found["raw"]),
        threshold=Decimal(found["threshold"]),
        drivers=tuple(Driver(symbol=symbol, share=Decimal(share)) for symbol, share in found["drivers"]),
    )
