"""Last in, first out: each sale takes the most recent purchase."""

from collections.abc import Iterable

from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.relief.sales import Sale


def lifo(lots: LotQueue, _sale: Sale) -> Iterable[OpenLot]:
    """Latest acquisition first; the parts of one lot keep their order, the longest held first."""
    return sorted(lots, key=_latest)


def _latest(lot: OpenLot) -> tuple[int, int, int, int]:
    acquired, arrival, held_from, number = lot.order
    return -acquired.toordinal(), -arrival, held_from.toordinal(), number
