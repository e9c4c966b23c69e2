"""What an ASGI process does beside answering: it relays the outbox from its start to its end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import database_sync_to_async
from django.db import DatabaseError
from redis import RedisError

from common.outbox import BATCH, outbox_relay

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
FAULT_SECONDS = 2.0

Message = dict[str, Any]


async def lifespan(
    _scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Start relaying when the server starts and stop when it ends."""
    await receive()
    relay = asyncio.create_task(relay_always())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    await send({"type": "lifespan.shutdown.complete"})


async def relay_always() -> None:
    """Tell waiting events five times a second; wait longer while the database or Valkey is away."""
    well = True
    while True:
        try:
            told = await database_sync_to_async(outbox_relay)()
        except (DatabaseError, RedisError) as error:
            if well:
                log.warning("Events wait in the outbox: %s", error)
            well = False
            await asyncio.sleep(FAULT_SECONDS)
            continue
        well = True
        await asyncio.sleep(0 if told == BATCH else LOOK_SECONDS)
