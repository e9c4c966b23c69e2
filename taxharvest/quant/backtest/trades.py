"""The trades of one account of a back-test, written down so that the book can judge them."""

from dataclasses import dataclass, field

import numpy as np

from taxharvest.quant.backtest.lots import Lots
from taxharvest.quant.backtest.market import Floats
from taxharvest.quant.backtest.schedules import Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """Shares bought: `name` is the place of the name, or of the name that a stand-in replaces."""

    day: int
    name: int
    is_parked: bool
    units: float
    money: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A whole lot sold, by the day on which it was bought."""

    day: int
    name: int
    is_parked: bool
    units: float
    money: float
    bought: int


class Trades:
    """Writes nothing down."""

    def bought(self, day: int, where: Flags, money: Floats, price: Floats, *, is_parked: bool) -> None:
        """The purchases of one moment (by name)."""

    def sold(self, day: int, lots: Lots, sold: Flags, value: Floats) -> None:
        """The sales of one moment (by name and place)."""


@dataclass(slots=True)
class TradeRecord(Trades):
    """Writes the trades of the first history down, in their order."""

    trades: list[Purchase | Sale] = field(default_factory=list)

    def bought(self, day: int, where: Flags, money: Floats, price: Floats, *, is_parked: bool) -> None:
        """Each name bought."""
        for name in np.flatnonzero(where):
            units, paid = float(money[name] / price[name]), float(money[name])
            self.trades.append(
                Purchase(day=int(day), name=int(name), is_parked=is_parked, units=units, money=paid)
            )

    def sold(self, day: int, lots: Lots, sold: Flags, value: Floats) -> None:
        """Each lot sold."""
        for name, place in np.argwhere(sold):
            self.trades.append(
                Sale(
                    day=int(day),
                    name=int(name),
                    is_parked=bool(lots.is_parked[0, name, place]),
                    units=float(lots.units[0, name, place]),
                    money=float(value[name, place]),
                    bought=int(lots.bought[0, name, place]),
                )
            )


NO_RECORD = Trades()
