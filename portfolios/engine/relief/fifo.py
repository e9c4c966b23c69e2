"""First in, first out: the rule where no other choice was made (Reg. 1.1012-1(c))."""

from collections.abc import Iterable

from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.relief.sales import Sale


def fifo(lots: LotQueue, _sale: Sale) -> Iterable[OpenLot]:
    """The open lots of one account, earliest acquisition first."""
    return lots
