"""The wash guard: what is still to come that an order would clash with.

IRC 1091(a) looks thirty days back and thirty days forward from a loss. What is booked the ledger tells; this
module asks what follows when trades that are only planned are added to it. The book itself is the judge: an
order and the planned trades are put behind the last row, and the matches between them are the clash. How a
trade that rests may fill stands in `worst_fills`, the days on which neither side may trade in `wash_windows`,
and what is said of it in `threat_words`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from portfolios.engine.records import WashRecord
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.harvest.planned_trades import PlannedTrade
from taxharvest.engine.harvest.worst_fills import at_their_worst, may_lose
from taxharvest.engine.what_if import SaleLedger
from trading.engine.tax_looks import TrapKind

ZERO = Decimal(0)
REACH = timedelta(days=WINDOW)
Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """A planned trade that would wash a loss, or whose loss would be washed, and the money at stake.

    `loss_*` names the side of the loss; `sale_id` is its ledger row where it is booked. `disallowed` is in
    `currency`, the base currency of that account, and holds `lost`, what no basis would take up.
    """

    trade: PlannedTrade
    loss_portfolio_id: UUID
    loss_instrument_id: UUID
    sale_id: UUID | None
    sold: date
    shares: Decimal
    disallowed: Decimal
    lost: Decimal
    currency: str

    @property
    def free_on(self) -> date | None:
        """The first day clear of the planned trade; None: it may come on any day until somebody stops it."""
        if self.trade.kind is TrapKind.ITSELF:
            return self.trade.first + REACH + timedelta(days=1)
        if self.trade.pace or self.trade.last is None:
            return None
        return self.trade.last + REACH + timedelta(days=1)


def order_threats(
    before: SaleLedger, order: PlannedTrade, others: Iterable[PlannedTrade]
) -> tuple[Threat, ...]:
    """What would be washed on account of `order` once other planned trades happen too, most money first.

    A loss sale clashes with purchases that may come within thirty days of it, a purchase with sales at a
    loss, and a sale with another one to which it leaves the lots that lose. Which comes first nobody knows,
    nor in how many parts an order fills that rests, nor how far through its price a stop falls; so each way
    is tried and the dearest one is told. What `order` alone washes of the book is not among the threats.
    `before` covers the whole household until the day of the order.
    """
    near = [one for one in others if _is_in_reach(order, one)]
    trades = [order, *near]
    if not (near or order.rests) or not any(may_lose(before, one, trades) for one in trades):
        return ()
    is_careful = any(one.rests and not one.is_purchase for one in trades)
    alone = _pairs(order_washes(before, order))
    ways = [
        way
        for careful in ((False, True) if is_careful else (False,))
        for way in _clashes(before, order, near, alone, is_careful=careful)
    ]
    return max(ways, key=lambda threats: sum((one.disallowed for one in threats), ZERO))


def order_washes(before: SaleLedger, order: PlannedTrade) -> tuple[WashRecord, ...]:
    """What `order` alone would wash, or would have washed of its own loss, by what is booked so far."""
    return before.so_far.after([order.row(order.first, 0)]).washes


def loss_threats(before: SaleLedger, trades: Iterable[PlannedTrade], day: date) -> tuple[Threat, ...]:
    """The booked losses that planned purchases would still wash from `day` on, most money first."""
    near = [one for one in trades if one.is_purchase]
    rows = {
        (row := trade.row(max(trade.first, day), place)).id: (row, trade) for place, trade in enumerate(near)
    }
    if not rows:
        return ()
    washes = before.so_far.after([row for row, _ in rows.values()]).washes
    found = (wash for wash in washes if wash.replacement_id in rows and wash.sale_id not in rows)
    return _threats(before, ((wash, rows[wash.replacement_id][1], wash.sale_id) for wash in found))


def free_of(threats: Iterable[Threat]) -> date | None:
    """The first day clear of all of them; None where one may come on any day, or there is none."""
    days = [threat.free_on for threat in threats]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None


def _is_in_reach(order: PlannedTrade, other: PlannedTrade) -> bool:
    """Whether some day of the one is within thirty days of some day of the other."""
    starts = other.first - REACH <= (order.last or date.max)
    ends = order.first - REACH <= (other.last or date.max)
    return starts and ends


def _clashes(
    before: SaleLedger,
    order: PlannedTrade,
    near: Sequence[PlannedTrade],
    alone: Mapping[Pair, WashRecord],
    *,
    is_careful: bool,
) -> Iterator[tuple[Threat, ...]]:
    """What is washed with the order and not without it: as it leads the others, and as it comes behind."""
    without = _washes(before, near, order, is_careful=is_careful) if near else {}
    planned = {one.row_id: one for one in (order, *near)}
    for sequence in ([order, *near], [*near, order])[: 2 if near else 1]:
        found = []
        for pair, wash in _washes(before, sequence, order, is_careful=is_careful).items():
            known = without.get(pair) or alone.get(pair)
            if known is None or wash.disallowed_base > known.disallowed_base:
                found.append((wash, _behind(pair, order, planned), None))
        yield _threats(before, found)


def _behind(pair: Pair, order: PlannedTrade, planned: Mapping[UUID, PlannedTrade]) -> PlannedTrade:
    """The planned trade that a person would have to stop: another one than the order where there is one."""
    others = [planned[key] for key in pair if key in planned and key != order.row_id]
    return others[0] if others else order


def _washes(
    before: SaleLedger, trades: Sequence[PlannedTrade], order: PlannedTrade, *, is_careful: bool
) -> dict[Pair, WashRecord]:
    """The matches that have a planned trade on one side, once the trades are booked in this order."""
    if is_careful:
        # A sale that rests may fill on any day, so on that of each purchase in reach.
        same_day = [one.row(order.first, place) for place, one in enumerate(trades)]
        placed = at_their_worst(before, trades, same_day)
    else:
        placed = [one.row(_pulled(one, order), place) for place, one in enumerate(trades)]
    return _pairs(before.so_far.after(placed).washes)


def _pairs(washes: Iterable[WashRecord]) -> dict[Pair, WashRecord]:
    """The matches by sale and purchase, those of one pair added up."""
    found: dict[Pair, WashRecord] = {}
    for wash in washes:
        pair = (wash.sale_id, wash.replacement_id)
        told = found.get(pair)
        found[pair] = (
            wash
            if told is None
            else replace(
                told,
                quantity=told.quantity + wash.quantity,
                disallowed_base=told.disallowed_base + wash.disallowed_base,
            )
        )
    return found


def _pulled(other: PlannedTrade, order: PlannedTrade) -> date:
    """A day for the other trade near the order's first one: in reach it is, and only that matters."""
    return min(max(other.first, order.first - REACH), order.first + REACH)


def _threats(
    before: SaleLedger, found: Iterable[tuple[WashRecord, PlannedTrade, UUID | None]]
) -> tuple[Threat, ...]:
    threats: dict[tuple[TrapKind, UUID, UUID, UUID | None, date], Threat] = {}
    for wash, trade, sale_id in found:
        key = (trade.kind, trade.key, trade.instrument_id, sale_id, trade.first)
        told = threats.get(key)
        lost = wash.disallowed_base if wash.is_permanent else ZERO
        threats[key] = (
            Threat(
                trade=trade,
                loss_portfolio_id=wash.portfolio_id,
                loss_instrument_id=wash.instrument_id,
                sale_id=sale_id,
                sold=wash.sold,
                shares=wash.quantity,
                disallowed=wash.disallowed_base,
                lost=lost,
                currency=before.portfolios[wash.portfolio_id].base_currency,
            )
            if told is None
            else replace(
                told,
                shares=told.shares + wash.quantity,
                disallowed=told.disallowed + wash.disallowed_base,
                lost=told.lost + lost,
            )
        )
    return tuple(sorted(threats.values(), key=lambda one: (-one.disallowed, one.trade.first)))
