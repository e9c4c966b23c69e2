"""The market as the rules need it: closes, splits, contract sizes, names and exchange rates together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from portfolios.engine.closes import (
    MAX_AGE_DAYS,
    Close,
    Split,
    UsableClose,
    closes_on_days,
    usable_close,
)
from portfolios.engine.exchange_rates import RateTable

ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Market:
    """Everything outside the book that gives positions a value; nothing in it is ever guessed.

    `closes` are sorted by day, as traded; `splits` restate a close carried over a split; `sizes` are contract
    multipliers (1 unless given); `names` are what people call the instruments.
    """

    closes: Mapping[UUID, Sequence[Close]] = field(default_factory=dict)
    rates: RateTable = field(default_factory=RateTable)
    splits: Mapping[UUID, Sequence[Split]] = field(default_factory=dict)
    sizes: Mapping[UUID, Decimal] = field(default_factory=dict)
    names: Mapping[UUID, str] = field(default_factory=dict)
    max_age_days: int = MAX_AGE_DAYS

    def name(self, instrument_id: UUID) -> str:
        """What people call the instrument, or its identifier where nobody said."""
        return self.names.get(instrument_id, str(instrument_id))

    def size(self, instrument_id: UUID) -> Decimal:
        """Units that one contract or share stands for."""
        return self.sizes.get(instrument_id, ONE)

    def close_on(self, instrument_id: UUID, day: date) -> UsableClose | None:
        """The close that stands for `day`, or None when there is none young enough."""
        return usable_close(
            self.closes.get(instrument_id, ()),
            day,
            splits=self.splits.get(instrument_id, ()),
            max_age_days=self.max_age_days,
        )

    def closes_on(self, instrument_id: UUID, days: Sequence[date]) -> list[UsableClose | None]:
        """`close_on` for each of the sorted `days`."""
        return closes_on_days(
            self.closes.get(instrument_id, ()),
            days,
            splits=self.splits.get(instrument_id, ()),
            max_age_days=self.max_age_days,
        )


def rate_name(currency: str, base: str) -> str:
    """How a missing or stale exchange rate is named among missing and stale prices."""
    return f"{currency} to {base}"
