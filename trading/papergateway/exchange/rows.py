"""What the book remembers: frozen rows, each with the key that it is kept under."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from common.money import quantize
from trading.papergateway.exchange.records import ExecutionReport, OrderReport, PaperOrder

# Shares shown at each side of a price that is held.
HELD_SIZE = Decimal(1000)
ENDED = frozenset({"Filled", "Cancelled", "Inactive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order and all that happened to it.

    `perm_id` counts orders in the order of their coming. `spent` is the sum of quantity times price of its
    fills. `stop_price` is where a stop stands now; `reserve_price` is what a share of a buy is counted with
    until it is bought.
    """

    order: PaperOrder
    perm_id: int
    parent_perm_id: int = 0
    status: str = "PreSubmitted"
    is_transmitted: bool = True
    is_triggered: bool = False
    stop_price: Decimal | None = None
    reserve_price: Decimal = Decimal(0)
    expires_at: datetime | None = None
    filled: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)
    last_fill_price: Decimal = Decimal(0)
    why_held: str = ""
    reject_reason: str = ""
    completed_at: datetime | None = None

    @property
    def key(self) -> str:
        """Client and number: what a client calls the order."""
        return order_key(self.order.client_id, self.order.order_id)

    @property
    def remaining(self) -> Decimal:
        """What is still to be filled."""
        return self.order.quantity - self.filled

    @property
    def is_live(self) -> bool:
        """Whether anything can still happen to the order."""
        return self.status not in ENDED

    @property
    def is_buy(self) -> bool:
        """Which way the order goes."""
        return self.order.action == "BUY"

    @property
    def average_price(self) -> Decimal:
        """What a filled share cost, to eight places; zero without fills."""
        return quantize(self.spent / self.filled) if self.filled else Decimal(0)

    def report(self) -> OrderReport:
        """The row as clients are told it."""
        return OrderReport(
            order=self.order,
            perm_id=self.perm_id,
            parent_perm_id=self.parent_perm_id,
            status=self.status,
            filled=self.filled,
            remaining=self.remaining,
            average_price=self.average_price,
            last_fill_price=self.last_fill_price,
            why_held=self.why_held,
            reject_reason=self.reject_reason,
            commission=self.commission if self.filled else None,
            completed_at=self.completed_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRow:
    """A fill in its newest telling. A busted fill has no quantity left."""

    number: int
    base_id: str
    revision: int
    order: PaperOrder
    perm_id: int
    executed_at: datetime
    quantity: Decimal
    price: Decimal
    cumulative: Decimal
    average_price: Decimal
    commission: Decimal
    realised: Decimal | None

    @property
    def key(self) -> str:
        """Its place among all fills."""
        return str(self.number)

    @property
    def exec_id(self) -> str:
        """The id that clients know, with the number of the telling at its end."""
        return f"{self.base_id}.{self.revision:02d}"

    @property
    def signed_quantity(self) -> Decimal:
        """Shares that came (positive) or went."""
        return self.quantity if self.order.action == "BUY" else -self.quantity

    def report(self, exchange: str) -> ExecutionReport:
        """The row as clients are told it."""
        return ExecutionReport(
            exec_id=self.exec_id,
            order=self.order,
            perm_id=self.perm_id,
            executed_at=self.executed_at,
            exchange=exchange,
            quantity=self.quantity,
            price=self.price,
            cumulative=self.cumulative,
            average_price=self.average_price,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account: what it began with, and its cash now. Only a margin account may borrow or go short."""

    name: str
    opening_cash: Decimal
    cash: Decimal
    is_margin: bool = False
    currency: str = "USD"
    realised: Decimal = Decimal(0)

    @property
    def key(self) -> str:
        """Its name."""
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRow:
    """Shares of an account and what they cost in all, commissions included; both negative when short."""

    account: str
    con_id: int
    quantity: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    opening_quantity: Decimal = Decimal(0)
    opening_cost: Decimal = Decimal(0)

    @property
    def key(self) -> str:
        """Account and contract."""
        return position_key(self.account, self.con_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """The lowest number that a client may use next."""

    client_id: int
    next_order_id: int

    @property
    def key(self) -> str:
        """Its number."""
        return str(self.client_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterRow:
    """How far the book's own numbers have come, and until when the market has moved."""

    perm_id: int
    fill: int
    clock: datetime | None = None

    @property
    def key(self) -> str:
        """There is one."""
        return "book"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """What an operator did to a contract: its price is held, or its trading halted, or both."""

    con_id: int
    last: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    size: Decimal = HELD_SIZE
    is_halted: bool = False

    @property
    def key(self) -> str:
        """The contract's number."""
        return str(self.con_id)


def order_key(client_id: int, order_id: int) -> str:
    """What an order is kept under."""
    return f"{client_id}/{order_id}"


def position_key(account: str, con_id: int) -> str:
    """What a position is kept under."""
    return f"{account}/{con_id}"
