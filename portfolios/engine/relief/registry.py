"""The relief methods by name."""

from collections.abc import Mapping
from types import MappingProxyType

from portfolios.engine.records import ReliefMethod
from portfolios.engine.relief.average import average
from portfolios.engine.relief.cost import hifo, lowest_cost
from portfolios.engine.relief.fifo import fifo
from portfolios.engine.relief.lifo import lifo
from portfolios.engine.relief.minimum_tax import STANDING, minimum_tax
from portfolios.engine.relief.priorities import (
    max_long_gain,
    max_long_loss,
    max_short_gain,
    max_short_loss,
    schwab_optimizer,
)
from portfolios.engine.relief.sales import Relief

RELIEF: Mapping[ReliefMethod, Relief] = MappingProxyType(
    {
        ReliefMethod.FIFO: fifo,
        ReliefMethod.LIFO: lifo,
        ReliefMethod.HIFO: hifo,
        ReliefMethod.LOWEST_COST: lowest_cost,
        ReliefMethod.AVERAGE: average,
        ReliefMethod.MINIMUM_TAX: minimum_tax(STANDING),
        ReliefMethod.MAX_LONG_LOSS: max_long_loss,
        ReliefMethod.MAX_SHORT_LOSS: max_short_loss,
        ReliefMethod.MAX_LONG_GAIN: max_long_gain,
        ReliefMethod.MAX_SHORT_GAIN: max_short_gain,
        ReliefMethod.SCHWAB_OPTIMIZER: schwab_optimizer,
    }
)

# These follow from dates alone. Every other method looks at the basis, where the broker's book, which knows
# only its own wash sales, may choose other lots than the taxpayer's would: the broker's choice stands.
BY_DATE = frozenset({ReliefMethod.FIFO, ReliefMethod.LIFO, ReliefMethod.AVERAGE})

# The methods that look at the basis, as they stand as an order: a method made for one sale, such as minimum
# tax at a person's own rates, names lots from the taxpayer's book and is not among them.
BY_BASIS = frozenset(relief for method, relief in RELIEF.items() if method not in BY_DATE)
