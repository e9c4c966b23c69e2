"""What an ASGI process does beside answering."""

import asyncio
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from asgiref.testing import ApplicationCommunicator
from redis import RedisError

from tests.trading.live_people import PATIENCE, looped
from wealthalloc import lifespan, live


@looped
async def test_events_are_relayed_from_the_start_to_the_end(caplog: pytest.LogCaptureFixture) -> None:
    loop, enough = asyncio.get_running_loop(), asyncio.Event()
    outcomes: Iterator[int | Exception] = iter(
        [0, RedisError("away"), RedisError("still away"), 1, RuntimeError("not looked for")]
    )

    def relay() -> int:
        outcome = next(outcomes)
        if outcome == 1:
            loop.call_soon_threadsafe(enough.set)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with (
        patch.object(lifespan, "outbox_relay", relay),
        patch.object(lifespan, "LOOK_SECONDS", 0),
        patch.object(lifespan, "FAULT_SECONDS", 0),
    ):
        process = ApplicationCommunicator(live.application, {"type": "lifespan"})
        await process.send_input({"type": "lifespan.startup"})
        assert await process.receive_output(timeout=PATIENCE) == {"type": "lifespan.startup.complete"}
        await enough.wait()
        await process.send_input({"type": "lifespan.shutdown"})
        assert await process.receive_output(timeout=PATIENCE) == {"type": "lifespan.shutdown.complete"}
        await process.wait(timeout=PATIENCE)
    assert caplog.messages == ["Events wait in the outbox: away"]
