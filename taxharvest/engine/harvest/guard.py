"""The wash guard: what is still to come that an order would clash with, and when neither side may trade.

IRC 1091(a) looks thirty days back and thirty days forward from a loss. What is booked the ledger tells; this
module asks what follows when trades that are only planned are added to it. The book itself is the judge: an
order and the planned trades are put behind the last row, and the matches between them are the clash.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.book import derive_book
from portfolios.engine.figures import amount_text, day_text
from portfolios.engine.policies import Identity, TaxRules
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import (
    DisposalCause,
    DisposalRecord,
    LotChoice,
    LotOrigin,
    LotRecord,
    ReliefMethod,
    TransactionRecord,
    WashRecord,
)
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.harvest.planned_trades import PlannedTrade
from taxharvest.engine.what_if import SaleLedger, is_judged
from trading.engine.tax_looks import RISE, TrapKind, WashTrap

ZERO = Decimal(0)
REACH = timedelta(days=WINDOW)
HERE = "this account"
Pair = tuple[UUID, UUID]
PLANS = frozenset((TrapKind.RECURRING, TrapKind.REINVESTMENT))
BY_AGE = frozenset((ReliefMethod.FIFO, ReliefMethod.LIFO))
# More than there are planned trades: a sale that is to come behind all of them.
BEHIND = 1_000_000
HALF = Decimal(2)
PACES: Mapping[str, str] = {"weekly": "weekly ", "fortnightly": "fortnightly ", "monthly": "monthly "}


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


class WindowKind(StrEnum):
    """What must not be done while a window is open."""

    NO_BUY = "no_buy"
    NO_LOSS_SALE = "no_loss_sale"


class WindowCause(StrEnum):
    """What opened a window."""

    SOLD = "sold"
    BOUGHT = "bought"
    PLANNED = "planned"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Days on which identical instruments must not be bought, or not be sold at a loss; both ends count.

    It was opened by a trade of `portfolio_id` in `instrument_id`, booked as `transaction_id` or planned.
    `instruments` are all that is identical, the calls on it among them for a window of purchases. `at_stake`
    is the loss (positive, in `currency`) that a purchase would wash, None where it hangs on the price.
    """

    kind: WindowKind
    cause: WindowCause
    portfolio_id: UUID
    instrument_id: UUID
    instruments: tuple[UUID, ...]
    begins: date
    ends: date
    shares: Decimal
    currency: str
    transaction_id: UUID | None = None
    at_stake: Decimal | None = None
    trade: PlannedTrade | None = None

    @property
    def free_on(self) -> date:
        """The first day after it."""
        return self.ends + timedelta(days=1)


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


def may_lose(before: SaleLedger, sale: PlannedTrade, trades: Iterable[PlannedTrade] = ()) -> bool:
    """Whether a sale comes to a lot, held or bought before it, that has cost more than it may bring.

    A purchase loses nothing. Where lots were named for the sale it comes to no others.
    """
    if sale.is_purchase:
        return False
    each = _least_each(sale)
    least = sale.price if sale.worst is None else sale.worst
    lots = [lot for lot in before.lots_of(*_position(sale)) if _comes_to(sale, lot)]
    return any(_loses(lot, each) for lot in lots) or any(
        one.kind in PLANS or (one.price if one.worst is None else one.worst) > least
        for one in trades
        if one.is_purchase and _position(one) == _position(sale)
    )


def order_washes(before: SaleLedger, order: PlannedTrade) -> tuple[WashRecord, ...]:
    """What `order` alone would wash, or would have washed of its own loss, by what is booked so far."""
    row = order.row(order.first, 0)
    book = derive_book([*before.rows, row], before.portfolios, before.rules)
    return tuple(wash for wash in book.washes if row.id in (wash.sale_id, wash.replacement_id))


def loss_threats(before: SaleLedger, trades: Iterable[PlannedTrade], day: date) -> tuple[Threat, ...]:
    """The booked losses that planned purchases would still wash from `day` on, most money first."""
    near = [one for one in trades if one.is_purchase]
    rows = {
        (row := trade.row(max(trade.first, day), place)).id: (row, trade) for place, trade in enumerate(near)
    }
    if not rows:
        return ()
    book = derive_book([*before.rows, *(row for row, _ in rows.values())], before.portfolios, before.rules)
    found = (wash for wash in book.washes if wash.replacement_id in rows and wash.sale_id not in rows)
    return _threats(before, ((wash, rows[wash.replacement_id][1], wash.sale_id) for wash in found))


