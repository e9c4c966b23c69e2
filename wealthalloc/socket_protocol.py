"""The server's side of a socket's connection: uvicorn's, with an end for clients that stopped reading."""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

FAREWELL_SECONDS = 15.0


class SocketProtocol(WebSocketsSansIOProtocol):
    """Drops a connection that is still there some seconds after its application has ended.

    A closing transport first writes what waits. A client that reads nothing would keep the buffer and the
    connection for as long as it likes.
    """

    def on_task_complete(self, task: "asyncio.Task[Any]") -> None:
        """The application has returned: the connection has fifteen seconds left."""
        super().on_task_complete(task)
        if not self.disconnected:
            self.loop.call_later(FAREWELL_SECONDS, self._drop)

    def _drop(self) -> None:
        if not self.disconnected:
            self.transport.abort()
