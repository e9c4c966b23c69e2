"""Lots named on an order ticket, shared out over the fills of the order."""

from collections.abc import Sequence
from decimal import Decimal

from portfolios.engine.records import LotChoice

ZERO = Decimal(0)


def lots_of_fill(choices: Sequence[LotChoice], *, before: Decimal, quantity: Decimal) -> list[LotChoice]:
    """The named shares that a fill of `quantity` takes, when `before` shares were filled ahead of it.

    The lots go in the order in which they were named (Reg. 1.1012-1(c)(2)), so that the fills together take
    exactly what was named; what goes beyond the named shares takes none.
    """
    taken: list[LotChoice] = []
    skip, left = before, quantity
    for choice in choices:
        available = choice.quantity - min(choice.quantity, skip)
        skip -= min(choice.quantity, skip)
        part = min(available, left)
        if part > ZERO:
            taken.append(LotChoice(lot_id=choice.lot_id, quantity=part))
            left -= part
    return taken
