"""What waits for one socket, bounded however slow it is: the latest price of each symbol, and a few words."""

import asyncio
from collections import deque
from collections.abc import Collection, Mapping

from trading.consumers.wire import RESYNC, prices_frame

# Events are facts, not states: none may be skipped. A socket that falls further behind than this is told
# to ask for everything again.
MOST_WORDS = 200


class Slot:
    """The place between the hub, which never waits, and the writer of one socket, which may have to.

    Prices conflate: a newer price of a symbol takes the place of the older one. As long as the writer keeps
    up, a frame is the very text that other sockets get too.
    """

    __slots__ = ("_frame", "_latest", "_own", "_waiter", "_words", "conflated")

    def __init__(self) -> None:
        self._frame = ""
        self._latest: Mapping[str, str] = {}
        self._own: dict[str, str] | None = None
        self._words: deque[str] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self.conflated = 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and the writer does: what comes now comes first."""
        return self._waiter is not None and not self._waiter.done()

    def offer(self, frame: str, latest: Mapping[str, str]) -> None:
        """Put a batch into the slot: `frame` is what `latest`, by symbol, looks like as a whole."""
        if not self._latest:
            self._frame, self._latest = frame, latest
        else:
            self.conflated += 1
            if self._own is None:
                self._own = dict(self._latest)
            self._own.update(latest)
            self._frame, self._latest = "", self._own
        self._wake()

    def say(self, text: str) -> None:
        """Put an answer or an event into the slot; they keep their order."""
        if len(self._words) >= MOST_WORDS:
            self._words.clear()
            text = RESYNC
        self._words.append(text)
        self._wake()

    def forget(self, symbols: Collection[str]) -> None:
        """Take out the waiting prices of symbols that are not watched any more."""
        left = {symbol: text for symbol, text in self._latest.items() if symbol not in symbols}
        if len(left) != len(self._latest):
            self._frame, self._latest, self._own = "", left, None

    async def take(self) -> str:
        """The next frame, once there is one: words before prices."""
        while True:
            if self._words:
                return self._words.popleft()
            if self._latest:
                frame = self._frame or prices_frame(self._latest.values())
                self._frame, self._latest, self._own = "", {}, None
                return frame
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
