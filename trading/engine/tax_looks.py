"""What the household's tax book says of an order before it is placed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LotClosed:
    """A part of a lot that the order would close, with the gain it would bring (negative: a loss)."""

    lot_id: UUID
    acquired: date
    quantity: Decimal
    basis: Decimal
    gain: Decimal
    is_long_term: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLook:
    """The tax side of one order, in `currency`, at the price it is looked at.

    `wash_words` says in one sentence what the wash-sale rule (IRC 1091) would do, empty when nothing;
    `deferred` is the loss that would not count now, and of it `lost` is what would never count (an IRA,
    Rev. Rul. 2008-5). `gain` is before that rule, `short_term` and `long_term` are after it. `first_free` is
    the first day on which the order would wash nothing. `tax` is what the order would add to the tax of the
    year, None where the household's rates are not known; `words` are further sentences, a missing rate among
    them.
    """

    currency: str
    lots: tuple[LotClosed, ...] = ()
    gain: Decimal | None = None
    short_term: Decimal | None = None
    long_term: Decimal | None = None
    tax: Decimal | None = None
    wash_words: str = ""
    deferred: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)
    first_free: date | None = None
    words: tuple[str, ...] = ()
