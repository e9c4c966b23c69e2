"""One position while the ledger is walked: its open lots, what was closed of them, and how it moved."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from portfolios.engine.closings import Closing
from portfolios.engine.lots import LotQueue
from portfolios.engine.records import PortfolioRecord
from portfolios.engine.units import apportion


class Money(NamedTuple):
    """An amount in units of 1e-8 of its own currency, and in the portfolio's (None: no rate)."""

    currency: str
    own: int
    base: int | None

    def shared(self, weights: Sequence[int]) -> list["Money"]:
        """Parts in proportion to `weights`, which add up to this amount in both currencies."""
        currency = self.currency
        owns = apportion(self.own, weights)
        if self.base is None:
            return [Money(currency, own, None) for own in owns]
        bases = owns if self.base == self.own else apportion(self.base, weights)
        return [Money(currency, own, base) for own, base in zip(owns, bases, strict=True)]


class Position:
    """One instrument in one portfolio while the ledger is walked."""

    __slots__ = ("closings", "instrument_id", "longs", "movements", "portfolio", "shorts")

    def __init__(self, portfolio: PortfolioRecord, instrument_id: UUID) -> None:
        self.portfolio = portfolio
        self.instrument_id = instrument_id
        self.longs = LotQueue()
        self.shorts = LotQueue()
        self.closings: list[Closing] = []
        self.movements: list[tuple[date, int]] = []

    def side(self, *, is_short: bool) -> LotQueue:
        """The lots held short, or those held long."""
        return self.shorts if is_short else self.longs

    def move(self, day: date, units: int) -> None:
        """Notes that the position changed by `units` on `day`; days come in order."""
        movements = self.movements
        if movements and movements[-1][0] == day:
            movements[-1] = (day, movements[-1][1] + units)
        elif units:
            movements.append((day, units))
