"""What enters and leaves the paper exchange: orders of clients, and what it tells them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperContract:
    """Something that is listed. `kind` is STK for stocks and funds; OPT and CASH are the next ones."""

    con_id: int
    symbol: str
    name: str
    kind: str = "STK"
    stock_type: str = "COMMON"
    primary_exchange: str = "NASDAQ"
    currency: str = "USD"
    sector: str = ""
    min_tick: Decimal = Decimal("0.01")
    size_increment: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOrder:
    """An order as a client wrote it; words for kinds and times are those of the wire (LMT, STP LMT, GTC).

    `aux_price` is the stop price, or the trail in money of a TRAIL order. `order_id` counts per client;
    `parent_id` names an order of the same client.
    """

    client_id: int
    order_id: int
    account: str
    con_id: int
    action: str
    quantity: Decimal
    order_type: str
    limit_price: Decimal | None = None
    aux_price: Decimal | None = None
    trail_stop_price: Decimal | None = None
    trailing_percent: Decimal | None = None
    tif: str = "DAY"
    good_till: datetime | None = None
    outside_rth: bool = False
    oca_group: str = ""
    oca_type: int = 3
    parent_id: int = 0
    transmit: bool = True
    order_ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReport:
    """An order as it stands; `status` is the wire's: PreSubmitted, Submitted, Filled, Cancelled, Inactive."""

    order: PaperOrder
    perm_id: int
    parent_perm_id: int
    status: str
    filled: Decimal
    remaining: Decimal
    average_price: Decimal
    last_fill_price: Decimal
    why_held: str = ""
    reject_reason: str = ""
    commission: Decimal | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReport:
    """A fill. `exec_id` ends in its correction number, `.01` for the first telling."""

    exec_id: str
    order: PaperOrder
    perm_id: int
    executed_at: datetime
    exchange: str
    quantity: Decimal
    price: Decimal
    cumulative: Decimal
    average_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionReport:
    """What a fill cost, and what the account gained by it if it closed a position."""

    exec_id: str
    commission: Decimal
    currency: str
    realised: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderError:
    """Words about an order: 201 refused, 202 cancelled, 399 a remark and so on."""

    client_id: int
    order_id: int
    code: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginReport:
    """What an order would do to its account: the answer to a what-if."""

    order: PaperOrder
    commission: Decimal
    initial_margin_before: Decimal
    initial_margin_after: Decimal
    maintenance_margin_before: Decimal
    maintenance_margin_after: Decimal
    equity_before: Decimal
    equity_after: Decimal
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperQuote:
    """The market in one contract. Sizes and volume are shares; what is not known is None."""

    con_id: int
    at: datetime
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    bid_size: Decimal
    ask_size: Decimal
    last_size: Decimal
    volume: Decimal
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None
    is_halted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPosition:
    """What an account holds; negative when short. `average_cost` is per share, commissions included."""

    account: str
    con_id: int
    quantity: Decimal
    average_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperBar:
    """The trades of one span of time that begins at `begins` (UTC)."""

    begins: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    average: Decimal
    count: int


# What the exchange tells after an order or as time passes, in the order in which it is to be told.
ExchangeEvent = OrderReport | ExecutionReport | CommissionReport | OrderError
