"""What can happen to an order, one frozen record per kind of event."""

from dataclasses import dataclass
from decimal import Decimal

from trading.engine.records import BrokerOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A worker takes the order to send it; written down before a byte goes to the broker.

    `epoch` is the worker's fencing number: of two workers that believe to own a gateway, the higher one does.
    """

    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseExpired:
    """The worker of `epoch` went away without saying whether it wrote the order to the socket."""

    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLocally:
    """A control of ours refused the order before it was sent."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSaid:
    """The broker told how the order stands: a message of its own accord, or an answer to a question."""

    order: BrokerOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The broker refused the order in so many words, and it surely does not live."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """All fills of the order known by now, added up: not a fill, but the total.

    So the event may come twice or late without harm, and a corrected fill may make the total smaller.
    `perm_ids` are the broker's numbers that the fills named.
    """

    filled: Decimal
    average_price: Decimal | None
    perm_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWanted:
    """Somebody wants the order cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """The order's time is over: the session of a day order has closed, or its good-till date has passed.

    `reason` is kept with an order that ends by it at once, because it was never sent.
    """

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """It is not known any more how the order stands: a timeout, a lost link, words that cannot be read."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenAbsent:
    """The broker, asked for open and completed orders and executions, does not know the order.

    `inquiry` counts the questions, so that one answer is never taken for two; `epoch` is that of the worker
    who asked.
    """

    inquiry: int
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledByHand:
    """An operator has looked at the broker's own screen: the order does not live there."""

    reason: str


OrderEvent = (
    Leased
    | LeaseExpired
    | RefusedLocally
    | BrokerSaid
    | Rejected
    | Executed
    | CancelWanted
    | Expired
    | Doubted
    | ProvenAbsent
    | SettledByHand
)
