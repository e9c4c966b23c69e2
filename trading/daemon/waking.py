"""What wakes the daemon: marks that web processes leave in Valkey, and the clock when they do not."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from redis import RedisError

from common.valkey import valkey_async
from trading.services.nudges import nudge_of

logger = logging.getLogger(__name__)
WAIT_SECONDS = 1
PAUSE_SECONDS = 1.0


class Bell:
    """Rung for whoever waits: once for all rings since they last looked."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake the one who waits."""
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a ring, no longer than `seconds`; whether it rang."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        rang = self._event.is_set()
        self._event.clear()
        return rang


@dataclass(frozen=True, slots=True)
class Bells:
    """Who wakes whom: new orders, questions, fills to book, and orders that have to be asked for."""

    work: Bell = field(default_factory=Bell)
    questions: Bell = field(default_factory=Bell)
    filled: Bell = field(default_factory=Bell)
    doubted: Bell = field(default_factory=Bell)


async def nudges_pass(gateway_id: UUID, *bells: Bell) -> None:
    """Ring the bells at every nudge, for ever. Without Valkey nobody rings: the pieces look by themselves."""
    while True:
        connection = valkey_async()
        try:
            await _nudges_pass(connection, nudge_of(gateway_id), bells)
        except (RedisError, OSError) as error:
            logger.warning("Nudges cannot be heard: %s", error)
            await asyncio.sleep(PAUSE_SECONDS)
        finally:
            with suppress(RedisError, OSError):
                await connection.aclose()


async def _nudges_pass(connection: Any, name: str, bells: tuple[Bell, ...]) -> None:
    while True:
        if await connection.blpop([name], timeout=WAIT_SECONDS) is not None:
            for bell in bells:
                bell.ring()
