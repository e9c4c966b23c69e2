"""Minimum tax: the lots whose sale costs least, or saves most, with a look at what would be washed."""

from collections.abc import Iterable
from dataclasses import dataclass

from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.relief.sales import Relief, Sale, gain_per_share, is_long_term


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Tax on a short-term and a long-term gain, in ten-thousandths."""

    short: int
    long: int


# As a standing order the method may not move with a person's income, or old sales would change their lots:
# it counts with the highest federal rates (IRC 1(j), 1(h)); only the ratio of the two matters.
STANDING = Rates(short=3700, long=2000)


def minimum_tax(rates: Rates) -> Relief:
    """The method at these rates: by tax per share, a washed loss saving nothing.

    A loss is washed as far as shares bought in the last thirty days, other than those of the lot's own
    purchase, cover the sale. Of lots that cost the same, the one with the smallest such loss goes first, so
    the larger loss is kept for a day on which it counts. Lots without a known basis come last.
    """

    def relief(lots: LotQueue, sale: Sale) -> Iterable[OpenLot]:
        return sorted(lots, key=lambda lot: _cost(lot, sale, rates))

    return relief


def _cost(lot: OpenLot, sale: Sale, rates: Rates) -> tuple[bool, int, int]:
    gain = gain_per_share(lot, sale)
    if gain is None:
        return True, 0, 0
    rate = rates.long if is_long_term(lot, sale.day) else rates.short
    if gain >= 0:
        return False, gain * rate, 0
    covering = sum(shares for purchase, shares in sale.free if purchase != lot.purchase)
    washed = min(covering, sale.quantity)
    counted = gain * (sale.quantity - washed) // sale.quantity
    return False, counted * rate, counted - gain
