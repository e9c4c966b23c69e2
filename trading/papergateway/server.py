"""The gateway's sockets and clock; what changes is on disk before clients hear of it."""

import asyncio
import logging
import socket
import struct
from collections.abc import Callable
from datetime import UTC, datetime

from trading.papergateway.conversation import Conversation
from trading.papergateway.journal import GROWTH_AT_MOST, Journal
from trading.papergateway.opening import state_of
from trading.papergateway.order_desk import publish
from trading.papergateway.session import Hub
from trading.papergateway.wire import frame

# As often as the broker samples the quotes of stocks.
TICK_SECONDS = 0.25
LINKS_AT_MOST = 64
# A client that says nothing for so long after it came is let go.
SECONDS_TO_GREET = 30.0
TURNS_TO_CLOSE, TURN_SECONDS = 100, 0.002
# A client that does not read is dropped before what waits for it fills the memory.
UNREAD_AT_MOST = 4 * 1024 * 1024

logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Link(asyncio.Protocol):
    """One client's socket."""

    def __init__(self, gateway: "PaperGateway") -> None:
        self.conversation = Conversation(gateway.hub)
        self._gateway = gateway
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream was expected")
        self._transport = transport
        self._gateway.link_made(self)

    def data_received(self, data: bytes) -> None:
        """A client said something."""
        self._gateway.link_heard(self, data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        """A client went."""
        self.conversation.end()
        self._gateway.links.discard(self)

    def write(self, data: bytes) -> None:
        """Send bytes, unless too many wait already."""
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > UNREAD_AT_MOST:
            logger.warning("Client %s does not read; it is dropped.", self.conversation.session.client_id)
            self.reset()

    def close(self) -> None:
        """End the connection once everything is written."""
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """End the connection at once, with a reset that the client notices."""
        if self._transport is None or self._transport.is_closing():
            return  # the client was quicker
        raw = self._transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def pause(self, *, is_paused: bool) -> None:
        """Leave what the client says unread, or read on."""
        if self._transport is None or self._transport.is_closing():
            return
        if is_paused:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()


class PaperGateway:
    """A server for clients of the TWS API, with the exchange of a hub behind it.

    Everything happens in one event loop. What an order or a tick changed is in the journal before any
    client is told.
    """

    def __init__(
        self,
        hub: Hub,
        *,
        clock: Callable[[], datetime] = utc_now,
        journal: Journal | None = None,
        on_death: Callable[[], None] = lambda: None,
    ) -> None:
        self.hub = hub
        self.clock = clock
        self.links: set[Link] = set()
        self._journal = journal
        self._on_death = on_death
        self._server: asyncio.Server | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._news = 0
        self._is_stalled = False
        self._is_down = False

    # Life ---------------------------------------------------------------------------------------------

    async def start(
        self, host: str = "127.0.0.1", port: int = 0, *, tick_seconds: float | None = TICK_SECONDS
    ) -> int:
        """Listen, and let the market move by itself unless `tick_seconds` is None. Returns the port."""
        if self._journal is not None:
            self._journal.begin(state_of(self.hub.book))
            self.hub.book.drain()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Link(self), host, port)
        if tick_seconds is not None:
            self._ticking = loop.create_task(self._tick_on(tick_seconds))
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        self._quit_listening()
        for link in list(self.links):
            link.close()
        await self._links_end()
        if self._journal is not None:
            self._journal.close()

    async def _links_end(self) -> None:
        """Wait until every connection is closed; whoever does not read is cut off."""
        for _ in range(TURNS_TO_CLOSE):
            if not self.links:
                return
            await asyncio.sleep(TURN_SECONDS)
        self.drop_all()
        await asyncio.sleep(0)

    def die(self) -> None:
        """End as a crash does: no goodbye to anybody."""
        self._quit_listening()
        self.drop_all()
        if self._journal is not None:
            self._journal.close()
        self._on_death()

    def _quit_listening(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
        if self._server is not None:
            self._server.close()

    # Clients ------------------------------------------------------------------------------------------

    def link_made(self, link: Link) -> None:
        """Take a client in, if there is room and the gateway is there at all."""
        if self._is_down or len(self.links) >= LINKS_AT_MOST:
            link.reset()
            return
        self.links.add(link)
        asyncio.get_running_loop().call_later(SECONDS_TO_GREET, self._expect_greeting, link)

    def link_heard(self, link: Link, data: bytes) -> None:
        """Hear a client out, then write what everybody is to know."""
        if self.hub.faults.is_half_open or link not in self.links:
            return
        link.conversation.receive(data, self.clock())
        self.settle()

    @staticmethod
    def _expect_greeting(link: Link) -> None:
        if link.conversation.session.client_id is None:
            link.reset()

    # The clock ----------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let the market and everything that clients follow move on to now."""
        now = self.clock()
        publish(self.hub, self.hub.book.advance(now))
        for link in list(self.links):
            link.conversation.pulse(now)
        self.settle()

    async def _tick_on(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                self.tick()
            except Exception:
                # One bad tick is told in the log; the market goes on.
                logger.exception("The market did not move.")

    # Writing ------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Make durable what changed, then write what waits for clients."""
        self._keep()
        self._tell_accounts()
        if self.hub.is_dying:
            self.hub.is_dying = False
            self.die()
            return
        if self._is_stalled or self.hub.faults.is_half_open:
            return
        for link in list(self.links):
            self._write(link)

    def _tell_accounts(self) -> None:
        """After a fill whoever follows accounts is told at once."""
        if self._news != self.hub.news:
            self._news = self.hub.news
            for link in self.links:
                link.conversation.pulse(self.clock())

    def _keep(self) -> None:
        changes = self.hub.book.drain()
        if self._journal is None or not changes:
            return
        self._journal.append(changes)
        if self._journal.grown > GROWTH_AT_MOST:
            self._journal.begin(state_of(self.hub.book))

    def _write(self, link: Link) -> None:
        session = link.conversation.session
        data = []
        for message in session.take():
            whole = frame(message)
            spoiled = self.hub.faults.spoiled(whole)
            data.append(whole if spoiled is None else spoiled)
            if spoiled is not None and len(spoiled) < len(whole):
                session.is_over = True
                break
        if data:
            link.write(b"".join(data))
        if session.is_over:
            link.close()

    # What an operator can do to every client ----------------------------------------------------------

    def drop_all(self) -> None:
        """Reset every connection."""
        for link in list(self.links):
            link.reset()

    def stall(self, seconds: float) -> None:
        """Neither read nor write for so long; nothing is lost."""
        self._is_stalled = True
        for link in self.links:
            link.pause(is_paused=True)
        asyncio.get_running_loop().call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._is_stalled = False
        for link in self.links:
            link.pause(is_paused=False)
        self.settle()

    def restart(self, *, rollback: int = 0, seconds: float = 0) -> None:
        """Do as at night: end all connections, be away, then hand out lower numbers for orders."""
        self.hub.faults.order_id_rollback = rollback
        self._is_down = seconds > 0
        for link in list(self.links):
            link.close()
        if self._is_down:
            asyncio.get_running_loop().call_later(seconds, self._come_back)

    def _come_back(self) -> None:
        self._is_down = False
