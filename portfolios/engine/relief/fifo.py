"""First in, first out: the rule where no other choice was made (Reg. 1.1012-1(c))."""

from collections.abc import Iterable

from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.records import TransactionRecord


def fifo(lots: LotQueue, _row: TransactionRecord) -> Iterable[OpenLot]:
    """The open lots of one account, earliest acquisition first, for the ledger row that takes them."""
    return lots
