"""The last closes that the book knows, as a source of prices that never fails."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from trading.engine.records import KnownClose, PriceBar, PriceSource, Quote
from trading.feeds.reading import session_end

# What is known of some symbols. The book stands beside the feeds, so whoever composes both hands this in.
ReadCloses = Callable[[Collection[str]], Mapping[str, KnownClose]]


class LastCloseFeed:
    """The book's own closes. Their time is the end of the session in New York."""

    name = PriceSource.LAST_CLOSE

    def __init__(self, read: ReadCloses) -> None:
        self._read = read

    def quotes(self, symbols: Collection[str]) -> Mapping[str, Quote | None]:
        """See PriceFeed. `last` is the close, `close` the one of the session before."""
        known = self._read(symbols)
        return {symbol: _quote(symbol, known.get(symbol)) for symbol in symbols}

    def closes(self, symbol: str, first: date, last: date) -> Sequence[PriceBar]:  # noqa: ARG002 - the port's
        """See PriceFeed. Nothing: what the book knows need not be brought into it."""
        return ()


def _quote(symbol: str, known: KnownClose | None) -> Quote | None:
    if known is None:
        return None
    return Quote(
        symbol=symbol,
        source=PriceSource.LAST_CLOSE,
        as_of=session_end(known.day),
        last=known.close,
        close=known.previous,
    )
