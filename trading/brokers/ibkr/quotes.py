"""Quotes of the contracts that are watched: live where the account may see them, else called delayed."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from trading.brokers.base import Quoted
from trading.brokers.ibkr import parsing
from trading.brokers.ibkr.codes import DATA_LINE_LIMIT, DELAYED_SHOWN, CodeKind, kind_of
from trading.brokers.ibkr.mailbox import Later
from trading.brokers.ibkr.orders import ib_contract
from trading.engine.records import ContractFacts, Quote

logger = logging.getLogger(__name__)

DELAYED = 3  # the type of market data: live where it is subscribed to, else delayed
LINE = "mktData"


@dataclass(slots=True, kw_only=True)
class Watch:
    """One line of market data: the question's number, and the ticker that the package keeps up to date.

    `is_delayed` says that delayed data was asked for; what comes is for the ticker to say.
    """

    facts: ContractFacts
    number: int
    ticker: Any
    is_delayed: bool = False


class Quotes:
    """The lines of one connection.

    A tick costs an entry in a set; quotes are made when the reader asks for them, of what changed since.
    """

    def __init__(self, ib: Any, *, number: Callable[[], int], put: Callable[[Later], None]) -> None:
        self._ib = ib
        self._number = number
        self._put = put
        self._watches: dict[int, Watch] = {}
        self._numbers: dict[int, int] = {}
        self._dirty: set[Any] = set()
        self._is_delayed = False
        ib.pendingTickersEvent += self._ticked

    def watch(self, contracts: Sequence[ContractFacts]) -> None:
        """Keeps lines for exactly these contracts."""
        wanted = {facts.con_id: facts for facts in contracts}
        for con_id in self._watches.keys() - wanted.keys():
            self._end(con_id)
        for con_id, facts in wanted.items():
            if con_id not in self._watches:
                self._begin(facts)

    def resubscribe(self) -> None:
        """Asks for every line again, after the broker has lost them."""
        for watch in list(self._watches.values()):
            self._end(watch.facts.con_id)
            self._begin(watch.facts, is_delayed=watch.is_delayed)

    def code(self, number: int, code: int, words: str) -> None:
        """A code about a line: the account may not see it live, or not at all."""
        watch = self._watches.get(self._numbers.get(number, 0))
        if watch is None:
            return
        if code == DELAYED_SHOWN:
            watch.ticker.marketDataType = DELAYED
        elif kind_of(code) is CodeKind.DATA_REFUSED and code != DATA_LINE_LIMIT and not watch.is_delayed:
            self._delay(watch)
        elif kind_of(code) in {CodeKind.DATA_REFUSED, CodeKind.REQUEST_FAILED}:
            logger.warning("No market data for %s from the broker: %s", watch.facts.symbol, words)

    def _delay(self, watch: Watch) -> None:
        if not self._is_delayed:
            self._is_delayed = True
            self._ib.client.reqMarketDataType(DELAYED)
        self._end(watch.facts.con_id)
        self._begin(watch.facts, is_delayed=True)

    def _begin(self, facts: ContractFacts, *, is_delayed: bool = False) -> None:
        contract = ib_contract(facts)
        number = self._number()
        ticker = self._ib.wrapper.startTicker(number, contract, LINE)
        if is_delayed:
            ticker.marketDataType = DELAYED  # until the broker says that it is another
        self._watches[facts.con_id] = Watch(facts=facts, number=number, ticker=ticker, is_delayed=is_delayed)
        self._numbers[number] = facts.con_id
        self._ib.client.reqMktData(number, contract, "", False, False, [])

    def _end(self, con_id: int) -> None:
        """Ends a line, and has the package forget its ticker: a new line must not begin with old prices."""
        watch = self._watches.pop(con_id)
        self._numbers.pop(watch.number)
        self._ib.wrapper.endTicker(watch.ticker, LINE)
        tickers = self._ib.wrapper.tickers
        for key in [key for key, ticker in tickers.items() if ticker is watch.ticker]:
            del tickers[key]
        self._ib.client.cancelMktData(watch.number)

    def _ticked(self, tickers: Iterable[Any]) -> None:
        if not self._dirty:
            self._put(self._quoted)
        self._dirty.update(tickers)

    def _quoted(self) -> Quoted | None:
        """The quotes that changed since they were last read."""
        tickers, self._dirty = self._dirty, set()
        quotes = tuple(filter(None, map(self._quote, tickers)))
        return Quoted(quotes=quotes) if quotes else None

    def _quote(self, ticker: Any) -> Quote | None:
        watch = self._watches.get(ticker.contract.conId)
        if watch is None or watch.ticker is not ticker:
            return None
        return parsing.quote(ticker, symbol=watch.facts.symbol)
