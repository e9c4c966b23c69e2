"""What may be held instead of something sold at a loss: which funds and shares, how near, and how good."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Tag(StrEnum):
    """How near a replacement is to what it replaces; RED is never offered."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementPart:
    """One thing to buy for a `share` of the proceeds; no `instrument_id` where the book does not know it."""

    instrument_id: UUID | None
    symbol: str
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What to hold instead: one fund, or a basket of shares; the shares of the parts add up to one.

    `correlation` of daily returns and `tracking_error` a year (a fraction) come from `sample` days of the
    book's own closes; None where there are too few. `source` and `confidence` say where the pair is from.
    `score` is between 0 and 1, higher is better.
    """

    parts: tuple[ReplacementPart, ...]
    tag: Tag
    reason: str
    correlation: Decimal | None
    tracking_error: Decimal | None
    sample: int
    source: str
    confidence: str
    score: Decimal = Decimal(0)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of its parts, in order."""
        return tuple(part.symbol for part in self.parts)