def windows(
    ledger: SaleLedger, trades: Iterable[PlannedTrade], first: date, last: date
) -> tuple[Window, ...]:
    """Every window of the household that is open on some day from `first` to `last`, by its first day.

    After a loss sale nothing identical is to be bought for thirty days, and after a purchase nothing
    identical is to be sold at a loss for as long: two clocks for each group (IRC 1091(a)). What would change
    nothing opens none: a loss that was washed whole, a purchase beside which nothing identical is held.
    """
    groups = _Groups(ledger.rules)
    found = [*_after_losses(ledger, groups), *_after_purchases(ledger, groups)]
    found += [window for trade in trades for window in _around(ledger, trade, groups)]
    shown = [one for one in found if one.begins <= last and one.ends >= first]
    return tuple(sorted(shown, key=lambda one: (one.begins, one.kind, one.instrument_id.int)))


def blocked(found: Iterable[Window], day: date) -> frozenset[UUID]:
    """The instruments that are not to be bought on `day`."""
    return frozenset(
        instrument_id
        for one in found
        if one.kind is WindowKind.NO_BUY and one.begins <= day <= one.ends
        for instrument_id in one.instruments
    )


def traps_of(
    threats: Iterable[Threat], portfolio_id: UUID, symbols: Mapping[UUID, str]
) -> tuple[WashTrap, ...]:
    """The other trades behind the threats, each once, in words for somebody who trades `portfolio_id`."""
    found: dict[tuple[TrapKind, UUID, UUID], WashTrap] = {}
    for threat in threats:
        trade = threat.trade
        if trade.kind is TrapKind.ITSELF:
            continue
        found.setdefault(
            (trade.kind, trade.key, trade.instrument_id),
            WashTrap(
                kind=trade.kind,
                key=trade.key,
                portfolio_id=trade.portfolio_id,
                words=trade_words(trade, portfolio_id, symbols),
            ),
        )
    return tuple(found.values())


def trade_words(trade: PlannedTrade, portfolio_id: UUID, symbols: Mapping[UUID, str]) -> str:
    """A planned trade in a few words; its account is named only as this one or another."""
    symbol = symbols[trade.instrument_id]
    if trade.kind is TrapKind.ITSELF:
        return "the order itself, should it fill in part, later or at a worse price"
    place = HERE if trade.portfolio_id == portfolio_id else ELSEWHERE
    if trade.kind is TrapKind.REINVESTMENT:
        when = "on a day that is not known" if trade.last is None else f"expected by {day_text(trade.last)}"
        return f"the dividend of {symbol} that is reinvested in {place}, {when}"
    if trade.kind is TrapKind.RECURRING:
        return f"the {PACES.get(trade.pace, '')}purchase of {symbol} in {place}, due {day_text(trade.first)}"
    verb = "buy" if trade.is_purchase else "sell"
    size = f"{_plain(abs(trade.quantity))} {symbol}"
    if trade.kind is TrapKind.REQUEST:
        return f"the order before it to {verb} {size} in {place}"
    if trade.kind is TrapKind.FILL:
        return f"the fill that {'bought' if trade.is_purchase else 'sold'} {size} in {place} just now"
    return f"the open order to {verb} {size} in {place}"


def threat_words(threats: Sequence[Threat], portfolio_id: UUID, symbols: Mapping[UUID, str]) -> str:
    """One sentence on what is at stake and why, and one on what stops it; empty without any threat."""
    if not threats:
        return ""
    traps = traps_of(threats, portfolio_id, symbols)
    fate = _fate(threats)
    reasons = "; ".join(dict.fromkeys(trade_words(threat.trade, portfolio_id, symbols) for threat in threats))
    return f"Still to come (IRC 1091): {fate} because of {reasons}.{_remedy(traps)}"


def free_of(threats: Iterable[Threat]) -> date | None:
    """The first day clear of all of them; None where one may come on any day, or there is none."""
    days = [threat.free_on for threat in threats]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None


