"""What a relief method is told of a sale, and what it asks of a lot."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from portfolios.engine.holding import is_long
from portfolios.engine.lots import LotQueue, OpenLot, Purchase
from portfolios.engine.records import LotOrigin

# Amounts per share are compared as whole numbers this many binary places below the unit.
FINENESS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """Shares about to be sold: the day, how many, for how much in the base currency (None: not known).

    `free` is what was bought in the thirty days before and has replaced nothing yet, by purchase: it washes
    as many shares of a loss.
    """

    day: date
    quantity: int
    proceeds: int | None
    free: tuple[tuple[Purchase | None, int], ...] = ()


# The order in which a sale takes the lots of a queue. It may be lazy: it is read while lots are taken.
Relief = Callable[[LotQueue, Sale], Iterable[OpenLot]]


def gain_per_share(lot: OpenLot, sale: Sale) -> int | None:
    """What one share of `lot` gains in the sale, in 2^-64 units; None where a side is not known."""
    if lot.basis_base is None or sale.proceeds is None:
        return None
    return (sale.proceeds << FINENESS) // sale.quantity - (lot.basis_base << FINENESS) // lot.quantity


def is_long_term(lot: OpenLot, day: date) -> bool:
    """Whether a sale of `lot` on `day` is long-term; a lot of unknown day counts as held for longest."""
    if lot.holding_date is None or lot.origin is LotOrigin.INHERITANCE:
        return True
    return is_long(lot.holding_date, day)
