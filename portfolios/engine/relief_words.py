"""The relief methods in words: what a person chooses among, and what each takes first."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portfolios.engine.records import ReliefMethod


@dataclass(frozen=True, slots=True)
class ReliefWords:
    """A method's name, and one sentence that says which lots it takes first."""

    label: str
    sentence: str


RELIEF_WORDS: Mapping[ReliefMethod, ReliefWords] = MappingProxyType(
    {
        ReliefMethod.FIFO: ReliefWords(
            "The oldest first (FIFO)",
            "The lot acquired first is sold first: what the law takes when nothing else was said.",
        ),
        ReliefMethod.LIFO: ReliefWords(
            "The newest first (LIFO)", "The lot acquired last is sold first; gains are then often short-term."
        ),
        ReliefMethod.HIFO: ReliefWords(
            "The highest cost first (HIFO)",
            "The lot with the highest basis per share is sold first, so that the gain is smallest.",
        ),
        ReliefMethod.LOWEST_COST: ReliefWords(
            "The lowest cost first",
            "The lot with the lowest basis per share is sold first, so that the gain is largest.",
        ),
        ReliefMethod.AVERAGE: ReliefWords(
            "Average basis",
            "All shares share one basis per share, the oldest count as sold first; for funds and reinvested "
            "dividends only (Reg. 1.1012-1(e)).",
        ),
        ReliefMethod.MINIMUM_TAX: ReliefWords(
            "The least tax",
            "The lot whose sale costs the least tax is sold first, at the rates of short and long term.",
        ),
        ReliefMethod.MAX_LONG_LOSS: ReliefWords(
            "The largest long-term loss first", "Lots held for more than a year, the largest loss first."
        ),
        ReliefMethod.MAX_SHORT_LOSS: ReliefWords(
            "The largest short-term loss first", "Lots held for a year or less, the largest loss first."
        ),
        ReliefMethod.MAX_LONG_GAIN: ReliefWords(
            "The largest long-term gain first", "Lots held for more than a year, the largest gain first."
        ),
        ReliefMethod.MAX_SHORT_GAIN: ReliefWords(
            "The largest short-term gain first", "Lots held for a year or less, the largest gain first."
        ),
        ReliefMethod.SCHWAB_OPTIMIZER: ReliefWords(
            "Tax Lot Optimizer, as Schwab does it",
            "Short-term losses, long-term losses, lots without gain, long-term gains, then short-term ones.",
        ),
    }
)