def open_losses(ledger: SaleLedger) -> list[DisposalRecord]:
    """Pieces sold at a loss that counts so far, in accounts where the rule looks at it."""
    return [piece for piece in ledger.book.disposals if _is_open_loss(piece, ledger)]


class _Groups:
    """What is identical with what, and the calls that replace it."""

    def __init__(self, rules: TaxRules) -> None:
        self._rules = rules
        self._members: defaultdict[UUID, list[UUID]] = defaultdict(list)
        self._calls: defaultdict[UUID, list[UUID]] = defaultdict(list)
        for instrument_id, identity in rules.identities.items():
            self._members[identity.group].append(instrument_id)
            if identity.replaces is not None and rules.policy.options_replace:
                self._calls[identity.replaces].append(instrument_id)

    def of(self, instrument_id: UUID) -> Identity:
        return self._rules.identities.get(instrument_id) or Identity(group=instrument_id)

    def identical(self, group: UUID, instrument_id: UUID) -> tuple[UUID, ...]:
        return tuple(self._members[group]) or (instrument_id,)

    def replacing(self, instrument_id: UUID) -> tuple[UUID, ...]:
        group = self.of(instrument_id).group
        return (*self.identical(group, instrument_id), *self._calls[group])

    def replaced(self, instrument_id: UUID) -> tuple[UUID, ...]:
        """What a purchase of this one replaces: what is identical with it, and what a call is on."""
        identity = self.of(instrument_id)
        own = self.identical(identity.group, instrument_id)
        return own if identity.replaces is None else (*own, *self._members[identity.replaces])


def _is_in_reach(order: PlannedTrade, other: PlannedTrade) -> bool:
    """Whether some day of the one is within thirty days of some day of the other."""
    starts = other.first - REACH <= (order.last or date.max)
    ends = order.first - REACH <= (other.last or date.max)
    return starts and ends


def _least_each(sale: PlannedTrade) -> Decimal:
    """The least that one unit may bring, in the base currency of the account."""
    price = sale.price if sale.worst is None else sale.worst
    rate = sale.fx_rate or Decimal(1)
    return ARITHMETIC.multiply(ARITHMETIC.multiply(price, sale.multiplier), rate)


def _comes_to(sale: PlannedTrade, lot: LotRecord) -> bool:
    return not sale.lots or any(choice.lot_id == lot.root_id for choice in sale.lots)


def _loses(lot: LotRecord, each: Decimal) -> bool:
    return lot.basis_base is None or ARITHMETIC.multiply(lot.quantity, each) < lot.basis_base


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
        placed = _at_their_worst(before, trades, same_day)
    else:
        placed = [one.row(_pulled(one, order), place) for place, one in enumerate(trades)]
    book = derive_book([*before.rows, *placed], before.portfolios, before.rules)
    keys = {row.id for row in placed}
    return {pair: wash for pair, wash in _pairs(book.washes).items() if not keys.isdisjoint(pair)}


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


def _at_their_worst(
    before: SaleLedger, trades: Sequence[PlannedTrade], rows: Sequence[TransactionRecord]
) -> list[TransactionRecord]:
    """The same rows with each sale that rests closing half of every lot that may lose, at the worst price.

    It may come to any of them, in whatever part it fills or after other sales, while shares of another one
    are still held: half of each shows both. A sale that comes to none is left out.
    A purchase by plan is paid at a price that nobody knows yet: above that of a sale which rests beside it.
    """
    dear = [_dearer(one, row, trades) for one, row in zip(trades, rows, strict=True)]
    bought = [row for row in dear if row.quantity > 0]
    lots = _lots_with(before, bought)
    taken: set[UUID] = set()
    found = []
    for one, row in zip(trades, dear, strict=True):
        if one.is_purchase or not one.rests:
            found.append(row)
            continue
        each = _least_each(one)
        reached = _reached(before, one, [lot for lot in lots if _position(lot) == _position(one)], trades)
        losing = [lot for lot in reached if lot.root_id not in taken and _loses(lot, each)]
        taken |= {lot.root_id for lot in losing}
        if losing:
            found.append(_closing(row, one, losing))
    return found


