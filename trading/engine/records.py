"""The facts of trading: frozen records that enter the rules and come out of them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Side(StrEnum):
    """Which way an order goes."""

    BUY = "buy"
    SELL = "sell"

    @property
    def other(self) -> "Side":
        """The way back."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderKind(StrEnum):
    """How an order finds its price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"
    MARKET_ON_CLOSE = "market_on_close"
    LIMIT_ON_CLOSE = "limit_on_close"


class TimeInForce(StrEnum):
    """How long an order lives."""

    DAY = "day"
    GOOD_TILL_CANCELLED = "gtc"
    IMMEDIATE_OR_CANCEL = "ioc"
    GOOD_TILL_DATE = "gtd"


class OrderState(StrEnum):
    """Where an order stands.

    `unknown` is any doubt: the order may or may not live at the broker, and only the broker's own records
    settle it. An order that waits for its cancellation keeps its state; the wish stands beside it.
    """

    PENDING = "pending"
    SENDING = "sending"
    SUBMITTED = "submitted"
    PARTIALLY_FILLED = "partially_filled"
    UNKNOWN = "unknown"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"

    @property
    def is_final(self) -> bool:
        """Whether nothing more can happen to the order, late executions excepted."""
        return self in FINAL_STATES

    @property
    def may_be_live(self) -> bool:
        """Whether the broker may hold the order now, so that it may still fill."""
        return self in LIVE_STATES


FINAL_STATES = frozenset({OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED})
LIVE_STATES = frozenset(
    {OrderState.SENDING, OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED, OrderState.UNKNOWN}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFacts:
    """What can be traded, as a broker names it.

    `con_id` is the broker's own number; `kind` is STK for stocks and funds (OPT and CASH are the next ones).
    Prices move in steps of `min_tick`, quantities in steps of `size_increment`.
    """

    con_id: int
    symbol: str
    kind: str = "STK"
    exchange: str = "SMART"
    primary_exchange: str = ""
    currency: str = "USD"
    name: str = ""
    sector: str = ""
    min_tick: Decimal = Decimal("0.01")
    size_increment: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTicket:
    """What a person asks for: one order, before anything was checked.

    `stop_price` triggers stop kinds; a trailing stop follows at `trail_amount` in money or `trail_percent`
    (5 for five per cent), one of the two. `good_till` ends a good-till-date order. Orders of one
    `oca_group` cancel each other; a child waits for the fill of its `parent_id`.
    """

    side: Side
    quantity: Decimal
    kind: OrderKind = OrderKind.MARKET
    time_in_force: TimeInForce = TimeInForce.DAY
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    good_till: datetime | None = None
    outside_hours: bool = False
    oca_group: str = ""
    parent_id: UUID | None = None


class PriceSource(StrEnum):
    """Who said a price, best first."""

    IBKR_LIVE = "ibkr"
    IBKR_DELAYED = "ibkr_delayed"
    MASSIVE = "massive"
    ALPHA_VANTAGE = "alpha_vantage"
    LAST_CLOSE = "last_close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The best bid and offer of an instrument and its last trade, as `source` told them at `as_of` (UTC).

    What is not known is None, never zero. `close` is the previous session's close. `gateway` is the one whose
    daemon told it, where that is known.
    """

    symbol: str
    source: PriceSource
    as_of: datetime
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    close: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    volume: Decimal | None = None
    is_halted: bool = False
    gateway: str = ""

    @property
    def is_delayed(self) -> bool:
        """Whether the price is older than now by design."""
        return self.source is not PriceSource.IBKR_LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerOrder:
    """An order as the broker tells it: open, or completed and `is_open` false.

    `order_ref` is our order's id in text, empty for an order that is not ours; `perm_id` is the broker's
    durable number, `broker_order_id` the short-lived one of a session.
    """

    order_ref: str
    perm_id: int
    broker_order_id: int
    client_id: int
    account: str
    con_id: int
    symbol: str
    side: Side
    quantity: Decimal
    filled: Decimal
    state: OrderState
    is_open: bool
    kind: str
    time_in_force: str
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionFacts:
    """One fill. `exec_id` is the broker's id without its correction suffix, `revision` that suffix.

    `commission` is None until the broker has told it; `fees` is in `currency`, positive when charged.
    """

    exec_id: str
    revision: int
    order_ref: str
    perm_id: int
    account: str
    con_id: int
    symbol: str
    currency: str
    side: Side
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    commission: Decimal | None = None
    commission_currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPosition:
    """Shares that the broker holds for an account; `average_cost` is per share, commissions included."""

    account: str
    con_id: int
    symbol: str
    quantity: Decimal
    average_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountValue:
    """One line of an account's summary: cash, buying power, net liquidation and so on."""

    account: str
    tag: str
    value: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What the broker says an order would do, in the account's currency; None where it did not say."""

    commission: Decimal | None
    commission_currency: str
    initial_margin_change: Decimal | None
    maintenance_margin_change: Decimal | None
    equity_with_loan_after: Decimal | None
    words: str = ""


class LinkState(StrEnum):
    """What the broker says about its own links: ours to it, and its to the market."""

    LOST = "lost"
    RESTORED_DATA_LOST = "restored_data_lost"
    RESTORED = "restored"
    DATA_BROKEN = "data_broken"
    DATA_RESTORED = "data_restored"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBar:
    """The trades of a span of time: a day, or minutes from `begins` (UTC)."""

    day: date
    begins: datetime | None
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClose:
    """The last close that the book knows, in today's shares, and the one before it where there is one."""

    day: date
    close: Decimal
    previous: Decimal | None = None
