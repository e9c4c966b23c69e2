"""The relief methods by name."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.records import ReliefMethod, TransactionRecord
from portfolios.engine.relief.fifo import fifo

# The order in which the row takes the lots of a queue. It may be lazy: it is read while lots are taken.
Relief = Callable[[LotQueue, TransactionRecord], Iterable[OpenLot]]

RELIEF: Mapping[ReliefMethod, Relief] = MappingProxyType({ReliefMethod.FIFO: fifo})
