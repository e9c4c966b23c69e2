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

    `holding_date` starts the holding period; of a lot that a wash sale divided it is that of its largest part.
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
