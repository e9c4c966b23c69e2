"""A broker that forgets, repeats and reorders, and a worker that dies: what an order must live through."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from trading.engine.executions import executed
from trading.engine.order_events import (
    BrokerSaid,
    CancelWanted,
    Doubted,
    Expired,
    Leased,
    LeaseExpired,
    OrderEvent,
    ProvenAbsent,
    Rejected,
)
from trading.engine.orders import OrderFacts, order_step
from trading.engine.records import BrokerOrder, ExecutionFacts, OrderState, Side

ORDER_ID = UUID("01890000-0000-7000-8000-000000000001")
QUANTITY = Decimal(10)
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def told(state: OrderState, *, perm_id: int = 7, filled: int = 0, **changes: Any) -> BrokerOrder:
    """The broker's words about the order of this module."""
    words = BrokerOrder(
        order_ref=str(ORDER_ID),
        perm_id=perm_id,
        broker_order_id=1,
        client_id=1,
        account="DU1",
        con_id=1,
        symbol="ACME",
        side=Side.BUY,
        quantity=QUANTITY,
        filled=Decimal(filled),
        state=state,
        is_open=not state.is_final,
        kind="LMT",
        time_in_force="DAY",
    )
    return replace(words, **changes)


def fill(number: int, quantity: int, **changes: Any) -> ExecutionFacts:
    """A fill of the order of this module."""
    told_fill = ExecutionFacts(
        exec_id=f"e{number}",
        revision=1,
        order_ref=str(ORDER_ID),
        perm_id=7,
        account="DU1",
        con_id=1,
        symbol="ACME",
        currency="USD",
        side=Side.BUY,
        quantity=Decimal(quantity),
        price=Decimal(5),
        executed_at=AT,
    )
    return replace(told_fill, **changes)


@dataclass
class PlacedLife:
    """An order in the broker's own book."""

    perm_id: int
    state: OrderState = OrderState.SUBMITTED
    filled: int = 0


Message = OrderEvent | ExecutionFacts