def _lots_with(before: SaleLedger, bought: Sequence[TransactionRecord]) -> Sequence[LotRecord]:
    """The open lots once these purchases are booked too."""
    if not bought:
        return before.book.lots
    return derive_book([*before.rows, *bought], before.portfolios, before.rules).lots


def _position(one: PlannedTrade | LotRecord) -> tuple[UUID, UUID]:
    return one.portfolio_id, one.instrument_id


def _dearer(trade: PlannedTrade, row: TransactionRecord, trades: Iterable[PlannedTrade]) -> TransactionRecord:
    """The row of a purchase at the highest price that it may be paid at beside sales that rest."""
    beside = [
        one.price if one.worst is None else one.worst
        for one in trades
        if one.rests and not one.is_purchase and _position(one) == _position(trade)
    ]
    if not trade.is_purchase or not beside:
        return row
    price = trade.price if trade.worst is None else trade.worst
    if trade.kind in PLANS:
        price = ARITHMETIC.multiply(max(price, *beside), RISE)
    units = ARITHMETIC.multiply(trade.quantity, trade.multiplier)
    return replace(row, price=price, amount=-quantize(ARITHMETIC.multiply(units, price)))


def _reached(
    before: SaleLedger, sale: PlannedTrade, lots: Sequence[LotRecord], trades: Iterable[PlannedTrade]
) -> list[LotRecord]:
    """The lots that a sale may come to: those named; by age as many as all sales take; else every one."""
    if sale.lots:
        return [lot for lot in lots if _comes_to(sale, lot)]
    relief = before.portfolios[sale.portfolio_id].relief
    if relief not in BY_AGE:
        return [lot for lot in lots if lot.quantity > 0]
    left = -sum(
        (one.quantity for one in trades if not one.is_purchase and _position(one) == _position(sale)), ZERO
    )
    found = []
    for lot in lots if relief is ReliefMethod.FIFO else reversed(lots):
        if left > 0 and lot.quantity > 0:
            found.append(lot)
            left -= lot.quantity
    return found


def _closing(row: TransactionRecord, sale: PlannedTrade, losing: Sequence[LotRecord]) -> TransactionRecord:
    """The row of a sale that closes half of these lots, behind every purchase of the same day."""
    shares: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for lot in losing:
        shares[lot.root_id] += quantize(ARITHMETIC.divide(lot.quantity, HALF))
    quantity = sum(shares.values(), ZERO)
    price = sale.price if sale.worst is None else sale.worst
    units = ARITHMETIC.multiply(quantity, sale.multiplier)
    return replace(
        row,
        sequence=row.sequence + BEHIND,
        quantity=-quantity,
        price=price,
        amount=quantize(ARITHMETIC.multiply(units, price)),
        lots=tuple(LotChoice(lot_id=key, quantity=part) for key, part in shares.items()),
    )


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


def _is_open_loss(piece: DisposalRecord, ledger: SaleLedger) -> bool:
    is_loss = piece.gain_base is not None and piece.gain_base < 0 and not piece.disallowed_base
    is_sale = piece.cause is DisposalCause.SALE and not piece.is_short_sale
    account = ledger.portfolios[piece.portfolio_id]
    return is_loss and is_sale and is_judged(account, piece.instrument_id, piece.disposed, ledger.rules)


def _after_losses(ledger: SaleLedger, groups: _Groups) -> list[Window]:
    """One window a sale: from its day to the thirtieth after it."""
    sales: defaultdict[UUID, list[DisposalRecord]] = defaultdict(list)
    for piece in open_losses(ledger):
        sales[piece.transaction_id].append(piece)
    return [
        Window(
            kind=WindowKind.NO_BUY,
            cause=WindowCause.SOLD,
            portfolio_id=pieces[0].portfolio_id,
            instrument_id=pieces[0].instrument_id,
            instruments=groups.replacing(pieces[0].instrument_id),
            begins=pieces[0].disposed,
            ends=pieces[0].disposed + REACH,
            shares=sum((piece.quantity for piece in pieces), ZERO),
            currency=ledger.portfolios[pieces[0].portfolio_id].base_currency,
            transaction_id=sale_id,
            at_stake=-sum((piece.gain_base or ZERO for piece in pieces), ZERO),
        )
        for sale_id, pieces in sales.items()
    ]


