"""Open lots while the book is being derived: taking pieces from them and keeping them in order."""

import sys
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from uuid import UUID

from common.identifiers import derived_uuid
from portfolios.engine.records import LotOrigin
from portfolios.engine.units import apportion, divide, plus

# What one order bought: the number of its ledger row, or the account's and the order that fills share.
Purchase = int | tuple[int, str]
# Day of acquisition and arrival, then, among parts of one lot, the start of the holding period and the part.
Place = tuple[date, int, date, int]

# What is left of a divided lot stands behind the parts that began with it.
REST = sys.maxsize
_order = attrgetter("order")
# Closed lots are swept out of a queue once there are at least this many and they are the larger half.
_SWEEP_FROM = 32


@dataclass(slots=True)
class OpenLot:
    """A lot, or a piece taken from one. Numbers are units of 1e-8 and, for a short lot too, positive.

    `cost` and `basis` are in `currency`, their `_base` twins in the portfolio's base currency; for a short
    lot they are the proceeds received. None means not known. `order` is the place in acquisition order.

    `root_id` names the undivided lot and `part` a part of it, 0 what is left of it. `purchase` is shared by
    what one order bought, None for what was not bought. `is_spent` says that the shares have replaced others
    that were sold at a loss, `deferred` how much of `basis_base` such losses are. `loss_basis` and `given`
    are the market value and the day of a gift that was worth less than its donor's basis. `is_open` is unset
    once all of the lot was taken: it is then the piece itself.
    """

    root_id: UUID
    transaction_id: UUID
    origin: LotOrigin
    acquired: date | None
    holding_date: date | None
    quantity: int
    currency: str
    cost: int | None
    cost_base: int | None
    basis: int | None
    basis_base: int | None
    purchase: Purchase | None = None
    order: Place = (date.min, 0, date.min, 0)
    is_spent: bool = False
    deferred: int = 0
    loss_basis: int | None = None
    given: date | None = None
    part: int = 0
    is_open: bool = True

    @property
    def id(self) -> UUID:
        """The identifier of the lot, or of this part of it."""
        return derived_uuid(self.root_id, f"part-{self.part}") if self.part else self.root_id

    def split_off(self, quantity: int) -> "OpenLot":
        """A piece of `quantity` (at most the lot's) with its share of cost and basis, taken from this lot."""
        whole, basis = self.quantity, self.basis
        self.quantity = whole - quantity
        part, rest = _parted(basis, quantity, whole)
        if basis == self.cost == self.cost_base == self.basis_base:
            # Until something adjusts a lot, its four amounts are the same number: one division does for all.
            cost = cost_base = basis_base = part
            self.cost = self.cost_base = self.basis_base = rest
        else:
            cost, self.cost = _parted(self.cost, quantity, whole)
            cost_base, self.cost_base = _parted(self.cost_base, quantity, whole)
            basis_base, self.basis_base = _parted(self.basis_base, quantity, whole)
        self.basis = rest
        deferred, loss_basis = self.deferred, self.loss_basis
        if deferred:
            deferred = divide(deferred * quantity, whole)
            self.deferred -= deferred
        if loss_basis is not None:
            loss_basis, self.loss_basis = _parted(loss_basis, quantity, whole)
        return OpenLot(
            self.root_id,
            self.transaction_id,
            self.origin,
            self.acquired,
            self.holding_date,
            quantity,
            self.currency,
            cost,
            cost_base,
            part,
            basis_base,
            self.purchase,
            self.order,
            self.is_spent,
            deferred,
            loss_basis,
            self.given,
            self.part,
        )

    def absorb(self, other: "OpenLot") -> None:
        """Adds what `other` had cost to this lot; its quantity has vanished in rounding."""
        self.cost = plus(self.cost, other.cost)
        self.cost_base = plus(self.cost_base, other.cost_base)
        self.basis = plus(self.basis, other.basis)
        self.basis_base = plus(self.basis_base, other.basis_base)
        self.deferred += other.deferred
        self.loss_basis = plus(self.loss_basis, other.loss_basis)

    def renamed(self, root_id: UUID, part: int, transaction_id: UUID, origin: LotOrigin) -> "OpenLot":
        """The same piece, with its cost and dates, as a lot that another ledger row brought in.

        What was inherited stays so: it is long-term whoever holds it (IRC 1223(9)).
        """
        if self.origin is LotOrigin.INHERITANCE:
            origin = self.origin
        return replace(
            self, root_id=root_id, part=part, transaction_id=transaction_id, origin=origin, is_open=True
        )

    def take_up(self, loss: int, days: int | None, *, is_base_currency: bool = True) -> None:
        """Adds a deferred loss to the basis, and the `days` that were held what was sold to this one's.

        IRC 1091(d) and 1223(3). `days` None leaves the start of the holding period open. A lot in another
        currency takes the loss up in the base currency alone.
        """
        self.deferred += loss
        if is_base_currency:
            self.basis = plus(self.basis, loss)
        self.basis_base = plus(self.basis_base, loss)
        if days is None or self.holding_date is None:
            self.holding_date = None
        else:
            self.holding_date = date.fromordinal(self.holding_date.toordinal() - days)

    def give_up(self, loss: int, *, is_base_currency: bool = True) -> None:
        """Takes a deferred loss out of the proceeds of a short lot: closing it then loses that much more."""
        self.deferred += loss
        if is_base_currency:
            self.basis = plus(self.basis, -loss)
        self.basis_base = plus(self.basis_base, -loss)

    def forget_basis(self) -> None:
        """Marks the basis as not known, in both currencies."""
        self.basis = self.basis_base = None