@dataclass
class World:
    """Broker, wire, worker and book of one order; every act is one method, and all of them may be refused."""

    rng: Random
    book: OrderFacts = field(default_factory=lambda: OrderFacts(id=ORDER_ID, quantity=QUANTITY))
    lives: list[PlacedLife] = field(default_factory=list)
    tape: list[ExecutionFacts] = field(default_factory=list)
    wire: list[Message] = field(default_factory=list)
    heard: list[ExecutionFacts] = field(default_factory=list)
    epoch: int = 1
    inquiries: int = 0
    arrivals: int = 0
    has_late_write: bool = False
    was_doubled: bool = False
    was_corrected: bool = False

    def tell(self, event: OrderEvent) -> None:
        """Put an event to the book, and hold it to what holds always."""
        before = self.book
        self.book = order_step(before, event)
        if self.book == before:
            assert self.book is before
            return
        assert self.book.version == before.version + 1
        assert set(before.perm_ids) <= set(self.book.perm_ids)
        if before.state.is_final and self.book.state is not before.state:
            assert self.book.filled != before.filled  # only executions leave a final state
        if self.book.state is OrderState.REJECTED:
            assert not self.book.filled

    # The worker

    def send(self) -> None:
        """Lease the order and write it; the worker may die before or after, and a write may arrive late."""
        if self.book.state is not OrderState.PENDING and not self.book.may_be_resent:
            return
        self.tell(Leased(epoch=self.epoch))
        fate = self.rng.random()
        if fate < 0.6:
            self.arrive()
        elif fate < 0.75:
            self.has_late_write = True
        if fate > 0.5:
            self.epoch += 1
            self.tell(LeaseExpired(epoch=self.epoch - 1))

    def want_cancel(self) -> None:
        """Somebody cancels; the broker hears of it for one life only."""
        self.tell(CancelWanted())
        if self.book.state.may_be_live:
            self.end_life()

    def lose_link(self) -> None:
        """The connection breaks: what was under way is lost, and the order is in doubt if it may live."""
        self.wire.clear()
        self.epoch += 1
        if self.book.state.may_be_live:
            self.tell(Doubted(reason="link lost"))

    def deliver(self) -> None:
        """Any message of the wire arrives, perhaps not for the last time."""
        if not self.wire:
            return
        message = self.rng.choice(self.wire)
        if self.rng.random() < 0.7:
            self.wire.remove(message)
        self.receive(message)

    def receive(self, message: Message) -> None:
        """Take a message into the book; a fill counts with all that were heard before."""
        if isinstance(message, ExecutionFacts):
            self.heard.append(message)
            self.tell(executed(self.heard))
        else:
            self.tell(message)

    def ask(self) -> None:
        """Ask the broker for everything; a write that is still under way arrives behind the answer."""
        self.inquiries += 1
        for execution in self.tape:
            self.receive(execution)
        for life in self.lives:
            self.tell(BrokerSaid(order=told(life.state, perm_id=life.perm_id, filled=life.filled)))
        if not self.lives:
            self.tell(ProvenAbsent(inquiry=self.inquiries, epoch=self.epoch))
        self.land()

    # The broker

    def land(self) -> None:
        """A late write arrives."""
        if self.has_late_write:
            self.has_late_write = False
            self.arrive()

    def arrive(self) -> None:
        """The broker takes the order, or refuses it."""
        self.arrivals += 1
        life = PlacedLife(perm_id=100 + self.arrivals)
        self.lives.append(life)
        if self.rng.random() < 0.1:
            life.state = OrderState.REJECTED
            self.wire.append(Rejected(reason="no"))
            return
        if self.rng.random() < 0.3:
            self.wire.append(BrokerSaid(order=told(OrderState.SENDING, perm_id=life.perm_id)))
        self.say(life)

    def say(self, life: PlacedLife) -> None:
        """Tell how a life stands."""
        self.wire.append(BrokerSaid(order=told(life.state, perm_id=life.perm_id, filled=life.filled)))

    def open_lives(self) -> list[PlacedLife]:
        """What the broker holds."""
        return [life for life in self.lives if not life.state.is_final]

    def fill_some(self) -> None:
        """The market fills a part of a life; status and execution travel apart."""
        for life in self.open_lives()[:1]:
            quantity = self.rng.randint(1, int(QUANTITY) - life.filled)
            life.filled += quantity
            life.state = OrderState.FILLED if life.filled == QUANTITY else OrderState.PARTIALLY_FILLED
            self.tape.append(fill(len(self.tape), quantity, perm_id=life.perm_id))
            self.wire.append(self.tape[-1])
            self.say(life)

    def end_life(self) -> None:
        """The broker cancels one life."""
        for life in self.open_lives()[:1]:
            life.state = OrderState.CANCELLED
            self.say(life)

    def double(self) -> None:
        """A change on a broken link becomes a second live order."""
        if self.open_lives() and not self.was_doubled:
            self.was_doubled = True
            self.lives.append(PlacedLife(perm_id=999))
            self.say(self.lives[-1])

    def correct(self) -> None:
        """The broker tells a fill again, with one share less."""
        whole = [index for index, told_fill in enumerate(self.tape) if told_fill.quantity > 1]
        for index in whole[:1]:
            before = self.tape[index]
            self.tape[index] = replace(
                before, revision=before.revision + 1, quantity=before.quantity - Decimal(1)
            )
            self.wire.append(self.tape[index])
            self.was_corrected = True

    def close_session(self) -> None:
        """The day ends: the broker drops what lives, and our clock says so too."""
        for life in self.open_lives():
            life.state = OrderState.CANCELLED
            self.say(life)
        self.tell(Expired())

    # The end

    def recover(self) -> None:
        """Doubt everything that may live, and ask until the order is settled or sent again no more."""
        self.land()
        self.lose_link()
        for _ in range(3):
            self.ask()

    def verify(self) -> None:
        """What the book says after recovery is what the broker's book holds."""
        assert self.arrivals <= 1, "the order reached the broker twice"
        assert self.book.filled == sum((execution.quantity for execution in self.tape), Decimal(0))
        alive = {life.perm_id for life in self.open_lives()}
        if self.book.state.is_final:
            assert set(self.book.stray_perm_ids) == alive
        elif alive:
            assert self.book.state in {OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED}
            assert set(self.book.perm_ids) >= alive
        else:
            assert not self.lives
            assert self.book.state is OrderState.PENDING or self.book.may_be_resent
        if not self.was_doubled:
            assert not self.book.is_overfilled
            if self.lives and not self.was_corrected and not alive:
                assert self.book.state is self.lives[0].state


ACTS = (
    World.send,
    World.deliver,
    World.deliver,
    World.deliver,
    World.fill_some,
    World.fill_some,
    World.ask,
    World.ask,
    World.lose_link,
    World.want_cancel,
    World.end_life,
    World.double,
    World.correct,
    World.close_session,
)
# Endings and accidents are rare, or no order would live long enough to meet them.
WEIGHTS = (6, 6, 6, 6, 3, 3, 3, 3, 2, 1, 1, 1, 1, 1)
