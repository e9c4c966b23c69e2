"""The database from an event loop: each lane is a thread with a connection of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connections

Answer = TypeVar("Answer")
CLOSE_SECONDS = 1.5


class Lane:
    """Verbs one after the other in one thread, so that a slow lane delays nobody but itself."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, verb: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
        """What `verb` returns; who is cancelled waits for it all the same: no commit is left half known."""
        call = sync_to_async(_healthily, thread_sensitive=False, executor=self._executor)
        task = asyncio.ensure_future(call(verb, *arguments, **named))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=CLOSE_SECONDS)
            if task.done() and not task.cancelled():
                task.exception()  # asked for, so that nobody complains that it was not
            raise

    async def close(self) -> None:
        """Close the lane's connection and end its thread, unless a verb holds it up."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.get_running_loop().run_in_executor(self._executor, connections.close_all)
        except TimeoutError:
            pass
        self._executor.shutdown(wait=False, cancel_futures=True)


class Lanes:
    """The lanes of a daemon, by what they carry."""

    def __init__(self) -> None:
        self.beats = Lane("beats")
        self.orders = Lane("orders")
        self.reports = Lane("reports")
        self.comparisons = Lane("comparisons")
        self.books = Lane("books")
        self.prices = Lane("prices")
        self.questions = Lane("questions")

    async def close(self) -> None:
        """Close them all at the same time."""
        await asyncio.gather(*(lane.close() for lane in vars(self).values()))


def _healthily(verb: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
    """Call the verb on a connection that works; one that broke is not kept for the next."""
    close_old_connections()
    try:
        return verb(*arguments, **named)
    finally:
        close_old_connections()
