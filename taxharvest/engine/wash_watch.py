"""What the wash-sale rule would do today: to losses that a sale would take, and to those taken of late."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.policies import Identity, TaxRules
from portfolios.engine.records import (
    DisposalCause,
    DisposalRecord,
    LotChoice,
    LotRecord,
    PortfolioRecord,
    TaxOwner,
    TransactionKind,
    Treatment,
)
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.what_if import PlannedSale, SaleLedger, SaleOutcome, is_judged, sale_outcome

ZERO = Decimal(0)
ONE = Decimal(1)
# A dividend that was reinvested within this many days is taken for a standing plan.
REINVESTS_WITHIN = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPrice:
    """The last close of an instrument; `fx_rate` as in `PlannedSale`, by the account's base currency."""

    close: Decimal
    currency: str
    multiplier: Decimal = ONE
    fx_rates: Mapping[str, Decimal]

    def rate_to(self, base: str) -> Decimal | None:
        """Units of `base` for one of the close's currency; None where it is not known."""
        return ONE if base == self.currency else self.fx_rates.get(base)


@dataclass(frozen=True, slots=True, kw_only=True)
class SellWarning:
    """The loss lots of one position, sold today: `loss` (positive) is what they have lost, all counted.

    `outcome` says how much of it would not count, and which purchases are why.
    """

    portfolio_id: UUID
    instrument_id: UUID
    currency: str
    shares: Decimal
    loss: Decimal
    outcome: SaleOutcome

    @property
    def washed_shares(self) -> Decimal:
        """How many of the shares sold would count as replaced."""
        return sum((cause.sold for cause in self.outcome.causes), ZERO)

    @property
    def at_stake(self) -> Decimal:
        """The part of the loss that would not count."""
        return self.outcome.disallowed


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyWarning:
    """A loss of the last thirty days that a purchase would still undo.

    Buying up to `shares` of any of `identical` would wash `loss` (positive, in `currency`); `options` are
    calls that replace them too. `reinvesting` names positions, by account and instrument, whose dividends
    have been reinvested of late. `free_on` is the first day on which a purchase washes nothing.
    """

    portfolio_id: UUID
    instrument_id: UUID
    transaction_id: UUID
    currency: str
    sold: date
    shares: Decimal
    loss: Decimal
    free_on: date
    days_left: int
    identical: tuple[UUID, ...]
    options: tuple[UUID, ...]
    reinvesting: tuple[tuple[UUID, UUID], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SellWatch:
    """The warnings, most money first, and positions that could not be judged for want of a price or basis."""

    warnings: tuple[SellWarning, ...]
    unjudged: tuple[tuple[UUID, UUID], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What stands around a loss: the ledger, what is identical, and dividends that are reinvested."""

    before: SaleLedger
    groups: Mapping[UUID, tuple[list[UUID], list[UUID]]]
    plans: Collection[tuple[UUID, UUID]]


def if_sold_today(
    ledger: SaleLedger, day: date, prices: Mapping[UUID, MarketPrice], portfolio_ids: Collection[UUID]
) -> SellWatch:
    """The loss lots of each taxable position of `portfolio_ids`, each position sold for itself on `day`.

    Only positions of which something identical was bought in the thirty days before can be washed; the others
    are not asked. `ledger` covers the whole household.
    """
    before = ledger.until(day)
    positions = _positions(before, day, portfolio_ids)
    warnings: list[SellWarning] = []
    unjudged: list[tuple[UUID, UUID]] = []
    for (portfolio_id, instrument_id), lots in positions.items():
        account = before.portfolios[portfolio_id]
        price = prices.get(instrument_id)
        rate = None if price is None else price.rate_to(account.base_currency)
        if price is None or rate is None or any(lot.basis_base is None for lot in lots):
            unjudged.append((portfolio_id, instrument_id))
            continue
        sale = _loss_sale(lots, price, rate, day)
        if sale is not None:
            warnings.extend(_sell_warning(before, sale, account))
    warnings.sort(key=lambda one: (-one.at_stake, one.portfolio_id.int, one.instrument_id.int))
    return SellWatch(warnings=tuple(warnings), unjudged=tuple(unjudged))


def if_bought_today(ledger: SaleLedger, day: date, portfolio_ids: Collection[UUID]) -> tuple[BuyWarning, ...]:
    """The losses of `portfolio_ids` in the thirty days up to `day` that a purchase now would wash.

    What purchases so far have washed already is not in them. Most money first.
    """
    before = ledger.until(day)
    surroundings = _Surroundings(before=before, groups=_groups(before), plans=_reinvesting(before, day))
    found: defaultdict[tuple[UUID, UUID, UUID], list[DisposalRecord]] = defaultdict(list)
    for piece in before.book.disposals:
        if piece.portfolio_id in portfolio_ids and _is_open_loss(piece, day, before):
            found[piece.portfolio_id, piece.instrument_id, piece.transaction_id].append(piece)
    warnings = [_buy_warning(key, pieces, day, surroundings) for key, pieces in found.items()]
    return tuple(sorted(warnings, key=lambda one: (-one.loss, one.sold, one.transaction_id.int)))


def _positions(
    before: SaleLedger, day: date, portfolio_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], list[LotRecord]]:
    """The open long lots, by position, where the rule looks and something was bought within the window."""
    fresh = _fresh_groups(before, day)
    positions: defaultdict[tuple[UUID, UUID], list[LotRecord]] = defaultdict(list)
    for lot in before.book.lots:
        account = before.portfolios[lot.portfolio_id]
        is_watched = lot.portfolio_id in portfolio_ids and lot.quantity > 0
        is_fresh = _group_of(before.rules, lot.instrument_id) in fresh
        if is_watched and is_fresh and is_judged(account, lot.instrument_id, day, before.rules):
            positions[lot.portfolio_id, lot.instrument_id].append(lot)
    return dict(positions)


def _fresh_groups(before: SaleLedger, day: date) -> set[UUID]:
    """Groups of which something was acquired in the thirty days up to `day`, still held or not."""
    first = day - timedelta(days=WINDOW)
    fresh: set[UUID] = set()
    acquired = [
        *((lot.acquired, lot.instrument_id) for lot in before.book.lots),
        *((piece.acquired, piece.instrument_id) for piece in before.book.disposals),
    ]
    for since, instrument_id in acquired:
        if since is not None and since >= first:
            identity = _identity(before.rules, instrument_id)
            fresh |= {identity.group, identity.replaces or identity.group}
    return fresh


def _loss_sale(lots: Iterable[LotRecord], price: MarketPrice, rate: Decimal, day: date) -> PlannedSale | None:
    """A sale of every undivided lot that is worth less than its basis; None where there is none."""
    each = ARITHMETIC.multiply(ARITHMETIC.multiply(price.close, price.multiplier), rate)
    parts: defaultdict[UUID, list[LotRecord]] = defaultdict(list)
    for lot in lots:
        parts[lot.root_id].append(lot)
    chosen = []
    for root_id, pieces in parts.items():
        shares = sum((piece.quantity for piece in pieces), ZERO)
        basis = sum((piece.basis_base or ZERO for piece in pieces), ZERO)
        if ARITHMETIC.multiply(shares, each) < basis:
            chosen.append(LotChoice(lot_id=root_id, quantity=shares))
    if not chosen:
        return None
    one = next(iter(parts.values()))[0]
    return PlannedSale(
        portfolio_id=one.portfolio_id,
        instrument_id=one.instrument_id,
        day=day,
        quantity=sum((choice.quantity for choice in chosen), ZERO),
        price=price.close,
        currency=price.currency,
        multiplier=price.multiplier,
        fx_rate=rate,
        lots=tuple(chosen),
    )


def _sell_warning(before: SaleLedger, sale: PlannedSale, account: PortfolioRecord) -> Iterator[SellWarning]:
    outcome = sale_outcome(before, sale)
    if outcome.causes:
        losses = (use.gain for use in outcome.lots if use.gain is not None and use.gain < 0)
        yield SellWarning(
            portfolio_id=sale.portfolio_id,
            instrument_id=sale.instrument_id,
            currency=account.base_currency,
            shares=sale.quantity,
            loss=-sum(losses, ZERO),
            outcome=outcome,
        )


def _is_open_loss(piece: DisposalRecord, day: date, before: SaleLedger) -> bool:
    """Whether a piece was sold at a loss within the window, and the loss still counts."""
    age = (day - piece.disposed).days
    is_loss = piece.gain_base is not None and piece.gain_base < 0 and not piece.disallowed_base
    is_sale = piece.cause is DisposalCause.SALE and not piece.is_short_sale
    account = before.portfolios[piece.portfolio_id]
    is_near = 0 <= age <= WINDOW and is_sale and is_loss
    return is_near and is_judged(account, piece.instrument_id, piece.disposed, before.rules)


def _buy_warning(
    key: tuple[UUID, UUID, UUID],
    pieces: list[DisposalRecord],
    day: date,
    around: _Surroundings,
) -> BuyWarning:
    portfolio_id, instrument_id, transaction_id = key
    before = around.before
    group = _group_of(before.rules, instrument_id)
    identical, options = around.groups.get(group, ([instrument_id], []))
    free_on = pieces[0].disposed + timedelta(days=WINDOW + 1)
    return BuyWarning(
        portfolio_id=portfolio_id,
        instrument_id=instrument_id,
        transaction_id=transaction_id,
        currency=before.portfolios[portfolio_id].base_currency,
        sold=pieces[0].disposed,
        shares=sum((piece.quantity for piece in pieces), ZERO),
        loss=quantize(-sum((piece.gain_base or ZERO for piece in pieces), ZERO)),
        free_on=free_on,
        days_left=(free_on - day).days,
        identical=tuple(identical),
        options=tuple(options),
        reinvesting=tuple(plan for plan in around.plans if plan[1] in identical),
    )


def _groups(before: SaleLedger) -> dict[UUID, tuple[list[UUID], list[UUID]]]:
    """Of each group the instruments that are identical, and the calls that replace them."""
    groups: defaultdict[UUID, tuple[list[UUID], list[UUID]]] = defaultdict(lambda: ([], []))
    for instrument_id, identity in before.rules.identities.items():
        groups[identity.group][0].append(instrument_id)
        if identity.replaces is not None and before.rules.policy.options_replace:
            groups[identity.replaces][1].append(instrument_id)
    return dict(groups)


def _reinvesting(before: SaleLedger, day: date) -> list[tuple[UUID, UUID]]:
    """Positions that are held and had a dividend reinvested within the last year, by account and instrument.

    Simulated accounts and those of others than the couple that files are not among them.
    """
    first = day - timedelta(days=REINVESTS_WITHIN)
    outside = {
        key
        for key, account in before.portfolios.items()
        if account.treatment is Treatment.SIMULATED or account.owner is TaxOwner.OTHER
    }
    held = {
        (lot.portfolio_id, lot.instrument_id) for lot in before.book.lots if lot.portfolio_id not in outside
    }
    plans = {
        (row.portfolio_id, row.instrument_id)
        for row in before.rows
        if row.kind is TransactionKind.REINVEST and row.instrument_id and row.trade_date >= first
    }
    return sorted(held & plans, key=lambda plan: (plan[0].int, plan[1].int))


def _identity(rules: TaxRules, instrument_id: UUID) -> Identity:
    return rules.identities.get(instrument_id) or Identity(group=instrument_id)


def _group_of(rules: TaxRules, instrument_id: UUID) -> UUID:
    return _identity(rules, instrument_id).group
