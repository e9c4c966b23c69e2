"""What the broker and the book say, side by side, and where the two differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from trading.engine.orders import OrderFacts
from trading.engine.records import BrokerOrder, BrokerPosition, ExecutionFacts, Side


class DifferenceKind(StrEnum):
    """In what the broker and the book differ."""

    ORDER_FOREIGN = "order_foreign"
    ORDER_NOT_IN_BOOK = "order_not_in_book"
    ORDER_NOT_AT_BROKER = "order_not_at_broker"
    ORDER_LIVE_AT_BROKER = "order_live_at_broker"
    ORDER_DOUBLED = "order_doubled"
    ORDER_TERMS = "order_terms"
    ORDER_STATE = "order_state"
    EXECUTION_NOT_IN_BOOK = "execution_not_in_book"
    EXECUTION_NOT_AT_BROKER = "execution_not_at_broker"
    EXECUTION_DIFFERS = "execution_differs"
    POSITION = "position"
    CASH = "cash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the broker and the book tell differently, each in its own figure.

    `subject` is what it is about: an order's id or durable number, an execution's id, a symbol, a currency.
    `order_id` is set when the book knows the order, `con_id` when it is about a position.
    """

    kind: DifferenceKind
    account: str
    subject: str
    book: str
    broker: str
    sentence: str
    order_id: UUID | None = None
    con_id: int = 0

    @property
    def advice(self) -> str:
        """What a person does about it."""
        return ADVICE.get(self.kind, LOOK_AT_ORDER)


LOOK_AT_ORDER = "Look at the order at the broker before another one is sent."
ADVICE = {
    DifferenceKind.POSITION: (
        "Import the statement of the days that are missing; what no statement tells, a transfer or a "
        "corporate action, is entered by hand."
    ),
    DifferenceKind.CASH: (
        "Import a statement that reaches to today: interest, dividends, fees and deposits are told there."
    ),
    DifferenceKind.EXECUTION_NOT_IN_BOOK: (
        "It is fetched again by itself; if this stays, import the statement of that day."
    ),
    DifferenceKind.EXECUTION_DIFFERS: (
        "The correction is booked by itself; if this stays, compare the row with the statement of that day."
    ),
    DifferenceKind.EXECUTION_NOT_AT_BROKER: (
        "Look for it among the broker's trades; if it is not there, take the row of the ledger back."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookOrder:
    """An order of the book with what it was to do.

    One that `is_in_motion` has changed since the broker was asked: its answers say nothing of it.
    """

    facts: OrderFacts
    account: str
    con_id: int
    symbol: str
    side: Side
    is_in_motion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookState:
    """What the book holds: positions by account and contract, cash by account and currency.

    `symbols` names contracts for people.
    """

    orders: tuple[BookOrder, ...] = ()
    executions: tuple[ExecutionFacts, ...] = ()
    positions: Mapping[tuple[str, int], Decimal] = field(default_factory=dict)
    cash: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    symbols: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerState:
    """What the broker answered since the connection was made, for `accounts` and no other.

    In the accounts `in_motion` something was filled between its answers: their positions and cash are of
    another moment than their fills.
    """

    accounts: frozenset[str]
    in_motion: frozenset[str] = frozenset()
    open_orders: tuple[BrokerOrder, ...] = ()
    completed_orders: tuple[BrokerOrder, ...] = ()
    executions: tuple[ExecutionFacts, ...] = ()
    positions: tuple[BrokerPosition, ...] = ()
    cash: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    @property
    def orders(self) -> tuple[BrokerOrder, ...]:
        """All orders, those that ended last: what is told as open and as ended has ended meanwhile."""
        return self.open_orders + self.completed_orders

    @property
    def at_rest(self) -> frozenset[str]:
        """The accounts whose positions and cash can be compared."""
        return self.accounts - self.in_motion
