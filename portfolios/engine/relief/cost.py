"""Highest or lowest cost first: by basis per share, wash-sale adjustments included.

Highest cost is also what Interactive Brokers calls Highest Cost: the largest loss, else the smallest gain.
"""

from collections.abc import Iterable

from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.relief.sales import FINENESS, Sale


def hifo(lots: LotQueue, _sale: Sale) -> Iterable[OpenLot]:
    """Highest basis per share first, then earliest acquisition; lots without a known basis come last."""
    return sorted(lots, key=lambda lot: _unknown_last(lot, -1))


def lowest_cost(lots: LotQueue, _sale: Sale) -> Iterable[OpenLot]:
    """Lowest basis per share first, then earliest acquisition; lots without a known basis come last."""
    return sorted(lots, key=lambda lot: _unknown_last(lot, 1))


def _unknown_last(lot: OpenLot, sign: int) -> tuple[bool, int]:
    if lot.basis_base is None:
        return True, 0
    return False, sign * ((lot.basis_base << FINENESS) // lot.quantity)
