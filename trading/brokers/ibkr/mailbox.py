"""What the broker said and nobody has read yet: in order, quotes conflated, ending with the connection."""

import asyncio
from collections.abc import AsyncIterator, Callable

from trading.brokers.base import BrokerEvent

# Something that makes its event when it is read: quotes are then the latest, however long they waited.
Later = Callable[[], BrokerEvent | None]


class Mailbox:
    """A queue with one reader. After `close` the reader gets what is left, and then its loop ends."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[BrokerEvent | Later | None] = asyncio.Queue()
        self._is_open = True

    def put(self, event: BrokerEvent | Later) -> None:
        """Adds an event, or a maker of one; nothing when the box is closed."""
        if self._is_open:
            self._queue.put_nowait(event)

    def close(self) -> None:
        """Ends the reader's loop after what is already there."""
        if self._is_open:
            self._is_open = False
            self._queue.put_nowait(None)

    async def read(self) -> AsyncIterator[BrokerEvent]:
        """The events, waiting for more until the box is closed."""
        while (item := await self._queue.get()) is not None:
            event = item() if callable(item) else item
            if event is not None:
                yield event
        self._queue.put_nowait(None)  # whoever reads after the end finds the end
