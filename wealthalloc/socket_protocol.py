"""The server's side of a socket's connection: uvicorn's, quick for many and safe from those who stall."""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from trading.consumers.wire import DIRECT

FAREWELL_SECONDS = 15.0


class SocketProtocol(WebSocketsSansIOProtocol):
    """Takes frames that were written once for many sockets, and drops clients that stopped reading.

    A closing transport first writes what waits. A client that reads nothing would keep the buffer and the
    connection for as long as it likes: once the application has ended, it has fifteen seconds.
    """

    async def run_asgi(self) -> None:
        """Tell the application that it may hand over whole frames; not where each is compressed for each."""
        if not self.config.ws_per_message_deflate:
            extensions: Any = self.scope["extensions"]
            extensions[DIRECT] = self.write_frame
        await super().run_asgi()

    def write_frame(self, frame: bytes) -> bool:
        """Write a frame at once; False when it cannot be: nothing was written then, and `send` is the way."""
        if not self.writable.is_set() or self.close_sent or self.conn.state is not State.OPEN:
            return False
        self.transport.write(frame)
        return True

    def on_task_complete(self, task: "asyncio.Task[Any]") -> None:
        """The application has returned: the connection has its last seconds."""
        super().on_task_complete(task)
        if not self.disconnected:
            self.loop.call_later(FAREWELL_SECONDS, self._drop)

    def _drop(self) -> None:
        if not self.disconnected:
            self.transport.abort()
