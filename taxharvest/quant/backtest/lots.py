"""Lots of many accounts side by side: history, name, place; an empty place holds no units."""

from dataclasses import dataclass

import numpy as np

from taxharvest.quant.backtest.market import Floats
from taxharvest.quant.backtest.schedules import Flags, Whole


@dataclass(slots=True, kw_only=True)
class Lots:
    """What is held, lot by lot.

    - units: shares of the name, or of its stand-in where the lot is parked.
    - basis: what they cost in all, in parts of the money of the first day.
    - bought: the day; long_from: the first day on which a sale is long-term.
    """

    units: Floats
    basis: Floats
    bought: Whole
    long_from: Whole
    is_parked: Flags

    @classmethod
    def none(cls, histories: int, names: int, places: int = 1) -> "Lots":
        """No lots yet."""
        shape = (histories, names, places)
        return cls(
            units=np.zeros(shape),
            basis=np.zeros(shape),
            bought=np.zeros(shape, dtype=np.int64),
            long_from=np.zeros(shape, dtype=np.int64),
            is_parked=np.zeros(shape, dtype=np.bool_),
        )

    def values(self, price: Floats, stand_in: Floats) -> Floats:
        """What each lot is worth at the prices of one session (history, name)."""
        result: Floats = self.units * np.where(self.is_parked, stand_in[..., None], price[..., None])
        return result

    def remove(self, sold: Flags) -> None:
        """Empty the places of lots that were sold whole."""
        self.units[sold] = 0
        self.basis[sold] = 0
        self.is_parked[sold] = False

    def add(
        self, where: Flags, *, money: Floats, price: Floats, day: Whole, turns: Whole, parks: bool
    ) -> None:
        """Put `money` (history, name) into a new lot of each name of `where`, in its first empty place.

        `day` and `turns` are of the history: the day of the purchase, and when it turns long-term.
        """
        empty = self.units == 0
        if not empty.any(axis=2)[where].all():
            self._grow()
            empty = self.units == 0
        history, name = np.nonzero(where)
        place = empty.argmax(axis=2)[where]
        spot = history, name, place
        self.units[spot] = money[where] / price[where]
        self.basis[spot] = money[where]
        self.bought[spot] = day[history]
        self.long_from[spot] = turns[history]
        self.is_parked[spot] = parks

    def _grow(self) -> None:
        """Twice as many places."""
        for name in ("units", "basis", "bought", "long_from", "is_parked"):
            held = getattr(self, name)
            setattr(self, name, np.concatenate([held, np.zeros_like(held)], axis=2))
