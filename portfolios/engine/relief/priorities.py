"""Published orders of brokers: lots ranked by term and by whether they gain or lose.

Interactive Brokers, Tax Optimizer, "Lot-Matching Methods" (maximise long-term gain, long-term loss,
short-term gain, short-term loss). Charles Schwab, "Tax Lot Optimizer".
"""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.relief.sales import Relief, Sale, gain_per_share, is_long_term

LONG, SHORT = True, False


class Outcome(Enum):
    """What a lot would bring."""

    LOSS = -1
    ZERO = 0
    GAIN = 1


class Rank(NamedTuple):
    """Lots of one term and outcome, the largest amounts first or the smallest."""

    is_long: bool
    outcome: Outcome
    is_largest_first: bool


_MLG = (
    Rank(LONG, Outcome.GAIN, True),
    Rank(SHORT, Outcome.GAIN, True),
    Rank(SHORT, Outcome.LOSS, False),
    Rank(LONG, Outcome.LOSS, False),
)
_MLL = (
    Rank(LONG, Outcome.LOSS, True),
    Rank(SHORT, Outcome.LOSS, True),
    Rank(SHORT, Outcome.GAIN, False),
    Rank(LONG, Outcome.GAIN, False),
)
_MSG = (
    Rank(SHORT, Outcome.GAIN, True),
    Rank(LONG, Outcome.GAIN, True),
    Rank(LONG, Outcome.LOSS, False),
    Rank(SHORT, Outcome.LOSS, False),
)
_MSL = (
    Rank(SHORT, Outcome.LOSS, True),
    Rank(LONG, Outcome.LOSS, True),
    Rank(LONG, Outcome.GAIN, False),
    Rank(SHORT, Outcome.GAIN, False),
)
_SCHWAB = (
    Rank(SHORT, Outcome.LOSS, True),
    Rank(LONG, Outcome.LOSS, True),
    Rank(SHORT, Outcome.ZERO, False),
    Rank(LONG, Outcome.ZERO, False),
    Rank(LONG, Outcome.GAIN, False),
    Rank(SHORT, Outcome.GAIN, False),
)


def _by_priority(ranks: tuple[Rank, ...]) -> Relief:
    """The method that takes lots rank by rank, then in order of acquisition.

    Where a list has no rank for what neither gains nor loses, that is the smallest gain. Lots without a known
    basis come last.
    """
    places = {(rank.is_long, rank.outcome): (place, rank) for place, rank in enumerate(ranks)}
    for is_long in (LONG, SHORT):
        places.setdefault((is_long, Outcome.ZERO), places[is_long, Outcome.GAIN])

    def place(lot: OpenLot, sale: Sale) -> tuple[int, int]:
        gain = gain_per_share(lot, sale)
        if gain is None:
            return len(ranks), 0
        outcome = Outcome((gain > 0) - (gain < 0))
        number, rank = places[is_long_term(lot, sale.day), outcome]
        return number, -abs(gain) if rank.is_largest_first else abs(gain)

    def relief(lots: LotQueue, sale: Sale) -> Iterable[OpenLot]:
        return sorted(lots, key=lambda lot: place(lot, sale))

    return relief


max_long_gain = _by_priority(_MLG)
max_long_loss = _by_priority(_MLL)
max_short_gain = _by_priority(_MSG)
max_short_loss = _by_priority(_MSL)
schwab_optimizer = _by_priority(_SCHWAB)
