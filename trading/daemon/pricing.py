"""Pricing: ticks of the broker, feeds where it is silent, and the best of both for the pages."""

import asyncio
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from redis import RedisError

from trading.brokers.base import Broker, BrokerError, BrokerRefusal
from trading.daemon.owner import Owner
from trading.engine.conflation import Conflation
from trading.engine.records import ContractFacts, Quote
from trading.selectors.contracts import contracts_of_symbols, symbols_at_work
from trading.selectors.live import wanted_symbols
from trading.services.live_prices import prices_publish
from trading.services.market_hours import is_market_open
from trading.services.prices import (
    BROKER,
    BrokerWord,
    PriceDesk,
    ToldQuote,
    price_desk,
    price_entries,
)

logger = logging.getLogger(__name__)
# The broker streams about a hundred contracts to a login.
MOST_LINES = 90
CURRENCY = "USD"
MILLISECONDS = 1000
# A symbol that the broker did not know is asked for again after so long.
UNKNOWN_SECONDS = 600.0


class Pricing:
    """The prices of one gateway, with and without a connection. `broker` is the one that is open now."""

    def __init__(self, owner: Owner, *, desk: PriceDesk | None = None) -> None:
        self._owner = owner
        self._desk = desk or price_desk(today=lambda: owner.now().date())
        self._waiting = Conflation()
        self._broker: Broker | None = None
        self._is_reachable = False
        self._contracts: dict[str, ContractFacts] = {}
        self._unknown: dict[str, float] = {}
        self._symbols: dict[str, str] = {}
        self._asked: dict[str, float] = {}
        self._watched: frozenset[str] = frozenset()
        self._published: dict[str, Quote] = {}
        self._arrivals = asyncio.Condition()
        self.last_tick_at: datetime | None = None

    # The broker's side ---------------------------------------------------------------------------------

    def connected(self, broker: Broker) -> None:
        """A connection was made: its quotes come through `quoted`."""
        self._broker, self._is_reachable, self._watched = broker, True, frozenset()

    def reach(self, *, is_reachable: bool) -> None:
        """Whether the broker's own links work."""
        self._is_reachable = is_reachable

    def disconnected(self) -> None:
        """The connection is over."""
        self._broker, self._is_reachable, self._watched = None, False, frozenset()

    def quoted(self, quotes: Sequence[Quote]) -> None:
        """Take quotes under the symbols of the broker."""
        self.last_tick_at = self._owner.now()
        for quote in quotes:
            self._waiting.add(replace(quote, symbol=self._symbols.get(quote.symbol, quote.symbol)))

    def ask(self, symbol: str) -> None:
        """Watch a symbol for a while although no page shows it."""
        self._asked[symbol] = time.monotonic() + self._owner.pace.linger

    async def quote_after(self, symbol: str, moment: datetime) -> Quote | None:
        """The first quote of a symbol that is chosen after `moment`; None when none comes in time."""

        def fresh() -> Quote | None:
            quote = self._published.get(symbol)
            return quote if quote is not None and quote.as_of >= moment else None

        try:
            async with asyncio.timeout(self._owner.pace.question), self._arrivals:
                await self._arrivals.wait_for(lambda: fresh() is not None)
        except TimeoutError:
            return self._published.get(symbol)
        return fresh()

    # The rounds ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Publish what ticked, at most four times a second, and look after the watches; for ever."""
        looked_at = 0.0
        while True:
            now = time.monotonic()
            try:
                if now - looked_at >= self._owner.pace.look:
                    looked_at = now
                    await self._look(await self._wanted())
                else:
                    await self._publish(self._waiting.due(int(now * MILLISECONDS)), ())
            except (RedisError, DatabaseError, OSError) as error:
                logger.warning("Prices cannot be told now: %s", error)
                await asyncio.sleep(self._owner.pace.look)
            except BrokerError as error:
                logger.warning("Prices cannot be watched now: %s", error)
            await asyncio.sleep(self._owner.pace.flush)

    async def _wanted(self) -> list[str]:
        """Symbols of orders at work first, then what was asked for, then what pages show."""
        lane = self._owner.lanes.prices
        at_work = await lane.run(symbols_at_work, self._owner.gateway_id)
        for symbol in at_work:
            self.ask(symbol)
        self._asked = {symbol: until for symbol, until in self._asked.items() if until > time.monotonic()}
        shown = await lane.run(wanted_symbols)
        return list(dict.fromkeys([*sorted(at_work), *self._asked, *sorted(shown)]))

    async def _look(self, symbols: Sequence[str]) -> None:
        """Watch what is wanted, and choose every price anew: feeds speak where the broker does not."""
        await self._watch(symbols[:MOST_LINES])
        self._desk.forget(symbols)
        kept = frozenset(symbols)
        self._published = {symbol: quote for symbol, quote in self._published.items() if symbol in kept}
        await self._publish(self._waiting.due(int(time.monotonic() * MILLISECONDS)), symbols)

    async def _watch(self, symbols: Sequence[str]) -> None:
        broker = self._broker
        if broker is None or frozenset(symbols) == self._watched:
            return
        contracts = await self._named(broker, symbols)
        self._symbols = {facts.symbol: symbol for symbol, facts in contracts.items()}
        await broker.watch(list(contracts.values()))
        if len(contracts) == len(symbols):
            self._watched = frozenset(symbols)

    async def _named(self, broker: Broker, symbols: Sequence[str]) -> dict[str, ContractFacts]:
        """What the broker calls the symbols; those it does not know are left out."""
        missing = [symbol for symbol in symbols if symbol not in self._contracts]
        if missing:
            self._contracts |= await self._owner.lanes.prices.run(
                contracts_of_symbols, self._owner.gateway_id, missing
            )
        for symbol in missing:
            if symbol not in self._contracts and self._unknown.get(symbol, 0.0) < time.monotonic():
                await self._learn(broker, symbol)
        return {symbol: self._contracts[symbol] for symbol in symbols if symbol in self._contracts}

    async def _learn(self, broker: Broker, symbol: str) -> None:
        try:
            facts = await broker.contract(symbol, CURRENCY)
        except BrokerRefusal:
            facts = None
        if facts is None:
            self._unknown[symbol] = time.monotonic() + UNKNOWN_SECONDS
        else:
            self._contracts[symbol] = facts

    async def _publish(self, ticks: Sequence[Quote], symbols: Collection[str]) -> None:
        """Choose the prices of `symbols` and of what ticked, and tell those that are new."""
        looked_at = {*symbols, *(quote.symbol for quote in ticks)}
        if looked_at:
            found = await self._owner.lanes.prices.run(self._choose_and_tell, ticks, looked_at)
            self._published |= found
            async with self._arrivals:
                self._arrivals.notify_all()

    def _choose_and_tell(self, ticks: Sequence[Quote], symbols: Collection[str]) -> Mapping[str, Quote]:
        """In the lane of prices: feeds may take their time here."""
        now = self._owner.now()
        word = BrokerWord(
            told=tuple(ToldQuote(quote=quote, told_at=now) for quote in ticks),
            reachable=frozenset(BROKER) if self._is_reachable else frozenset(),
        )
        found = self._desk.look(symbols, word, now, is_open=is_market_open(now))
        news = {symbol: quote for symbol, quote in found.items() if self._published.get(symbol) != quote}
        prices_publish(price_entries(news.values(), gateway=str(self._owner.gateway_id)))
        return news


def fresh_moment(now: datetime, seconds: float = 1.0) -> datetime:
    """How old a quote may be to answer a question that was asked at `now`."""
    return now - timedelta(seconds=seconds)
