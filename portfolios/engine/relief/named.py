"""Specific lots: the shares that were named for a sale (Reg. 1.1012-1(c)(2) to (4))."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from portfolios.engine.lots import LotQueue, OpenLot

# Undivided lots and how much of each is sold, in units of 1e-8.
NamedLots = Sequence[tuple[UUID, int]]


def named_shortfall(lots: LotQueue, named: NamedLots, quantity: int) -> str:
    """Why the named lots cannot be what is sold, in words; empty when they can."""
    held: defaultdict[UUID, int] = defaultdict(int)
    for lot in lots:
        held[lot.root_id] += lot.quantity
    wanted: defaultdict[UUID, int] = defaultdict(int)
    for lot_id, part in named:
        wanted[lot_id] += part
        if part <= 0:
            return "a lot is named with no shares"
        if lot_id not in held:
            return "a lot is named that was not held then"
        if wanted[lot_id] > held[lot_id]:
            return "more shares of a lot are named than it had"
    if sum(wanted.values()) != quantity:
        return "the named shares do not add up to the shares sold"
    return ""


def take_named(lots: LotQueue, named: NamedLots) -> list[OpenLot]:
    """Pieces of the named lots, in the order named; of a divided lot the longest held part first."""
    parts: defaultdict[UUID, list[OpenLot]] = defaultdict(list)
    for lot in lots:
        parts[lot.root_id].append(lot)
    return [piece for lot_id, part in named for piece in lots.take(part, _open(parts[lot_id]))]


def _open(lots: Iterable[OpenLot]) -> Iterable[OpenLot]:
    return (lot for lot in lots if lot.is_open)
