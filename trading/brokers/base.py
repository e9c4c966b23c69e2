"""The one real border: what the product asks of a broker, whoever that is."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from trading.engine.records import (
    AccountValue,
    BrokerOrder,
    BrokerPosition,
    ContractFacts,
    ExecutionFacts,
    LinkState,
    OrderTicket,
    PriceBar,
    Quote,
    WhatIf,
)


class BrokerError(Exception):
    """The broker cannot be asked, or did not answer in time: nothing is known about what was asked."""


class BrokerRefusal(BrokerError):
    """A clear no: the broker's answer, or our own before anything was sent. What was asked did not happen."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{words} ({code})")
        self.code = code
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUpdate:
    """The broker speaks of an order: its state as far as the broker's own message goes."""

    order: BrokerOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNotice:
    """Words of the broker about an order. `is_rejection` is true only when the order surely does not live.

    `refuses_change` says that a change of it, where one was asked for, did not happen.
    """

    order_ref: str
    broker_order_id: int
    code: int
    words: str
    is_rejection: bool
    refuses_change: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """An execution, new or corrected; it comes again once its commission is known."""

    execution: ExecutionFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """The latest of some instruments, one quote each."""

    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged:
    """A link was lost or came back."""

    state: LinkState
    code: int
    words: str


BrokerEvent = OrderUpdate | OrderNotice | Filled | Quoted | LinkChanged


class Broker(Protocol):
    """A connection to a broker: made once, used until it is lost, then thrown away.

    Every question has a time limit and raises BrokerError when it passes, BrokerRefusal when the broker
    says no. `account` may be empty where all accounts of the login are meant.
    """

    async def connect(self) -> None:
        """Open the connection. Raises BrokerError when it does not come about."""

    async def disconnect(self) -> None:
        """Close the connection; never raises."""

    def events(self) -> AsyncIterator[BrokerEvent]:
        """What the broker says, in the order it was said; ends when the connection does."""

    @property
    def server_version(self) -> int:
        """The version of the protocol that was agreed on."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts of the login."""

    async def ping(self) -> None:
        """Ask for the time, to know that the other side lives."""

    def next_order_id(self, floor: int) -> int:
        """A number for an order, above `floor` and above all that this connection has seen; then used up."""

    async def contract(self, symbol: str, currency: str, exchange: str = "SMART") -> ContractFacts | None:
        """The contract of a symbol, or None when there is none or more than one."""

    async def search(self, pattern: str) -> Sequence[ContractFacts]:
        """Contracts whose symbol or name begins with `pattern`."""

    async def place(
        self, *, contract: ContractFacts, ticket: OrderTicket, account: str, order_id: int, order_ref: str,
        parent_order_id: int = 0, transmit: bool = True,
    ) -> None:  # fmt: skip
        """Write the order to the socket, or the change of one that lives under `order_id`.

        Returns when it was written, which says nothing about the broker's answer.
        """

    async def cancel(self, *, order_id: int) -> None:
        """Write the wish to cancel an order of this client to the socket."""

    async def what_if(self, *, contract: ContractFacts, ticket: OrderTicket, account: str) -> WhatIf:
        """What the order would cost and need, without placing it."""

    async def open_orders(self) -> Sequence[BrokerOrder]:
        """The live orders of all clients of the login."""

    async def completed_orders(self) -> Sequence[BrokerOrder]:
        """The orders that ended lately."""

    async def executions(self) -> Sequence[ExecutionFacts]:
        """The fills that the broker still tells (about a day), with commissions where known."""

    async def positions(self) -> Sequence[BrokerPosition]:
        """What every account of the login holds."""

    async def account_values(self) -> Sequence[AccountValue]:
        """Cash, buying power and the like of every account of the login."""

    async def watch(self, contracts: Sequence[ContractFacts]) -> None:
        """Have quotes of exactly these contracts come as events; what is not named any more ends."""

    async def history(
        self, contract: ContractFacts, *, last: date, days: int, bar: str = "1 day"
    ) -> Sequence[PriceBar]:
        """Bars of trades that end with `last`, oldest first."""
