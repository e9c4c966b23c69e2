"""How often the broker may be asked: a bucket of tokens for history, which has limits of its own.

The package itself holds all requests together below the broker's fifty messages a second.
"""

import asyncio
import time
from collections.abc import Callable

# Sixty requests for history in ten minutes; more is a pacing violation.
HISTORY_REQUESTS = 60
HISTORY_SECONDS = 600.0
HISTORY_OPEN = 50


class TokenBucket:
    """Up to `size` at once, and `size` in `seconds` over time; who comes too early waits in turn."""

    def __init__(self, *, size: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._per_token = seconds / size
        self._clock = clock
        # When the bucket will be full again: each token taken moves it on by what one token costs.
        self._full_at = clock()

    def wait(self) -> float:
        """Takes a token and returns the seconds until it may be used, 0 when there was one."""
        now = self._clock()
        self._full_at = max(self._full_at, now) + self._per_token
        return max(0.0, self._full_at - now - self._size * self._per_token)

    async def take(self) -> None:
        """Returns when there is a token for the caller."""
        seconds = self.wait()
        if seconds:
            await asyncio.sleep(seconds)
