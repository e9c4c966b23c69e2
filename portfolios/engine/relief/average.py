"""Average basis, for shares of funds: one basis per share for all, the oldest deemed sold first.

Reg. 1.1012-1(e), single-category method: term and order are those of first in, first out.
"""

from collections.abc import Iterable

from portfolios.engine.lots import LotQueue, OpenLot
from portfolios.engine.relief.sales import Sale
from portfolios.engine.units import apportion


def average(lots: LotQueue, _sale: Sale) -> Iterable[OpenLot]:
    """Spreads the basis evenly over the open lots, then takes the earliest acquisition first.

    A lot without a known basis leaves the average unknown, and with it every lot's; so do two currencies
    in each of them, but not in the base currency.
    """
    held = list(lots)
    weights = [lot.quantity for lot in held]
    one_currency = len({lot.currency for lot in held}) == 1
    for name in ("basis", "basis_base"):
        amounts = [getattr(lot, name) for lot in held]
        known = None not in amounts and (one_currency or name == "basis_base")
        shares = apportion(sum(amounts), weights) if known else [None] * len(held)
        for lot, share in zip(held, shares, strict=True):
            setattr(lot, name, share)
    return lots
