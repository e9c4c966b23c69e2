"""Two ways to send what Valkey tells to many sockets, to hold ours against: bare ASGI, and Channels' groups.

Neither knows people, symbols or slow clients.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter

# Sets Django up, which what follows needs.
from wealthalloc.live import health_only

from common.valkey import valkey_async  # isort: skip
from trading.selectors.live import PRICES_CHANNEL  # isort: skip
from wealthalloc.lifespan import lifespan  # isort: skip

GROUP = "prices"
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_sends: set[Send] = set()
_listening: dict[str, asyncio.Task[None]] = {}


async def raw_socket(_scope: Message, receive: Receive, send: Send) -> None:
    """Every message to every socket, one after the other, by nothing but the server's own send."""
    _listen(_to_all)
    await receive()
    await send({"type": "websocket.accept"})
    _sends.add(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    _sends.discard(send)


async def _to_all(text: str) -> None:
    message = {"type": "websocket.send", "text": text}
    for send in list(_sends):
        with suppress(OSError):
            await send(message)


async def group_socket(scope: Message, receive: Receive, send: Send) -> None:
    """Every message by `group_send` to consumers of Channels."""
    _listen(_to_group)
    await Consumer.as_asgi()(scope, receive, send)


class Consumer(AsyncWebsocketConsumer):  # type: ignore[misc] # Channels has no types
    """The consumer of the guide: joins a group, sends on what the group is told."""

    async def connect(self) -> None:
        """Join."""
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, _code: int) -> None:
        """Leave."""
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def batch(self, event: Message) -> None:
        """Send on."""
        await self.send(text_data=event["text"])


async def _to_group(text: str) -> None:
    await get_channel_layer().group_send(GROUP, {"type": "batch", "text": text})


def _listen(tell: Callable[[str], Awaitable[None]]) -> None:
    if "task" not in _listening:
        _listening["task"] = asyncio.create_task(_relay(tell))


async def _relay(tell: Callable[[str], Awaitable[None]]) -> None:
    async with valkey_async().pubsub() as subscription:
        await subscription.subscribe(PRICES_CHANNEL)
        while True:
            message = await subscription.get_message(ignore_subscribe_messages=True, timeout=10)
            if message is not None:
                await tell(message["data"].decode())
                await asyncio.sleep(0)


raw = ProtocolTypeRouter({"http": health_only, "websocket": raw_socket, "lifespan": lifespan})
groups = ProtocolTypeRouter({"http": health_only, "websocket": group_socket, "lifespan": lifespan})
