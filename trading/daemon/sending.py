"""Sending: what was accepted is leased, which commits, and only then written to the socket."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from trading.brokers.base import Broker, BrokerError, BrokerRefusal
from trading.daemon.owner import Owner
from trading.daemon.pace import BATCH, LEASE_SECONDS
from trading.daemon.standing import Standing
from trading.daemon.waking import Bell
from trading.selectors.waiting import Waiting, work_waiting
from trading.services.comparisons import orders_in_flight_doubt
from trading.services.leases import Sendable, cancels_lease, changes_lease, orders_lease
from trading.services.reports import order_refused, orders_doubt
from trading.services.resends import orders_resend

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")
# Our own refusal of a ticket, for good; other refusals say that the link was away just now.
OUR_OWN = 0
PARENT_REFUSED = "The order that it waits for was refused."
# Numbers for what comes between the look and the lease: it need not wait for the next one.
SPARE = 4
NOT_WRITTEN = "It was leased too long ago to be written now."


class Sending:
    """The sender of one connection. `doubted` is rung when an order has to be asked for."""

    def __init__(
        self, owner: Owner, standing: Standing, broker: Broker, *, work: Bell, doubted: Bell
    ) -> None:
        self._owner = owner
        self._standing = standing
        self._broker = broker
        self._work = work
        self._doubted = doubted

    async def run(self) -> None:
        """Send whatever waits, at every nudge and at least once a second."""
        while True:
            await self.look()
            await self._work.wait(self._owner.pace.poll)

    async def look(self) -> None:
        """Send what waits now. Nothing new goes out unless the gateway is ready; cancellations do."""
        waiting = await self._waiting()
        if waiting.cancels and self._standing.state.takes_questions:
            await self._cancel()
        if self._standing.state.takes_orders:
            await self._send(waiting)
        if waiting.changes and self._standing.state.takes_orders:
            await self._change()
        if waiting.overdue:
            await self._overdue()

    async def _waiting(self) -> Waiting:
        now, pace = self._owner.now(), self._owner.pace
        return await self._lane(
            work_waiting,
            self._owner.gateway_id,
            cancel_sent_before=now - timedelta(seconds=pace.cancel_again),
            sent_before=now - timedelta(seconds=pace.acknowledge),
        )

    async def _send(self, waiting: Waiting) -> None:
        if waiting.absent:
            within = timedelta(seconds=self._owner.pace.resend)
            numbers = self._numbers(waiting.absent, waiting.floor)
            await self._write(await self._fenced(orders_resend, numbers=numbers, within=within))
        while waiting.orders and self._standing.state.takes_orders:
            numbers = self._numbers(min(waiting.orders + SPARE, BATCH), waiting.floor)
            await self._write(await self._fenced(orders_lease, numbers=numbers))
            if waiting.orders <= BATCH:
                break  # what came meanwhile has rung
            before, waiting = waiting.orders, await self._waiting()
            if waiting.orders >= before:
                break  # what is left cannot be leased now

    def _numbers(self, count: int, floor: int) -> list[int]:
        return [self._broker.next_order_id(floor) for _ in range(min(count, BATCH))]

    async def _write(self, leased: Sequence[Sendable]) -> None:
        """Write leased orders to the socket in order; what waits for one that was refused is refused."""
        leased_at = asyncio.get_running_loop().time()
        refused: set[int] = set()
        for one in leased:
            if asyncio.get_running_loop().time() - leased_at > LEASE_SECONDS:
                await self._doubt([one.order_id], NOT_WRITTEN)
            elif one.parent_order_id in refused:
                await self._refuse(one.order_id, OUR_OWN, PARENT_REFUSED)
            elif not await self._place(one):
                refused.add(one.broker_order_id)

    async def _place(self, one: Sendable) -> bool:
        """Write one order; whether it may have reached the broker, now or later."""
        try:
            await self._hand_over(one)
        except BrokerRefusal as refusal:
            # Nothing was written. What the link refused is proven absent and sent again; a ticket is not.
            if refusal.code == OUR_OWN:
                await self._refuse(one.order_id, refusal.code, refusal.words)
                return False
            await self._doubt([one.order_id], refusal.words)
        except BrokerError as error:
            await self._doubt([one.order_id], str(error))
        return True

    async def _hand_over(self, one: Sendable) -> None:
        await self._broker.place(
            contract=one.contract,
            ticket=one.ticket,
            account=one.account,
            order_id=one.broker_order_id,
            order_ref=str(one.order_id),
            parent_order_id=one.parent_order_id,
            transmit=one.transmit,
        )

    async def _refuse(self, order_id: UUID, code: int, words: str) -> None:
        await self._lane(order_refused, order_id=order_id, code=code, words=words, now=self._owner.now())

    async def _doubt(self, order_ids: Sequence[UUID], reason: str) -> None:
        logger.warning("%s orders are in doubt: %s", len(order_ids), reason)
        await self._lane(orders_doubt, order_ids=order_ids, reason=reason, now=self._owner.now())
        self._doubted.ring()

    async def _change(self) -> None:
        for one in await self._fenced(changes_lease):
            await self._rewrite(one)

    async def _rewrite(self, one: Sendable) -> None:
        """Write a change; when it is not known whether it left, nobody knows the order's terms."""
        try:
            await self._hand_over(one)
        except BrokerError as error:
            await self._doubt([one.order_id], str(error))

    async def _cancel(self) -> None:
        before = self._owner.now() - timedelta(seconds=self._owner.pace.cancel_again)
        for order in await self._fenced(cancels_lease, before=before):
            if order.broker_order_id is not None and order.client_id == self._owner.client_id:
                await self.cancel(order.broker_order_id)

    async def cancel(self, number: int) -> None:
        """Write the wish to cancel; one that was not written is written again later."""
        try:
            await self._broker.cancel(order_id=number)
        except BrokerError as error:
            logger.warning("A cancellation was not written: %s", error)

    async def _overdue(self) -> None:
        """Doubt what the broker should have acknowledged by now."""
        before = self._owner.now() - timedelta(seconds=self._owner.pace.acknowledge)
        reason = "The broker has not acknowledged the order in time."
        if await self._fenced(orders_in_flight_doubt, before=before, reason=reason):
            self._doubted.ring()

    async def _lane(self, verb: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
        return await self._owner.lanes.orders.run(verb, *arguments, **named)

    async def _fenced(self, verb: Callable[..., Answer], **named: Any) -> Answer:
        """A verb that counts only while the gateway is ours."""
        return await self._lane(
            verb, gateway_id=self._owner.gateway_id, epoch=self._owner.epoch, now=self._owner.now(), **named
        )
