"""Losses that could be taken: the lots of a position that are under water, and what of them would count."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import day_text
from portfolios.engine.holding import term_of
from portfolios.engine.records import (
    LotChoice,
    LotRecord,
    PortfolioRecord,
    TaxOwner,
    Term,
    Treatment,
)
from taxharvest.engine.what_if import PlannedSale, SaleLedger, SaleOutcome, sale_outcome

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedPrice:
    """What one unit was worth at the close of `day`: `multiplier` shares at `close` each, in `currency`.

    `fx_rate` is units of the account's base currency for one of `currency`, None where it is not known.
    """

    close: Decimal
    currency: str
    day: date
    multiplier: Decimal = ONE
    fx_rate: Decimal | None = ONE

    @property
    def each(self) -> Decimal | None:
        """The value of one unit in the account's base currency, exact; None without a rate."""
        if self.fx_rate is None:
            return None
        return ARITHMETIC.multiply(ARITHMETIC.multiply(self.close, self.multiplier), self.fx_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossLot:
    """An undivided lot that is worth less than its basis; amounts in the base currency of the account.

    `holding_date` starts the holding period; in a lot that a wash sale divided, that of its largest part.
    """

    lot_id: UUID
    acquired: date
    holding_date: date
    quantity: Decimal
    basis: Decimal
    value: Decimal

    @property
    def loss(self) -> Decimal:
        """What it has lost, positive."""
        return self.basis - self.value

    @property
    def share_lost(self) -> Decimal:
        """The loss as a fraction of the basis."""
        return ARITHMETIC.divide(self.loss, self.basis)

    def term_on(self, day: date) -> Term:
        """The term that a sale on `day` would have."""
        return term_of(self.holding_date, day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The lots of one position under water on `day`, and what of their loss would count if they were sold.

    Amounts are positive and in `currency`, the account's. `price` is the value of one unit in it and
    `price_day` the day of the close. `short_loss` and `long_loss` would count this year; `washed` is the part
    that purchases of the thirty days before would take out. `outcome` is what the book says of the sale, None
    where nothing identical was bought in those days, so that there was nothing to ask.
    """

    portfolio_id: UUID
    instrument_id: UUID
    symbol: str
    currency: str
    day: date
    price: Decimal
    price_day: date
    lots: tuple[LossLot, ...]
    short_loss: Decimal
    long_loss: Decimal
    washed: Decimal
    outcome: SaleOutcome | None

    @property
    def quantity(self) -> Decimal:
        """The units of all its lots."""
        return sum((lot.quantity for lot in self.lots), ZERO)

    @property
    def basis(self) -> Decimal:
        """The basis of all its lots."""
        return sum((lot.basis for lot in self.lots), ZERO)

    @property
    def value(self) -> Decimal:
        """What all its lots are worth."""
        return sum((lot.value for lot in self.lots), ZERO)

    @property
    def loss(self) -> Decimal:
        """The loss that would count, both terms together."""
        return self.short_loss + self.long_loss

    @property
    def choices(self) -> tuple[LotChoice, ...]:
        """Its lots as they are named for a sale."""
        return tuple(LotChoice(lot_id=lot.lot_id, quantity=lot.quantity) for lot in self.lots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """A position that nothing can be said of, and why."""

    portfolio_id: UUID
    instrument_id: UUID
    symbol: str
    words: str


def candidate_of(
    lots: Sequence[LotRecord],
    *,
    symbol: str,
    account: PortfolioRecord,
    price: QuotedPrice | None,
    day: date,
    before: SaleLedger | None,
    least_lost: Decimal = ZERO,
) -> Candidate | Unjudged | None:
    """The losses among the open `lots` of one position; None where there are none that could count.

    `before` is the household's ledger up to `day`, asked what would be washed; None is for a position of
    which the caller knows that nothing identical was bought in the thirty days up to `day`, in any account.
    Lots that lost less than the fraction `least_lost` of their basis are left alone. A position with a lot
    whose basis or day is not known is not judged at all, and neither is one without a price or a rate:
    nothing is harvested on what is not known to be right.

    Selling fewer shares does not leave the washed part out: the first shares sold are the ones that are
    matched with the shares bought (Reg. 1.1091-1(c)). So the lots stay whole, and only what counts is
    counted.
    """
    held = [lot for lot in lots if lot.quantity > 0]
    if not held or account.treatment is not Treatment.TAXABLE or account.owner is TaxOwner.OTHER:
        return None
    problem = _problem(held, price)
    each = None if price is None else price.each
    if problem or price is None or each is None:
        return Unjudged(
            portfolio_id=held[0].portfolio_id,
            instrument_id=held[0].instrument_id,
            symbol=symbol,
            words=problem,
        )
    losing = [lot for lot in _loss_lots(held, each) if lot.share_lost >= least_lost]
    if not losing:
        return None
    outcome = None if before is None else sale_outcome(before, _sale(held[0], losing, price, day))
    short, long = _counted(losing, outcome, day)
    return Candidate(
        portfolio_id=held[0].portfolio_id,
        instrument_id=held[0].instrument_id,
        symbol=symbol,
        currency=account.base_currency,
        day=day,
        price=quantize(each),
        price_day=price.day,
        lots=tuple(losing),
        short_loss=short,
        long_loss=long,
        washed=ZERO if outcome is None else outcome.disallowed,
        outcome=outcome,
    )


def _problem(lots: Iterable[LotRecord], price: QuotedPrice | None) -> str:
    """Why nothing can be said of a position; empty where nothing stands in the way."""
    if price is None:
        return "There is no close that is recent enough."
    if price.fx_rate is None:
        return f"There is no rate from {price.currency} into the account’s currency."
    for lot in lots:
        if lot.acquired is None or lot.holding_date is None:
            return "The day on which a lot was bought is not known, so neither is its term."
        if _basis(lot) is None:
            return f"The basis of the lot of {day_text(lot.acquired)} is not known."
    return ""


def _basis(lot: LotRecord) -> Decimal | None:
    """The basis that a loss is counted from; a gift may have one of its own (IRC 1015(a))."""
    return lot.basis_base if lot.loss_basis_base is None else lot.loss_basis_base


def _loss_lots(lots: Iterable[LotRecord], each: Decimal) -> list[LossLot]:
    """The undivided lots that are worth less than their basis, oldest first."""
    parts: defaultdict[UUID, list[LotRecord]] = defaultdict(list)
    for lot in lots:
        parts[lot.root_id].append(lot)
    found = [_undivided(root_id, pieces, each) for root_id, pieces in parts.items()]
    return sorted((lot for lot in found if lot.loss > 0), key=lambda lot: (lot.acquired, lot.lot_id.int))


def _undivided(root_id: UUID, pieces: Sequence[LotRecord], each: Decimal) -> LossLot:
    largest = max(pieces, key=lambda piece: piece.quantity)
    quantity = sum((piece.quantity for piece in pieces), ZERO)
    return LossLot(
        lot_id=root_id,
        acquired=largest.acquired or date.max,
        holding_date=largest.holding_date or date.max,
        quantity=quantity,
        basis=sum((_basis(piece) or ZERO for piece in pieces), ZERO),
        value=quantize(ARITHMETIC.multiply(quantity, each)),
    )


def _sale(position: LotRecord, lots: Sequence[LossLot], price: QuotedPrice, day: date) -> PlannedSale:
    return PlannedSale(
        portfolio_id=position.portfolio_id,
        instrument_id=position.instrument_id,
        day=day,
        quantity=sum((lot.quantity for lot in lots), ZERO),
        price=price.close,
        currency=price.currency,
        multiplier=price.multiplier,
        fx_rate=price.fx_rate,
        lots=tuple(LotChoice(lot_id=lot.lot_id, quantity=lot.quantity) for lot in lots),
    )


def _counted(lots: Iterable[LossLot], outcome: SaleOutcome | None, day: date) -> tuple[Decimal, Decimal]:
    """The losses that would count, short and long, as positive amounts.

    A divided lot may have a part with a gain of the other term: that lowers the loss.
    """
    if outcome is None:
        sums = {Term.SHORT: ZERO, Term.LONG: ZERO}
        for lot in lots:
            sums[lot.term_on(day)] += lot.loss
        return sums[Term.SHORT], sums[Term.LONG]
    short, long = -(outcome.short_gain or ZERO), -(outcome.long_gain or ZERO)
    if short < 0:
        short, long = ZERO, long + short
    elif long < 0:
        short, long = short + long, ZERO
    return max(ZERO, short), max(ZERO, long)
