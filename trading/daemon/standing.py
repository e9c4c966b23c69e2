"""Where the gateway stands, kept in its row so that pages and controls see it."""

import asyncio
import logging

from trading.daemon.owner import Owner
from trading.engine.link import GatewayEvent, GatewayLink, GatewayState, gateway_step
from trading.models import Gateway
from trading.services.gateways import gateway_state_set

logger = logging.getLogger(__name__)
WORDS = {
    GatewayState.DOWN: "There is no connection.",
    GatewayState.CONNECTING: "Connecting.",
    GatewayState.SYNCING: "Comparing with the broker.",
    GatewayState.READY: "Ready.",
    GatewayState.DEGRADED: "The broker's own links are broken.",
    GatewayState.MAINTENANCE: "The broker restarts its servers.",
}


class Standing:
    """The link of the gateway: `hear` takes every event, one after the other."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._lock = asyncio.Lock()
        self.link = GatewayLink()

    @property
    def state(self) -> GatewayState:
        """What the gateway is good for now."""
        return self.link.state

    async def hear(self, event: GatewayEvent, words: str = "") -> None:
        """Take an event, and write the state down when it is another. Raises FencedOut when overtaken."""
        before = self.state
        # What may be sent follows at once; the row follows when it can.
        self.link = gateway_step(self.link, event)
        if self.state is not before:
            logger.info("The gateway is %s. %s", self.state, words)
            await self.write(words)

    async def write(self, words: str = "") -> None:
        """Write down how the gateway stands."""
        async with self._lock:
            state = self.state
            await self._owner.lanes.beats.run(
                gateway_state_set,
                gateway_id=self._owner.gateway_id,
                epoch=self._owner.epoch,
                state=Gateway.State(state.value),
                words=words or WORDS[state],
                now=self._owner.now(),
            )
