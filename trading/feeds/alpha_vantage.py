"""Prices from Alpha Vantage: the last resort before the last close, for its few questions a day."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime

from trading.engine.news import NewsTold
from trading.engine.records import PriceBar, PriceSource, Quote
from trading.feeds.alpha_vantage_answers import read_bars, read_news, read_quote
from trading.feeds.asking import FeedDoor
from trading.feeds.base import FeedError

PATH = "/query"
# What the short form of the daily bars reaches back, in calendar days: a hundred sessions.
SHORT_DAYS = 140
MOST_NEWS = 200


class AlphaVantageFeed:
    """Alpha Vantage with one key; `clock` gives the time in UTC."""

    name = PriceSource.ALPHA_VANTAGE

    def __init__(self, door: FeedDoor, *, key: str, clock: Callable[[], datetime]) -> None:
        self._door = door
        self._key = key
        self._clock = clock

    def quotes(self, symbols: Collection[str]) -> Mapping[str, Quote | None]:
        """See PriceFeed. One question for each symbol, in their order."""
        found: dict[str, Quote | None] = {}
        for symbol in symbols:
            try:
                found[symbol] = self._quote(symbol)
            except FeedError:
                if not found:
                    raise
                break
        return found

    def closes(self, symbol: str, first: date, last: date) -> Sequence[PriceBar]:
        """See PriceFeed. As traded, not adjusted for splits."""
        is_short = (self._clock().date() - first).days < SHORT_DAYS
        parameters = self._parameters("TIME_SERIES_DAILY", symbol) | {
            "outputsize": "compact" if is_short else "full"
        }
        return self._door.ask(PATH, lambda answer: read_bars(first, last, answer), parameters=parameters)

    def news(self, symbol: str, since: datetime) -> Sequence[NewsTold]:
        """See NewsFeed. One question, and the newest 200 answers."""
        parameters = {
            "function": "NEWS_SENTIMENT",
            "tickers": _ticker(symbol),
            "time_from": since.astimezone(UTC).strftime("%Y%m%dT%H%M"),
            "sort": "LATEST",
            "limit": str(MOST_NEWS),
            "apikey": self._key,
        }
        return self._door.ask(PATH, read_news, parameters=parameters)

    def _quote(self, symbol: str) -> Quote | None:
        now = self._clock()
        return self._door.ask(
            PATH,
            lambda answer: read_quote(symbol, now, answer),
            parameters=self._parameters("GLOBAL_QUOTE", symbol),
        )

    def _parameters(self, function: str, symbol: str) -> dict[str, str]:
        return {"function": function, "symbol": _ticker(symbol), "apikey": self._key}


def _ticker(symbol: str) -> str:
    """A symbol as Alpha Vantage writes it: classes of shares behind a hyphen, not behind a space."""
    return symbol.strip().upper().replace(" ", "-")
