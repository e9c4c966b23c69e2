"""Prices of US stocks and funds from Massive (formerly Polygon.io), the best that the plan includes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

from common.outgoing import Answer
from trading.engine.news import NewsTold
from trading.engine.records import PriceBar, PriceSource, Quote
from trading.feeds.asking import FeedDoor
from trading.feeds.base import FeedError, FeedGarbled, FeedNotIncluded
from trading.feeds.massive_answers import (
    TITLE,
    read_bars,
    read_best_offers,
    read_last_trade,
    read_news,
    read_previous_close,
    read_snapshot,
)

SNAPSHOT = "/v2/snapshot/locale/us/markets/stocks/tickers"
NEWS = "/v2/reference/news"
# Of one address, so that it stays short enough for every server between.
MOST_TICKERS = 200
MOST_BARS = 50_000
MOST_NEWS = 200
MOST_PAGES = 20

Told = TypeVar("Told")


class MassiveFeed:
    """Massive with one key. What the plan behind the key does not include is asked once, then left alone."""

    name = PriceSource.MASSIVE

    def __init__(self, door: FeedDoor, *, key: str) -> None:
        self._door = door
        self._headers = {"Authorization": f"Bearer {key}"}
        self._missing: set[str] = set()

    def quotes(self, symbols: Collection[str]) -> Mapping[str, Quote | None]:
        """See PriceFeed. One question for 200 symbols where the plan has snapshots, else some for each."""
        tickers = {_ticker(symbol): symbol for symbol in symbols}
        try:
            told = self._snapshots(list(tickers))
        except FeedNotIncluded:
            told = _each(tickers, self._quote)
        return {
            tickers[ticker]: quoted and replace(quoted, symbol=tickers[ticker])
            for ticker, quoted in told.items()
        }

    def closes(self, symbol: str, first: date, last: date) -> Sequence[PriceBar]:
        """See PriceFeed. As traded, not adjusted for splits."""
        path = f"/v2/aggs/ticker/{_escaped(symbol)}/range/1/day/{first.isoformat()}/{last.isoformat()}"
        parameters = {"adjusted": "false", "sort": "asc", "limit": str(MOST_BARS)}
        found: list[PriceBar] = []
        for _ in range(MOST_PAGES):
            bars, following = self._ask("bars", path, read_bars, parameters)
            found += bars
            if not following:
                return found
            path, parameters = self._next_page(following)
        raise FeedGarbled(f"{TITLE} sends pages without end")

    def news(self, symbol: str, since: datetime) -> Sequence[NewsTold]:
        """See NewsFeed. One question, and the newest 200 answers."""
        parameters = {
            "ticker": _ticker(symbol),
            "published_utc.gte": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sort": "published_utc",
            "order": "desc",
            "limit": str(MOST_NEWS),
        }
        return self._ask("news", NEWS, read_news, parameters)

    def last_trade(self, symbol: str) -> Quote | None:
        """The last trade of a symbol; None when it is not known. Raises FeedError."""
        path = f"/v2/last/trade/{_escaped(symbol)}"
        return self._ask("trades", path, lambda answer: read_last_trade(symbol, answer))

    def best_offers(self, symbol: str) -> Quote | None:
        """The best bid and offer of a symbol; None when it is not known. Raises FeedError."""
        path = f"/v2/last/nbbo/{_escaped(symbol)}"
        return self._ask("offers", path, lambda answer: read_best_offers(symbol, answer))

    def previous_close(self, symbol: str) -> Quote | None:
        """The close of the session before; None when the symbol is not known. Raises FeedError."""
        path = f"/v2/aggs/ticker/{_escaped(symbol)}/prev"
        return self._ask(
            "bars", path, lambda answer: read_previous_close(symbol, answer), {"adjusted": "false"}
        )

    def _snapshots(self, tickers: Sequence[str]) -> dict[str, Quote | None]:
        parts = [tickers[start : start + MOST_TICKERS] for start in range(0, len(tickers), MOST_TICKERS)]
        found: dict[str, Quote | None] = {}
        for count, asked in enumerate(parts):
            try:
                told = self._ask("snapshots", SNAPSHOT, read_snapshot, {"tickers": ",".join(asked)})
            except FeedError:
                if not count:
                    raise
                break
            found |= {ticker: told.get(ticker) for ticker in asked}
        return found

    def _quote(self, symbol: str) -> Quote | None:
        """Trade and offers where the plan has them, else the close of the session before."""
        try:
            trade = self.last_trade(symbol)
        except FeedNotIncluded:
            return self.previous_close(symbol)
        if trade is None:
            return None
        try:
            offers = self.best_offers(symbol)
        except FeedError:
            return trade
        return trade if offers is None else replace(trade, bid=offers.bid, ask=offers.ask)

    def _ask(
        self,
        way: str,
        path: str,
        read: Callable[[Answer], Told],
        parameters: Mapping[str, str] | None = None,
    ) -> Told:
        if way in self._missing:
            raise FeedNotIncluded(f"the plan at {TITLE} does not include this")
        try:
            return self._door.ask(path, read, parameters=parameters, headers=self._headers)
        except FeedNotIncluded:
            self._missing.add(way)
            raise

    def _next_page(self, address: str) -> tuple[str, dict[str, str]]:
        """Path and parameters of the next page: on the same server, or the key would go to another one."""
        parts, ours = urlsplit(address), urlsplit(self._door.address)
        if (parts.scheme, parts.netloc) != (ours.scheme, ours.netloc):
            raise FeedGarbled(f"{TITLE} names a next page on another server")
        return parts.path, dict(parse_qsl(parts.query))


def _each(tickers: Mapping[str, str], ask: Callable[[str], Quote | None]) -> dict[str, Quote | None]:
    """What is told of each symbol, until the source cannot be asked any more."""
    found: dict[str, Quote | None] = {}
    for ticker, symbol in tickers.items():
        try:
            found[ticker] = ask(symbol)
        except FeedError:
            if not found:
                raise
            break
    return found


def _ticker(symbol: str) -> str:
    """A symbol as Massive writes it: classes of shares behind a point, where the broker has a space."""
    return symbol.strip().upper().replace(" ", ".")


def _escaped(symbol: str) -> str:
    return quote(_ticker(symbol), safe="")
