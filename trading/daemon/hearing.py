"""Hearing: what the broker says of its own accord is written down, many words in one go."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from trading.brokers.base import (
    Broker,
    BrokerError,
    BrokerEvent,
    Filled,
    LinkChanged,
    OrderNotice,
    OrderUpdate,
    Quoted,
)
from trading.daemon.owner import Owner
from trading.daemon.standing import Standing
from trading.daemon.waking import Bell
from trading.engine.link import GatewayState
from trading.engine.records import LinkState, Quote
from trading.selectors.orders import is_order_of
from trading.services.changes import changes_confirm
from trading.services.reports import (
    order_refused,
    order_remarked,
    uuid_or_none,
    words_record,
)

MOST_AT_ONCE = 200
PATIENCE = 1.0
GATHER = 0.01


class Hearing:
    """The listener of one connection. Quotes go to `quoted` at once, the rest into the database in turn.

    `filled` is rung after fills, `doubted` when the broker's link came back: what happened meanwhile is told
    by nobody.
    """

    def __init__(
        self,
        owner: Owner,
        standing: Standing,
        broker: Broker,
        *,
        quoted: Callable[[Sequence[Quote]], None],
        filled: Bell,
        doubted: Bell,
    ) -> None:
        self._owner = owner
        self._standing = standing
        self._broker = broker
        self._quoted = quoted
        self._filled = filled
        self._doubted = doubted
        self._heard: list[BrokerEvent] = []
        self._news = Bell()
        self._last_words = ""
        self._is_over = False

    async def listen(self) -> None:
        """Take what the broker says, until the connection ends."""
        async for event in self._broker.events():
            if isinstance(event, Quoted):
                self._quoted(event.quotes)
            else:
                self._heard.append(event)
                self._news.ring()
        self._is_over = True
        self._news.ring()

    async def run(self) -> None:
        """Write down what was heard. Raises BrokerError once all is written and the connection is over."""
        while True:
            await self._news.wait(PATIENCE)
            # What belongs together comes within moments: each transaction less leaves time for others.
            await asyncio.sleep(GATHER)
            while self._heard:
                batch, self._heard = self._heard[:MOST_AT_ONCE], self._heard[MOST_AT_ONCE:]
                for kind, events in groupby(batch, key=_kind):
                    await self._take(kind, list(events))
            if self._is_over:
                raise BrokerError(self._last_words or "The connection ended.")

    async def _take(self, kind: type, events: Sequence[Any]) -> None:
        if kind is OrderUpdate:
            await self._words(events)
        elif kind is OrderNotice:
            for event in events:
                await self._notice(event)
        elif kind is LinkChanged:
            for event in events:
                await self._link(event)

    async def _words(self, events: Sequence[OrderUpdate | Filled]) -> None:
        """Write down what was said of orders and of fills, in one transaction."""
        told = [event.order for event in events if isinstance(event, OrderUpdate)]
        fills = [event.execution for event in events if isinstance(event, Filled)]
        if await self._record(words_record, told=told, fills=fills):
            await self._record(changes_confirm, told=told)
        if fills:
            self._filled.ring()

    async def _notice(self, notice: OrderNotice) -> None:
        order_id = uuid_or_none(notice.order_ref)
        if order_id is None or not await self._is_ours(order_id):
            return
        words = {"order_id": order_id, "code": notice.code, "words": notice.words, "now": self._owner.now()}
        if notice.is_rejection:
            await self._lane(order_refused, **words)
        else:
            await self._lane(order_remarked, **words, refuses_change=notice.refuses_change)

    async def _link(self, change: LinkChanged) -> None:
        self._last_words = change.words
        if change.state is LinkState.CLOSED:
            return  # the end of the events says so too, once everything before it is written
        await self._standing.hear(change.state, change.words)
        if self._standing.state is GatewayState.SYNCING:
            self._doubted.ring()

    async def _is_ours(self, order_id: UUID) -> bool:
        return bool(await self._lane(is_order_of, self._owner.gateway_id, order_id))

    async def _record(self, verb: Callable[..., Any], **named: Any) -> Any:
        return await self._lane(verb, gateway_id=self._owner.gateway_id, now=self._owner.now(), **named)

    async def _lane(self, verb: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return await self._owner.lanes.reports.run(verb, *arguments, **named)


def _kind(event: BrokerEvent) -> type:
    """What events are written down together: words about orders and about fills are."""
    return OrderUpdate if isinstance(event, OrderUpdate | Filled) else type(event)
