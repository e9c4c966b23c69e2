"""The connection to the broker: made, compared, used until it ends, and made again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from trading.brokers.base import Broker, BrokerError
from trading.daemon.answering import Answering
from trading.daemon.comparing import Comparing
from trading.daemon.hearing import Hearing
from trading.daemon.owner import Owner
from trading.daemon.pace import Pace
from trading.daemon.pricing import Pricing
from trading.daemon.sending import Sending
from trading.daemon.standing import Standing
from trading.daemon.volumes import Volumes
from trading.daemon.waking import Bells
from trading.engine.backoff import reconnect_delay
from trading.engine.link import GatewayState, GatewayStep
from trading.engine.records import LinkState
from trading.models import Gateway
from trading.services.comparisons import orders_in_flight_doubt
from trading.services.gateways import FencedOut, gateway_beat
from trading.services.leases import leases_expire

logger = logging.getLogger(__name__)
LINK_ENDED = "The connection to the broker ended before the order was acknowledged."

MakeBroker = Callable[[Gateway, Pace], Broker]


class Connection:
    """Keeps one connection at a time. Whatever goes wrong ends it: the next one begins with a comparison."""

    def __init__(
        self,
        owner: Owner,
        standing: Standing,
        pricing: Pricing,
        answering: Answering,
        bells: Bells,
        *,
        make: Callable[[], Awaitable[Broker]],
    ) -> None:
        self._owner = owner
        self._standing = standing
        self._pricing = pricing
        self._answering = answering
        self._bells = bells
        self._make = make
        self._attempt = 0

    async def keep(self) -> None:
        """Connect again and again, later each time, as long as the gateway is ours. Raises FencedOut."""
        while True:
            words = await self._once()
            self._answering.connected(None)
            self._pricing.disconnected()
            await self._standing.hear(LinkState.CLOSED, words)
            self._attempt += 1
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        pace = self._owner.pace
        delay = reconnect_delay(
            self._attempt, self._owner.a_chance(), first=pace.first_retry, most=pace.longest_retry
        )
        return float(delay)

    async def _once(self) -> str:
        """One connection from its making to its end; returns why it ended. Raises FencedOut."""
        words = ""
        # In a task of its own: a group that fails at the moment in which the end is asked for swallows that.
        use = asyncio.create_task(self._use())
        try:
            await asyncio.wait({use})
        finally:
            use.cancel()
            await asyncio.wait({use})
        if use.cancelled():
            return "The connection was given up."  # by the client's own program: nobody asked for the end
        try:
            use.result()
        except* FencedOut as group:
            raise group.exceptions[0] from None
        except* Exception as group:
            words = "; ".join(sorted({str(error) or type(error).__name__ for error in _leaves(group)}))
            logger.warning("The connection to the broker is over: %s", words, exc_info=_surprise(group))
        return words

    async def _use(self) -> None:
        await self._standing.hear(GatewayStep.DIALLED)
        broker = await self._make()
        try:
            await broker.connect()
            await self._connected(broker)
            await self._work(broker)
        finally:
            await broker.disconnect()

    async def _connected(self, broker: Broker) -> None:
        """What was on its way when an earlier connection or owner ended is in doubt, before anything else."""
        owner, now = self._owner, self._owner.now()
        named = {"gateway_id": owner.gateway_id, "epoch": owner.epoch, "now": now}
        await owner.lanes.orders.run(leases_expire, **named)
        await owner.lanes.orders.run(orders_in_flight_doubt, before=now, reason=LINK_ENDED, **named)
        await owner.lanes.beats.run(gateway_beat, server_version=broker.server_version, **named)
        await self._standing.hear(GatewayStep.CONNECTED)
        self._pricing.connected(broker)
        self._answering.connected(broker)

    async def _work(self, broker: Broker) -> None:
        bells = self._bells
        sending = Sending(self._owner, self._standing, broker, work=bells.work, doubted=bells.doubted)
        comparing = Comparing(
            self._owner, self._standing, broker, sending, doubted=bells.doubted, work=bells.work
        )
        hearing = Hearing(
            self._owner, self._standing, broker,
            quoted=self._pricing.quoted, filled=bells.filled, doubted=bells.doubted,
        )  # fmt: skip
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(hearing.listen())
            tasks.create_task(hearing.run())
            tasks.create_task(sending.run())
            tasks.create_task(self._compare(comparing))
            tasks.create_task(self._ping(broker))
            tasks.create_task(Volumes(self._owner, broker).run())

    async def _compare(self, comparing: Comparing) -> None:
        await comparing.sync()
        if self._standing.state is GatewayState.READY:
            self._attempt = 0
        await comparing.run()

    async def _ping(self, broker: Broker) -> None:
        """Know that the other side lives. Raises BrokerError when it does not answer."""
        while True:
            await asyncio.sleep(self._owner.pace.ping)
            await broker.ping()
            self._pricing.reach(is_reachable=not self._standing.link.is_lost)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The single errors of a group of groups."""
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]


def _surprise(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    """What should be looked at in the log: anything but the broker's own failures."""
    return next((error for error in _leaves(group) if not isinstance(error, BrokerError)), None)
