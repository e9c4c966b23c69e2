"""What a risk report is made from: what is held, how it moved, and what it is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from mlrecs.engine.return_table import ReturnTable

OTHER_SECTORS = {"fund": "Funds", "bond": "Bonds", "crypto": "Digital assets", "option": "Options"}
BOND_WORDS = ("bond", "treasury", "fixed income", "aggregate", "municipal")


class NotMeasurable(Exception):
    """The risk cannot be told; the message is a sentence for people that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One position: what it is, its share of the account's net value, and how old its close is."""

    instrument_id: UUID
    symbol: str
    name: str
    asset_class: str
    sector: str
    tracked_index: str
    weight: Decimal
    price_age: int = 0

    @property
    def group(self) -> str:
        """The sector, or what stands for one where nobody named it."""
        return self.sector or OTHER_SECTORS.get(self.asset_class, "Other")

    @property
    def is_bond(self) -> bool:
        """Whether yields move it: a bond, or a fund that says so in its name or its index."""
        words = f"{self.name} {self.tracked_index}".casefold()
        says_so = self.asset_class == "fund" and any(word in words for word in BOND_WORDS)
        return self.asset_class == "bond" or says_so


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """An account on one day. `table` has a column for each holding and for the benchmark, if there is one.

    `crash_moves` holds, by scenario, what a holding's own closes did in it, where they reach so far back.
    """

    day: date
    currency: str
    value: Decimal
    holdings: tuple[Held, ...]
    unpriced: tuple[str, ...]
    table: ReturnTable
    benchmark_id: UUID | None = None
    benchmark: str = ""
    crash_moves: Mapping[str, Mapping[UUID, Decimal]] = field(default_factory=dict)
