"""Everything that the controls judge an order by, gathered in one record before they run."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from trading.engine.link import GatewayState
from trading.engine.records import ContractFacts, OrderTicket, Quote, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """The account that an order is for, as it stands without that order.

    `buying_power` and `equity` are the broker's figures, None when it has not told them. `reserved` is what
    open and waiting orders keep of the buying power, `day_notional` what was accepted today. `held` is the
    position in the order's instrument, negative when short, `open_sells` what other orders already sell.
    `day_trades` counts those of the last five business days; `would_day_trade` says that the order closes
    what was opened today. `can_borrow` allows short sales.
    """

    id: UUID
    currency: str
    buying_power: Decimal | None
    reserved: Decimal
    day_notional: Decimal
    held: Decimal
    open_sells: Decimal
    equity: Decimal | None
    has_margin: bool = False
    can_borrow: bool = False
    day_trades: int = 0
    would_day_trade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentOrder:
    """An order that was placed lately, by any account."""

    id: UUID
    account_id: UUID
    con_id: int
    placed_at: datetime
    ticket: OrderTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRestriction:
    """An instrument that must not be bought or sold (`side` None: neither), from `begins` to `ends`.

    Both days are included; an open end is None. A restriction that is not `is_hard` asks instead of denying.
    """

    side: Side | None
    reason: str
    begins: date | None = None
    ends: date | None = None
    is_hard: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WashFacts:
    """What the household's book says of an order and the wash-sale rule (IRC 1091): no words, no wash.

    `is_blocked` is the household's wish that such an order does not go at all; `first_free` is the first day
    on which it may, None where that hangs on something being cancelled or paused.
    """

    words: str = ""
    deferred: Decimal = Decimal(0)
    is_blocked: bool = False
    first_free: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentFacts:
    """An order that is sent in pieces: its quantity, and what its pieces have filled and still have open.

    Pieces of one one-cancels-all group count once: only one of them can fill.
    """

    quantity: Decimal
    filled: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An order that was approved: what may be at the broker."""

    order_id: UUID
    account: str
    con_id: int
    side: Side
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOrder:
    """One life of an order at the broker. `open` is what may still fill, `order_ref` our order's id."""

    order_ref: str
    account: str
    con_id: int
    side: Side
    filled: Decimal
    open: Decimal


class SwitchScope(StrEnum):
    """How far a kill switch reaches."""

    GLOBAL = "global"
    ACCOUNT = "account"
    STRATEGY = "strategy"


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitch:
    """A switch that is engaged. `key` is the account's id or the strategy's name, empty when global."""

    scope: SwitchScope
    key: str
    reason: str
    engaged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFacts:
    """An order and all that the controls know when they judge it; times are UTC.

    `today` is the exchange's calendar day. `rate` turns the contract's currency into the account's, None when
    it is not known. `firm_exposure` is what all accounts together have committed and reserved;
    `average_volume` the mean daily volume of 20 days. `account_sends` and `global_sends` are when orders were
    placed in the last seconds. `signed_in_at` is when the person last proved who they are. `compared_at` is
    when the broker's executions were last held against the book, and `drift` what differed. `builds` are the
    builds of all processes that trade. `is_market_open` says whether fresh prices are to be had at all.
    `confirmed` names the controls that the person has answered.
    """

    order_id: UUID
    now: datetime
    today: date
    is_live: bool
    ticket: OrderTicket
    contract: ContractFacts
    account: AccountFacts
    quote: Quote | None
    firm_exposure: Decimal
    average_volume: Decimal | None
    wash: WashFacts | None
    may_trade: bool
    signed_in_at: datetime | None
    compared_at: datetime | None
    gateway: GatewayState
    is_reconciled: bool
    builds: frozenset[str]
    rate: Decimal | None = Decimal(1)
    expected_commission: Decimal = Decimal(0)
    strategy: str = ""
    recent_orders: tuple[RecentOrder, ...] = ()
    account_sends: tuple[datetime, ...] = ()
    global_sends: tuple[datetime, ...] = ()
    parent: ParentFacts | None = None
    intents: tuple[Intent, ...] = ()
    sent: tuple[SentOrder, ...] = ()
    restrictions: tuple[TradeRestriction, ...] = ()
    shortable: Decimal | None = None
    kill_switches: tuple[KillSwitch, ...] = ()
    drift: tuple[str, ...] = ()
    is_market_open: bool = True
    confirmed: frozenset[str] = frozenset()
