"""What the gateway keeps for each client that speaks to it, and what all of them share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from trading.papergateway import replies
from trading.papergateway.exchange.book import PaperBook
from trading.papergateway.faults import Faults
from trading.papergateway.listings import Listings
from trading.papergateway.wire import Message

NO_CONTRACT, VALIDATION = 200, 321
NO_DEFINITION = "No security definition has been found for the request"

# A stream under a word is the one of its kind that a client can have; the others go by request.
StreamKey = int | str


def invalid(cause: str) -> str:
    """The words of an error 321."""
    return f"Error validating request.-'b' : cause - {cause}"


class Stream(Protocol):
    """Something a client asked for that goes on being told."""

    def pulse(self, now: datetime) -> Sequence[Message]:
        """What is new since the last time."""


@dataclass(slots=True, eq=False)
class Session:
    """One client: what it subscribed to, and what waits to be written to it."""

    client_id: int | None = None
    data_kind: int = 1
    binds_manual_orders: bool = False
    is_over: bool = False
    streams: dict[StreamKey, Stream] = field(default_factory=dict)
    outbox: list[Message] = field(default_factory=list)
    # What a fault holds back until it is let go.
    late: list[Message] = field(default_factory=list)

    def tell(self, *messages: Message) -> None:
        """Write messages to the client, in this order."""
        self.outbox.extend(messages)

    def refuse(self, number: int, code: int, words: str) -> None:
        """Answer a request or an order with an error."""
        self.tell(replies.error(number, code, words))

    def take(self) -> list[Message]:
        """What is to be written now."""
        taken, self.outbox = self.outbox, []
        return taken


class Hub:
    """What all clients share: the book, the listings, the faults, and who is there."""

    def __init__(self, book: PaperBook, faults: Faults | None = None) -> None:
        self.book = book
        self.listings = Listings(book)
        self.faults = faults or Faults()
        self.sessions: dict[int, Session] = {}
        # How often something was filled; accounts are told anew when it was.
        self.news = 0
        self.is_dying = False

    def tell_order(self, client_id: int, batch: Iterable[Message]) -> None:
        """Tell what happened to an order to the client that placed it, as far as faults let it through."""
        session = self.sessions.get(client_id)
        if session is None or self.faults.is_link_lost:
            return
        told, held = self.faults.retold(batch)
        session.tell(*told)
        session.late.extend(held)

    def next_order_id(self, client_id: int) -> int:
        """The number that a client is given for its next order; a fault may roll it back."""
        return max(1, self.book.next_order_id(client_id) - self.faults.order_id_rollback)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request's turn: who asks, of whom, and when."""

    hub: Hub
    session: Session
    now: datetime
