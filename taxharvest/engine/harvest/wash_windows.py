"""Windows of the wash-sale rule: days on which identical instruments must not be bought, or sold at a loss.

Two clocks run for each group (IRC 1091(a)): thirty days after a loss, and thirty days after a purchase.
Trades that are only planned open theirs on both sides.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from portfolios.engine.policies import Identity, TaxRules
from portfolios.engine.records import DisposalCause, DisposalRecord, LotRecord
from portfolios.engine.walk import NOT_BOUGHT
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.harvest.planned_trades import PlannedTrade
from taxharvest.engine.what_if import SaleLedger, is_judged
from trading.engine.tax_looks import TrapKind

ZERO = Decimal(0)
REACH = timedelta(days=WINDOW)


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


def blocking(found: Iterable[Window], day: date) -> dict[UUID, Window]:
    """The instruments that are not to be bought on `day`, each with the window that ends last."""
    last: dict[UUID, Window] = {}
    for one in found:
        if one.kind is not WindowKind.NO_BUY or not one.begins <= day <= one.ends:
            continue
        for instrument_id in one.instruments:
            if instrument_id not in last or last[instrument_id].ends < one.ends:
                last[instrument_id] = one
    return last


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


def _after_purchases(ledger: SaleLedger, groups: _Groups) -> list[Window]:
    """One window a purchase of which shares are held that replaced none so far.

    Shares of an opening balance or a transfer were bought as far as anybody knows: the book counts them too.
    """
    used: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for wash in ledger.book.washes:
        used[wash.replacement_id] += wash.replacement_quantity
    lots: defaultdict[UUID, list[LotRecord]] = defaultdict(list)
    for lot in ledger.book.lots:
        if lot.origin not in NOT_BOUGHT and lot.quantity > 0 and lot.acquired is not None:
            lots[lot.transaction_id].append(lot)
    found = []
    for row_id, parts in lots.items():
        one, shares = parts[0], sum((part.quantity for part in parts), ZERO) - _replaced(parts, used[row_id])
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


def _replaced(parts: Iterable[LotRecord], told: Decimal) -> Decimal:
    """Shares that replaced others: as the matches tell or, of lots that moved since, by what they took up."""
    return max(told, sum((part.quantity for part in parts if part.deferred_base), ZERO))


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
