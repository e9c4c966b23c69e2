"""Ticks come faster than anybody reads them: the latest of each symbol, a few times a second."""

from trading.engine.records import Quote

MOST_SYMBOLS = 5_000
FLUSHES_A_SECOND = 4
MILLISECONDS = 1_000


class Conflation:
    """The quotes that wait for the next batch; one for each symbol, however many came.

    Times are milliseconds of a clock that only goes forward, given by the caller. No more than
    `flushes_a_second` batches leave, and no more than `most_symbols` quotes wait: beyond that, new symbols
    are dropped and counted, because a quote that is late is worth less than the memory of everybody.
    """

    def __init__(self, *, flushes_a_second: int = FLUSHES_A_SECOND, most_symbols: int = MOST_SYMBOLS) -> None:
        if flushes_a_second < 1 or most_symbols < 1:
            raise ValueError("a conflation passes at least one quote a second")
        # Rounded up, so that the promise holds for rates that do not divide a second.
        self._interval = -(-MILLISECONDS // flushes_a_second)
        self._most_symbols = most_symbols
        self._waiting: dict[str, Quote] = {}
        self._next_flush: int | None = None
        self.dropped = 0

    def add(self, quote: Quote) -> None:
        """Let the quote wait in place of an older one of its symbol; one that is itself older is let go.

        Only quotes of one source are compared by their times: another source has another clock.
        """
        before = self._waiting.get(quote.symbol)
        if before is None and len(self._waiting) >= self._most_symbols:
            self.dropped += 1
        elif before is None or before.source is not quote.source or before.as_of <= quote.as_of:
            self._waiting[quote.symbol] = quote

    def due(self, now: int) -> tuple[Quote, ...]:
        """All that waits, in the order in which the symbols came, when a batch may leave at `now`."""
        if not self._waiting or not self.is_time(now):
            return ()
        batch = tuple(self._waiting.values())
        self._waiting.clear()
        self._next_flush = now + self._interval
        return batch

    def is_time(self, now: int) -> bool:
        """Whether a batch may leave at `now`."""
        return self._next_flush is None or now >= self._next_flush
