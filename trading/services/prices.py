"""The best price of every symbol: the broker's, else a feed's, else the last close; never without its age."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from common.money import ARITHMETIC, quantize
from trading.engine.records import KnownClose, PriceSource, Quote
from trading.engine.sources import (
    BEST_FIRST,
    DEFAULT_RULES,
    SourceChoice,
    SourceReading,
    SourceRules,
    source_step,
)
from trading.feeds.base import FeedError, PriceFeed
from trading.feeds.last_close import LastCloseFeed
from trading.feeds.registry import feeds_configured
from trading.selectors.closes import closes_known

RANK = {source: rank for rank, source in enumerate(BEST_FIRST)}
BROKER = (PriceSource.IBKR_LIVE, PriceSource.IBKR_DELAYED)
# How long an answer of a feed stands before it is asked again: in trading hours, and outside of them.
REFRESH = {
    PriceSource.MASSIVE: (timedelta(seconds=60), timedelta(minutes=30)),
    PriceSource.ALPHA_VANTAGE: (timedelta(hours=1), timedelta(hours=12)),
    PriceSource.LAST_CLOSE: (timedelta(minutes=10), timedelta(minutes=10)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldQuote:
    """A quote and when it arrived; None for a symbol of which the source knows no price."""

    quote: Quote | None
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerWord:
    """What the broker says: quotes that arrived since the last look, and which of its sources work.

    `reachable` names them: neither while the link is lost, only the delayed one without a subscription.
    """

    told: tuple[ToldQuote, ...] = ()
    reachable: frozenset[PriceSource] = frozenset(BROKER)


SILENCE = BrokerWord(reachable=frozenset())


class PriceDesk:
    """Where prices are chosen, symbol by symbol, with the memory that a steady choice needs.

    One for each gateway, looked at from one thread at a time. Feeds are asked about a symbol only while no
    better source tells its price.
    """

    def __init__(self, feeds: Sequence[PriceFeed], *, rules: SourceRules = DEFAULT_RULES) -> None:
        self._feeds = tuple(feeds)
        self._rules = rules
        self._told: dict[tuple[str, PriceSource], ToldQuote] = {}
        self._choices: dict[str, SourceChoice] = {}
        self.failures: dict[PriceSource, str] = {}

    def look(
        self, symbols: Collection[str], broker: BrokerWord, now: datetime, *, is_open: bool
    ) -> Mapping[str, Quote]:
        """The best quote of each symbol at `now`, with its source and its age; without any it is missing.

        `is_open` says whether the market trades: only then is silence a fault of a source.
        """
        for told in broker.told:
            if told.quote is not None:
                self._told[told.quote.symbol, told.quote.source] = told
        for feed in self._feeds:
            self._ask(feed, symbols, broker, now, is_open=is_open)
        found: dict[str, Quote] = {}
        for symbol in symbols:
            quote = self._choose(symbol, broker, now, is_open=is_open)
            if quote is not None:
                found[symbol] = quote
        return found

    def choice(self, symbol: str) -> SourceChoice:
        """The source of a symbol, and the one on trial."""
        return self._choices.get(symbol, SourceChoice())

    def forget(self, symbols: Collection[str]) -> None:
        """Let go of everything but `symbols`: what nobody watches needs no memory."""
        kept = frozenset(symbols)
        self._told = {key: told for key, told in self._told.items() if key[0] in kept}
        self._choices = {symbol: choice for symbol, choice in self._choices.items() if symbol in kept}

    def _ask(
        self, feed: PriceFeed, symbols: Collection[str], broker: BrokerWord, now: datetime, *, is_open: bool
    ) -> None:
        due = [
            symbol
            for symbol in symbols
            if self._is_due(symbol, feed.name, now, is_open=is_open)
            and self._is_needed(symbol, feed.name, broker, now, is_open=is_open)
        ]
        if not due:
            return
        try:
            answer = feed.quotes(sorted(due, key=lambda symbol: self._last_told(symbol, feed.name)))
        except FeedError as error:
            self.failures[feed.name] = str(error)
            return
        self.failures.pop(feed.name, None)
        for symbol, quote in answer.items():
            self._told[symbol, feed.name] = ToldQuote(quote=quote, told_at=now)

    def _is_due(self, symbol: str, source: PriceSource, now: datetime, *, is_open: bool) -> bool:
        told = self._told.get((symbol, source))
        opened, closed = REFRESH[source]
        return told is None or now - told.told_at >= (opened if is_open else closed)

    def _is_needed(
        self, symbol: str, source: PriceSource, broker: BrokerWord, now: datetime, *, is_open: bool
    ) -> bool:
        """Whether no better source works, or this one is in use while a better one is on trial."""
        readings = self._readings(symbol, broker)
        best = source_step(SourceChoice(), readings, now, is_open=is_open, rules=self._rules).source
        return RANK[best] >= RANK[source] or self.choice(symbol).source is source

    def _last_told(self, symbol: str, source: PriceSource) -> float:
        told = self._told.get((symbol, source))
        return told.told_at.timestamp() if told else 0.0

    def _choose(self, symbol: str, broker: BrokerWord, now: datetime, *, is_open: bool) -> Quote | None:
        readings = self._readings(symbol, broker)
        choice = source_step(self.choice(symbol), readings, now, is_open=is_open, rules=self._rules)
        self._choices[symbol] = choice
        told = self._told.get((symbol, choice.source))
        return told.quote if told else None

    def _readings(self, symbol: str, broker: BrokerWord) -> dict[PriceSource, SourceReading]:
        readings = {}
        for source in BEST_FIRST:
            told = self._told.get((symbol, source))
            if told is not None and told.quote is not None:
                is_reachable = source not in BROKER or source in broker.reachable
                readings[source] = SourceReading(is_reachable=is_reachable, told_at=told.told_at)
        return readings


def price_desk(*, today: Callable[[], date], household_id: UUID | None = None) -> PriceDesk:
    """A desk with the feeds that there are keys for, and the book's closes of `today` behind them."""

    def read(symbols: Collection[str]) -> Mapping[str, KnownClose]:
        return closes_known(symbols, today(), household_id)

    return PriceDesk((*feeds_configured(), LastCloseFeed(read)))


def price_of(quote: Quote) -> Decimal | None:
    """The one number of a quote: the last trade, else the middle of bid and offer, else the close."""
    if quote.last is not None:
        return quote.last
    if quote.bid is not None and quote.ask is not None:
        return quantize(ARITHMETIC.divide(quote.bid + quote.ask, Decimal(2)))
    return quote.close


def price_entries(quotes: Iterable[Quote], *, gateway: str = "") -> list[dict[str, str | bool | None]]:
    """Quotes as `prices_publish` takes them; `change` is since the close of the session before.

    `gateway` is the one whose daemon tells them.
    """
    told: dict[str, str | bool | None] = {"gateway": gateway} if gateway else {}
    return [_entry(quote) | told for quote in quotes]


def _entry(quote: Quote) -> dict[str, str | bool | None]:
    price = price_of(quote)
    change = None if price is None or quote.close is None else price - quote.close
    entry: dict[str, str | bool | None] = {
        "symbol": quote.symbol,
        "price": _text(price),
        "bid": _text(quote.bid),
        "ask": _text(quote.ask),
        "change": _text(change),
        "as_of": quote.as_of.isoformat(),
        "source": quote.source.value,
        "delayed": quote.is_delayed,
    }
    if quote.is_halted:
        entry["halted"] = True
    return entry


def _text(amount: Decimal | None) -> str | None:
    """An amount without needless zeros and without an exponent."""
    return None if amount is None else format(amount.normalize(), "f")
