"""Two ways to send what Valkey tells to many sockets, to hold ours against: bare ASGI, and Channels' groups.

Neither knows people, symbols or slow clients.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django import setup

from common.valkey import valkey_async
from trading.selectors.live import PRICES_CHANNEL

setup(set_prefix=False)

GROUP = "prices"
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_sends: set[Send] = set()
_listening: dict[str, asyncio.Task[None]] = {}


async def raw(scope: Message, receive: Receive, send: Send) -> None:
    """Every message to every socket, one after the other, by nothing but the server's own send."""
    if not await _opened(scope, receive, send, _to_all):
        return
    _sends.add(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    _sends.discard(send)


async def _to_all(text: str) -> None:
    message = {"type": "websocket.send", "text": text}
    for send in list(_sends):
        with suppress(OSError):
            await send(message)


async def groups(scope: Message, receive: Receive, send: Send) -> None:
    """Every message by `group_send` to consumers of Channels."""
    if scope["type"] == "websocket":
        _listen(_to_group)
        await Consumer.as_asgi()(scope, receive, send)
    else:
        await _opened(scope, receive, send, _to_group)


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


async def _opened(
    scope: Message, receive: Receive, send: Send, tell: Callable[[str], Awaitable[None]]
) -> bool:
    """Answer the check of health, or open a socket."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
        return False
    _listen(tell)
    await receive()
    await send({"type": "websocket.accept"})
    return True


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