class LotQueue:
    """The open lots of one side of a position, in order of acquisition (unknown days first).

    A lot of unknown day was held before the book began, so it is the oldest.
    """

    __slots__ = ("_arrivals", "_closed", "_first", "_lots", "quantity")

    def __init__(self) -> None:
        self.quantity = 0
        self._lots: list[OpenLot] = []
        self._first = 0  # every lot before this one is closed
        self._closed = 0  # closed lots still in the list
        self._arrivals = 0

    def __iter__(self) -> Iterator[OpenLot]:
        """The open lots; taking from the lot just given does not disturb the walk."""
        lots = self._lots
        for index in range(self._first, len(lots)):
            lot = lots[index]
            if lot.is_open:
                yield lot

    def add(self, lot: OpenLot) -> None:
        """Puts `lot` at its place: by day of acquisition, then by arrival."""
        self._arrivals += 1
        acquired = lot.acquired or date.min
        lot.order = (acquired, self._arrivals, acquired, REST)
        self.quantity += lot.quantity
        self._insert(lot)

    def divide(self, lot: OpenLot, quantity: int, number: int) -> OpenLot:
        """A part of `quantity` as an open lot of its own; `place` puts it where it belongs."""
        part = lot.split_off(quantity)
        part.part = number
        acquired, arrival, since, _ = lot.order
        part.order = acquired, arrival, since, number
        return part

    def place(self, lot: OpenLot) -> None:
        """Puts a part of a lot at its place among its siblings: the earliest holding period first.

        No authority says which part of a divided lot is sold first; this is the policy of the book.
        """
        acquired, arrival, _, number = lot.order
        lot.order = (acquired, arrival, lot.holding_date or date.min, number)
        self._insert(lot)

    def lift(self, lot: OpenLot) -> None:
        """Takes an open lot out of the order of the queue, to be placed again."""
        del self._lots[bisect_left(self._lots, lot.order, lo=self._first, key=_order)]

    def _insert(self, lot: OpenLot) -> None:
        lots = self._lots
        if not lots or lots[-1].order < lot.order:
            lots.append(lot)
        else:
            insort(lots, lot, lo=self._first, key=_order)

    def take(self, quantity: int, order: Iterable[OpenLot]) -> list[OpenLot]:
        """Pieces of the lots in `order` that add up to `quantity`, or to all there is when that is less.

        A lot that is needed whole becomes the piece itself; of the last one a part may be split off.
        Raises ValueError when `order` does not hold enough of the open lots: a relief method is wrong then.
        """
        pieces: list[OpenLot] = []
        left = min(quantity, self.quantity)
        self.quantity -= left
        if not left:
            return pieces
        for lot in order:
            if lot.quantity > left:
                pieces.append(lot.split_off(left))
                break
            lot.is_open = False
            self._closed += 1
            pieces.append(lot)
            left -= lot.quantity
            if not left:
                break
        else:
            raise ValueError("the order of relief leaves out lots that are needed")
        self._sweep()
        return pieces

    def rescale(self, total: int) -> None:
        """Gives the open lots the positive `total` between them, in proportion, at unchanged cost."""
        self._lots = rescaled(list(self), total)
        self._first = self._closed = 0
        self.quantity = total

    def _sweep(self) -> None:
        lots = self._lots
        while self._first < len(lots) and not lots[self._first].is_open:
            self._first += 1
        if self._closed >= _SWEEP_FROM and 2 * self._closed > len(lots):
            self._lots = list(self)
            self._first = self._closed = 0


def rescaled(lots: list[OpenLot], total: int) -> list[OpenLot]:
    """The lots with their quantities scaled to add up to the positive `total`.

    A lot that rounds to nothing leaves its cost to a neighbour, so that cost is conserved.
    """
    kept: list[OpenLot] = []
    vanished: list[OpenLot] = []
    for lot, quantity in zip(lots, apportion(total, [lot.quantity for lot in lots]), strict=True):
        lot.quantity = quantity
        (kept if quantity else vanished).append(lot)
    for lot in vanished:
        lot.is_open = False
        kept[0].absorb(lot)
    return kept


def merged(lots: Iterable[OpenLot]) -> Iterator[OpenLot]:
    """The lots, with parts of one lot that the law does not tell apart taken together.

    Shares that replaced others in an account whose basis takes nothing up are a part only to be used once.
    """
    last: OpenLot | None = None
    for lot in lots:
        if last is not None and _is_same(last, lot):
            last = replace(last, quantity=last.quantity + lot.quantity)
            last.absorb(lot)
            continue
        if last is not None:
            yield last
        last = lot
    if last is not None:
        yield last


def _is_same(one: OpenLot, other: OpenLot) -> bool:
    return (
        one.root_id == other.root_id
        and one.holding_date == other.holding_date
        and not (one.deferred or other.deferred)
    )


def _parted(amount: int | None, quantity: int, whole: int) -> tuple[int | None, int | None]:
    """What `quantity` of a lot of `whole` has of an amount, and what is left of it."""
    if amount is None:
        return None, None
    part = divide(amount * quantity, whole)
    return part, amount - part
