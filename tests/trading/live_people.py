"""Sockets for tests: opened as somebody, in an event loop whose questions to the database stay in the test's
transaction.
"""

import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.test import Client

from accounts.models import User
from wealthalloc.routing import sockets

# A loaded machine is slow, not wrong.
PATIENCE = 20.0
# Long enough that a frame on its way would have come.
MOMENT = 0.05
HOST = "testserver"


def looped(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test in a loop of its own, beside the thread that holds the test's database transaction."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        # Around each question Channels would close a connection that stands in a transaction.
        with patch("channels.db.close_old_connections"):
            async_to_sync(test)(*args, **kwargs)

    return run


def session_key(who: User) -> str:
    """A sign-in of somebody."""
    client = Client()
    client.force_login(who)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def symbol_made() -> str:
    """A symbol that no other test uses: they share one Valkey."""
    return f"T{uuid4().hex[:12].upper()}"


class Socket:
    """A socket of the product, asked and answered in JSON. (The tools of Channels need another server.)"""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope
        self._wire = ApplicationCommunicator(sockets, scope)

    async def connect(self) -> bool:
        """Whether the socket is opened."""
        await self._wire.send_input({"type": "websocket.connect"})
        message = await self._wire.receive_output(timeout=PATIENCE)
        return bool(message["type"] == "websocket.accept")

    async def disconnect(self) -> None:
        """Go, and wait until the server has noticed."""
        await self._wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._wire.wait(timeout=PATIENCE)

    async def send(self, *, text: str | None = None, data: bytes | None = None) -> None:
        """Send something."""
        await self._wire.send_input({"type": "websocket.receive", "text": text, "bytes": data})

    async def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request; returns the next frame."""
        await self.send(text=json.dumps(request))
        return await self.frame()

    async def subscribe(self, *symbols: str) -> dict[str, Any]:
        """Subscribe; returns the answer."""
        return await self.ask(action="subscribe", symbols=list(symbols))

    async def frame(self) -> dict[str, Any]:
        """The next frame."""
        message = await self._wire.receive_output(timeout=PATIENCE)
        assert message["type"] == "websocket.send", message
        found: dict[str, Any] = json.loads(message["text"])
        return found

    async def closed(self) -> int:
        """The code with which the server closes, next."""
        message = await self._wire.receive_output(timeout=PATIENCE)
        assert message["type"] == "websocket.close", message
        await self._wire.wait(timeout=PATIENCE)
        return int(message["code"])

    async def is_silent(self) -> bool:
        """Whether nothing comes for a moment."""
        return bool(await self._wire.receive_nothing(timeout=MOMENT))


def socket_for(session: str | None, path: str, *, origin: str = f"http://{HOST}") -> Socket:
    """A socket that is not opened yet."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}" if session else ""
    headers = [(b"host", HOST.encode()), (b"origin", origin.encode()), (b"cookie", cookie.encode())]
    return Socket(
        {"type": "websocket", "path": path, "query_string": b"", "headers": headers, "subprotocols": []}
    )


@asynccontextmanager
async def opened(session: str, path: str = "/ws/prices/") -> AsyncIterator[Socket]:
    """A socket that is open, and closed at the end."""
    socket = socket_for(session, path)
    assert await socket.connect()
    yield socket
    await socket.disconnect()
