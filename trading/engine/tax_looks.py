"""What the household's tax book says of an order before it is placed."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from trading.engine.records import Side, TimeInForce


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
class OrderBefore:
    """An order that stands before another one in the same request, at the price it was looked at.

    `last_day` is the last one on which it may still fill; None: it waits until it is cancelled.
    """

    portfolio_id: UUID
    instrument_id: UUID
    side: Side
    quantity: Decimal
    price: Decimal
    last_day: date | None


class TrapKind(StrEnum):
    """What is still to come and would wash a loss."""

    ORDER = "order"
    FILL = "fill"
    REQUEST = "request"
    RECURRING = "recurring"
    REINVESTMENT = "reinvestment"


@dataclass(frozen=True, slots=True, kw_only=True)
class WashTrap:
    """Something planned in the household that the order would clash with, and what stops it.

    `key` names the order, the recurring purchase or, for reinvested dividends, the account. Whoever shows it
    must ask whether the person may see `portfolio_id`; `words` name no account.
    """

    kind: TrapKind
    key: UUID
    portfolio_id: UUID
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLook:
    """The tax side of one order, in `currency`, at the price it is looked at.

    `wash_words` says in one sentence what the wash-sale rule (IRC 1091) would do, empty when nothing;
    `deferred` is the loss that would not count now, and of it `lost` is what would never count (an IRA,
    Rev. Rul. 2008-5). `gain` is before that rule, `short_term` and `long_term` are after it. `first_free` is
    the first day on which the order would wash nothing. `tax` is what the order would add to the tax of the
    year, None where the household's rates are not known; `words` are further sentences, a missing rate among
    them.

    `at_risk` is the loss that open orders, planned purchases and reinvested dividends would take out of the
    year as soon as they happen; `traps` are these. `is_blocked` says that the household lets no order pass
    that would wash a loss, so that no confirmation helps.
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
    at_risk: Decimal = Decimal(0)
    traps: tuple[WashTrap, ...] = ()
    is_blocked: bool = False


def last_day_of(time_in_force: TimeInForce, good_till: datetime | None, day: date) -> date | None:
    """The last day on which an order of `day` may fill; None: it waits until it is cancelled."""
    if time_in_force is TimeInForce.GOOD_TILL_CANCELLED:
        return None
    if time_in_force is TimeInForce.GOOD_TILL_DATE and good_till is not None:
        return good_till.date()
    return day
