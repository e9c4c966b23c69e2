"""Which lots a sale takes: by tax per share at the household's marginal rates, losses that count first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from common.money import ARITHMETIC, quantize
from taxharvest.engine.rebalance.records import Asset, HeldLot, LotTaken, RebalanceFacts, RecentPurchase
from taxharvest.engine.savings import MarginalRates

ZERO = Decimal(0)
WHOLE = Decimal(1)


class Lots:
    """The lots of an account's asset while a plan is made: what is left of each, the cheapest tax first."""

    def __init__(
        self, facts: RebalanceFacts, asset: Asset, lots: Iterable[HeldLot], *, is_taxed: bool
    ) -> None:
        self._rates = facts.rates
        self._price = asset.price or ZERO
        self._is_taxed = is_taxed
        self._recent = [one for one in facts.recent if one.group == asset.group]
        known = [lot for lot in lots if not is_taxed or self._is_known(lot)]
        self._left = {lot.id: lot.quantity for lot in known}
        self._lots = sorted(known, key=self._place)

    @property
    def units(self) -> Decimal:
        """Shares that may still be sold: those whose tax is known."""
        return sum(self._left.values(), ZERO)

    def fragments(self) -> Iterator[tuple[HeldLot, Decimal]]:
        """What is left of each lot, in the order in which it is sold."""
        for lot in self._lots:
            if self._left[lot.id] > 0:
                yield lot, self._left[lot.id]

    def tax_per_unit(self, lot: HeldLot) -> Decimal:
        """The tax on one share: a loss saves, unless recent purchases would wash it."""
        if not self._is_taxed:
            return ZERO
        gain = self.gain_per_unit(lot)
        return ARITHMETIC.multiply(self._counted(lot, gain), _rate(lot, self._rates))

    def counted_per_unit(self, lot: HeldLot) -> Decimal:
        """The gain on one share that counts on the return; a loss in the part that is not washed."""
        return self._counted(lot, self.gain_per_unit(lot)) if self._is_taxed else ZERO

    def gain_per_unit(self, lot: HeldLot) -> Decimal:
        """Price less basis, of one share; zero for a basis that nobody needs to know."""
        if lot.basis is None or not lot.quantity:
            return ZERO
        return self._price - ARITHMETIC.divide(lot.basis, lot.quantity)

    def take(self, units: Decimal) -> list[LotTaken]:
        """Take shares in order; those taken are gone. `units` are at most what is left."""
        taken = []
        for lot, left in list(self.fragments()):
            part = min(left, units)
            if part <= 0:
                break
            self._left[lot.id] -= part
            units -= part
            taken.append(self._taken(lot, part))
        return taken

    def _taken(self, lot: HeldLot, units: Decimal) -> LotTaken:
        gain = None if lot.basis is None else quantize(ARITHMETIC.multiply(self.gain_per_unit(lot), units))
        counted = quantize(ARITHMETIC.multiply(self.counted_per_unit(lot), units))
        washed = counted - gain if self._is_taxed and gain is not None and gain < 0 else ZERO
        return LotTaken(
            lot_id=lot.id,
            acquired=lot.acquired,
            quantity=units,
            is_long=lot.is_long,
            gain=gain,
            washed=washed,
            tax=quantize(ARITHMETIC.multiply(counted, _rate(lot, self._rates))) if self._is_taxed else ZERO,
        )

    def _counted(self, lot: HeldLot, gain: Decimal) -> Decimal:
        """A gain in full; of a loss the part that shares bought of late, other than its own, do not cover."""
        if gain >= 0:
            return gain
        covering = min(_covering(self._recent, lot.id), lot.quantity)
        return ARITHMETIC.divide(gain * (lot.quantity - covering), lot.quantity)

    def _is_known(self, lot: HeldLot) -> bool:
        return lot.basis is not None and lot.is_long is not None

    def _place(self, lot: HeldLot) -> tuple[Decimal, int, int]:
        """Cheapest first; of equals the oldest, as the account would by itself."""
        return self.tax_per_unit(lot), lot.acquired.toordinal() if lot.acquired else 0, lot.id.int


def added_up(taken: Iterable[LotTaken]) -> tuple[LotTaken, ...]:
    """What was taken in several turns, each lot once: an order names a lot no second time."""
    found: dict[UUID, LotTaken] = {}
    for one in taken:
        told = found.get(one.lot_id)
        found[one.lot_id] = one if told is None else _both(told, one)
    return tuple(found.values())


def unknown_units(lots: Sequence[HeldLot]) -> Decimal:
    """Shares whose basis or term is not known: in a taxed account they are not sold."""
    return sum((lot.quantity for lot in lots if lot.basis is None or lot.is_long is None), ZERO)


def whole_units(units: Decimal) -> Decimal:
    """Whole shares, rounded down."""
    return units.quantize(WHOLE, rounding="ROUND_FLOOR", context=ARITHMETIC)


def whole_units_up(units: Decimal) -> Decimal:
    """Whole shares, rounded up."""
    return units.quantize(WHOLE, rounding="ROUND_CEILING", context=ARITHMETIC)


def _both(told: LotTaken, more: LotTaken) -> LotTaken:
    return replace(
        told,
        quantity=told.quantity + more.quantity,
        gain=None if told.gain is None or more.gain is None else told.gain + more.gain,
        washed=told.washed + more.washed,
        tax=told.tax + more.tax,
    )


def _covering(recent: Iterable[RecentPurchase], lot_id: UUID) -> Decimal:
    return sum((one.shares for one in recent if one.lot_id != lot_id), ZERO)


def _rate(lot: HeldLot, rates: MarginalRates) -> Decimal:
    return rates.long if lot.is_long else rates.short