BOUGHT = frozenset((LotOrigin.BUY, LotOrigin.REINVEST))


def _after_purchases(ledger: SaleLedger, groups: _Groups) -> list[Window]:
    """One window a purchase of which shares are held that replaced none so far."""
    used: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for wash in ledger.book.washes:
        used[wash.replacement_id] += wash.replacement_quantity
    lots: defaultdict[UUID, list[LotRecord]] = defaultdict(list)
    for lot in ledger.book.lots:
        if lot.origin in BOUGHT and lot.quantity > 0 and lot.acquired is not None:
            lots[lot.transaction_id].append(lot)
    found = []
    for row_id, parts in lots.items():
        one, shares = parts[0], sum((part.quantity for part in parts), ZERO) - used[row_id]
        if shares > 0 and _has_others(ledger, groups, row_id, one.instrument_id):
            day = one.acquired or date.min
            found.append(
                Window(
                    kind=WindowKind.NO_LOSS_SALE,
                    cause=WindowCause.BOUGHT,
                    portfolio_id=one.portfolio_id,
                    instrument_id=one.instrument_id,
                    instruments=groups.replaced(one.instrument_id),
                    begins=day,
                    ends=day + REACH,
                    shares=shares,
                    currency=ledger.portfolios[one.portfolio_id].base_currency,
                    transaction_id=row_id,
                )
            )
    return found


def _has_others(ledger: SaleLedger, groups: _Groups, row_id: UUID | None, instrument_id: UUID) -> bool:
    """Whether something that a purchase would replace is held where a loss counts, itself left out."""
    replaced = set(groups.replaced(instrument_id))
    return any(
        lot.instrument_id in replaced
        and lot.transaction_id != row_id
        and lot.quantity > 0
        and is_judged(ledger.portfolios[lot.portfolio_id], lot.instrument_id, date.max, ledger.rules)
        for lot in ledger.book.lots
    )


def _around(ledger: SaleLedger, trade: PlannedTrade, groups: _Groups) -> Iterable[Window]:
    """The window of a trade that is only planned: thirty days before it until thirty days after it."""
    is_waiting = trade.kind in (TrapKind.ORDER, TrapKind.FILL, TrapKind.REQUEST)
    if trade.is_purchase and not _has_others(ledger, groups, None, trade.instrument_id):
        return
    yield Window(
        kind=WindowKind.NO_LOSS_SALE if trade.is_purchase else WindowKind.NO_BUY,
        cause=WindowCause.WAITING if is_waiting else WindowCause.PLANNED,
        portfolio_id=trade.portfolio_id,
        instrument_id=trade.instrument_id,
        instruments=(groups.replaced if trade.is_purchase else groups.replacing)(trade.instrument_id),
        begins=trade.first if is_waiting else trade.first - REACH,
        ends=(trade.last or trade.first) + REACH,
        shares=abs(trade.quantity),
        currency=ledger.portfolios[trade.portfolio_id].base_currency,
        trade=trade,
    )


def _fate(threats: Sequence[Threat]) -> str:
    """The money at stake by currency, in words."""
    parts = []
    for currency in sorted({threat.currency for threat in threats}):
        mine = [threat for threat in threats if threat.currency == currency]
        lost = sum((threat.lost for threat in mine), ZERO)
        deferred = sum((threat.disallowed for threat in mine), ZERO) - lost
        parts += [
            f"{amount_text(amount, currency)} of loss would be {word}"
            for amount, word in ((deferred, "deferred"), (lost, "lost for good"))
            if amount
        ]
    return " and ".join(parts)


REMEDIES: Mapping[TrapKind, str] = {
    TrapKind.ORDER: "cancel the order",
    TrapKind.RECURRING: "pause the recurring purchase",
    TrapKind.REINVESTMENT: "pause the reinvestment of dividends",
}


def _remedy(traps: Collection[WashTrap]) -> str:
    kinds = dict.fromkeys(trap.kind for trap in traps)
    steps = [REMEDIES[kind] for kind in kinds if kind in REMEDIES]
    if not steps:
        return ""
    sentence = " and ".join(steps)
    return f" First {sentence}."


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
