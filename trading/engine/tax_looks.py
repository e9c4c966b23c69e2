"""What the household's tax book says of an order before it is placed."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from common.money import ARITHMETIC
from trading.engine.controls.facts import WashFacts
from trading.engine.records import OrderKind, OrderTicket, Side, TimeInForce

# What is allowed for between a stop and its fill, and between the price of today and that of a plan.
JUMP, RISE = Decimal("0.9"), Decimal("1.1")


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

    `last_day` is the last one on which it may still fill; None: it waits until it is cancelled. `worst_price`
    is that at which it may fill, None where it trades at the market at once.
    """

    portfolio_id: UUID
    instrument_id: UUID
    side: Side
    quantity: Decimal
    price: Decimal
    last_day: date | None
    worst_price: Decimal | None = None


class TrapKind(StrEnum):
    """What is still to come and would wash a loss; the order itself is meant when it waits for its price."""

    ITSELF = "itself"
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
    that would wash a loss, so that no confirmation helps. `tied` are the instruments that were looked at,
    None where that was not asked: an order in any other changes nothing in this look.
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
    tied: frozenset[UUID] | None = None


def wash_facts(look: TaxLook) -> WashFacts:
    """What the control of the wash-sale rule judges by: `deferred` counts what is at risk too."""
    return WashFacts(
        words=look.wash_words,
        deferred=look.deferred + look.at_risk,
        is_blocked=look.is_blocked,
        first_free=look.first_free,
    )


def circumstances_of(ticket: OrderTicket, reference: Decimal | None, day: date) -> dict[str, Any]:
    """How an order may fill that does not trade at the market at once: until when, and how badly.

    Words for `TaxLooker`; empty for an order at the market.
    """
    if ticket.kind is OrderKind.MARKET:
        return {}
    return {
        "last_day": last_day_of(ticket.time_in_force, ticket.good_till, day),
        "worst_price": worst_price(ticket, reference),
    }


def last_day_of(time_in_force: TimeInForce, good_till: datetime | None, day: date) -> date | None:
    """The last day on which an order of `day` may fill; None: it waits until it is cancelled."""
    if time_in_force is TimeInForce.GOOD_TILL_CANCELLED:
        return None
    if time_in_force is TimeInForce.GOOD_TILL_DATE and good_till is not None:
        return good_till.date()
    return day


def worst_price(ticket: OrderTicket, reference: Decimal | None) -> Decimal | None:
    """The worst price at which an order may fill: its limit, or well beyond its stop.

    A stop trades at the market once it is reached, and markets jump: a tenth of the price is allowed for.
    None where nothing tells.
    """
    if ticket.limit_price is not None:
        return ticket.limit_price
    beyond = RISE if ticket.side is Side.BUY else JUMP
    if ticket.stop_price is not None:
        return ARITHMETIC.multiply(ticket.stop_price, beyond)
    if reference is None:
        return None
    trail = ticket.trail_amount or Decimal(0)
    if ticket.trail_percent is not None:
        trail = ARITHMETIC.multiply(reference, ticket.trail_percent / 100)
    stop = reference + trail if ticket.side is Side.BUY else reference - trail
    return max(ARITHMETIC.multiply(stop, beyond), Decimal(0))
