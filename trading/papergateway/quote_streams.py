"""Quotes as streams: the ticks that tell what changed in a market since a client was told last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from trading.papergateway import replies
from trading.papergateway.exchange.calendar import Phase
from trading.papergateway.exchange.records import PaperContract, PaperQuote
from trading.papergateway.session import Hub
from trading.papergateway.wire import Message

LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
DELAY = timedelta(minutes=15)
NONE_ANY_MORE = Decimal(-1)
# Kinds of tick-by-tick data, as the wire numbers them.
TRADE_TICKS, MIDDLE_TICKS = {1, 2}, 4
GENERIC_MARK, GENERIC_TRADES = "221", "233"


@dataclass(frozen=True, slots=True, kw_only=True)
class TickNumbers:
    """The numbers of the kinds of ticks, which differ between live and delayed ones."""

    bid_size: int
    bid: int
    ask: int
    ask_size: int
    last: int
    last_size: int
    high: int
    low: int
    volume: int
    close: int
    open: int
    last_time: int


LIVE_TICKS = TickNumbers(
    bid_size=0, bid=1, ask=2, ask_size=3, last=4, last_size=5, high=6, low=7, volume=8, close=9, open=14,
    last_time=45,
)  # fmt: skip
DELAYED_TICKS = TickNumbers(
    bid_size=69, bid=66, ask=67, ask_size=70, last=68, last_size=71, high=72, low=73, volume=74, close=75,
    open=76, last_time=88,
)  # fmt: skip
MARK, TRADES, HALTED = 37, 48, 49


def kind_told(hub: Hub, asked: int, now: datetime) -> int | None:
    """The kind of data that a client is shown who asked for a kind; None when it may see none.

    Who may see live data sees it even when asking for delayed data. Frozen kinds show the last quote of
    a market that rests.
    """
    rests = hub.book.calendar.phase(now) is Phase.CLOSED
    wants_frozen = asked in {FROZEN, DELAYED_FROZEN}
    if hub.faults.has_live_data:
        return FROZEN if rests and wants_frozen else LIVE
    if asked in {LIVE, FROZEN} or not hub.faults.has_delayed_data:
        return None
    return DELAYED_FROZEN if rests and asked == DELAYED_FROZEN else DELAYED


class QuoteStream:
    """The quotes of one contract under one request; at most one tick of a kind for each pulse."""

    def __init__(
        self, hub: Hub, req_id: int, contract: PaperContract, *, kind: int, generic_ticks: Sequence[str]
    ) -> None:
        self._hub = hub
        self._req_id = req_id
        self._contract = contract
        self._kind = kind
        self._generic = frozenset(generic_ticks)
        self._told: PaperQuote | None = None

    def pulse(self, now: datetime) -> Sequence[Message]:
        """The ticks of what changed."""
        quote = self._quote(now)
        before, self._told = self._told, quote
        if before is not None and _unchanged(before, quote):
            return []
        return list(self._ticks(before, quote))

    def _quote(self, now: datetime) -> PaperQuote:
        is_late = self._kind in {DELAYED, DELAYED_FROZEN}
        at = now - DELAY if is_late else now
        if self._kind in {FROZEN, DELAYED_FROZEN}:
            session = self._hub.book.calendar.latest(at)
            at = min(at, session.late_closes - timedelta(seconds=1))
        return self._hub.book.quote(self._contract.con_id, at)

    def _ticks(self, before: PaperQuote | None, quote: PaperQuote) -> Iterator[Message]:
        numbers = DELAYED_TICKS if self._kind in {DELAYED, DELAYED_FROZEN} else LIVE_TICKS
        yield from self._sided(numbers.bid, numbers.bid_size, _bid(before), _bid(quote))
        yield from self._sided(numbers.ask, numbers.ask_size, _ask(before), _ask(quote))
        yield from self._trade(numbers, before, quote)
        yield from self._day(numbers, before, quote)
        if self._kind in {LIVE, FROZEN}:
            yield from self._extras(before, quote)

    def _sided(
        self,
        price_tick: int,
        size_tick: int,
        before: tuple[Decimal | None, Decimal],
        now: tuple[Decimal | None, Decimal],
    ) -> Iterator[Message]:
        """One side of the quote: a price brings its size along, a size alone comes alone."""
        (old, old_size), (price, size) = before, now
        if price is None:
            if old is not None:
                yield replies.tick_price(self._req_id, price_tick, NONE_ANY_MORE, Decimal(0))
            return
        if price != old:
            yield replies.tick_price(self._req_id, price_tick, price, size, can_execute=True)
        elif size != old_size:
            yield replies.tick_size(self._req_id, size_tick, size)

    def _trade(self, numbers: TickNumbers, before: PaperQuote | None, quote: PaperQuote) -> Iterator[Message]:
        if quote.last is None or (before is not None and _trade(before) == _trade(quote)):
            return
        yield replies.tick_string(self._req_id, numbers.last_time, str(int(quote.at.timestamp())))
        yield replies.tick_price(self._req_id, numbers.last, quote.last, quote.last_size)
        yield replies.tick_size(self._req_id, numbers.last_size, quote.last_size)
        if quote.volume and (before is None or before.volume != quote.volume):
            yield replies.tick_size(self._req_id, numbers.volume, quote.volume)

    def _day(self, numbers: TickNumbers, before: PaperQuote | None, quote: PaperQuote) -> Iterator[Message]:
        for tick, name in (
            (numbers.high, "high"),
            (numbers.low, "low"),
            (numbers.close, "close"),
            (numbers.open, "open"),
        ):
            price = getattr(quote, name)
            if price is not None and (before is None or getattr(before, name) != price):
                yield replies.tick_price(self._req_id, tick, price, Decimal(0))

    def _extras(self, before: PaperQuote | None, quote: PaperQuote) -> Iterator[Message]:
        if before is None or before.is_halted != quote.is_halted:
            yield replies.tick_generic(self._req_id, HALTED, Decimal(int(quote.is_halted)))
        if quote.last is None or (before is not None and _trade(before) == _trade(quote)):
            return
        if GENERIC_MARK in self._generic:
            yield replies.tick_price(self._req_id, MARK, quote.last, Decimal(0))
        if GENERIC_TRADES in self._generic:
            yield replies.tick_string(self._req_id, TRADES, _trade_words(quote, quote.last))


def _unchanged(before: PaperQuote, quote: PaperQuote) -> bool:
    return _bid(before) == _bid(quote) and _ask(before) == _ask(quote) and _rest(before) == _rest(quote)


def _rest(quote: PaperQuote) -> tuple[object, ...]:
    return (_trade(quote), quote.high, quote.low, quote.open, quote.close, quote.is_halted)


def _bid(quote: PaperQuote | None) -> tuple[Decimal | None, Decimal]:
    return (None, Decimal(0)) if quote is None else (quote.bid, quote.bid_size)


def _ask(quote: PaperQuote | None) -> tuple[Decimal | None, Decimal]:
    return (None, Decimal(0)) if quote is None else (quote.ask, quote.ask_size)


def _trade(quote: PaperQuote) -> tuple[object, ...]:
    return (quote.last, quote.last_size, quote.volume)


def _trade_words(quote: PaperQuote, last: Decimal) -> str:
    """A trade as the generic tick 233 writes it: price, size, milliseconds, volume, average, single."""
    milliseconds = int(quote.at.timestamp() * 1000)
    return f"{last:f};{quote.last_size:f};{milliseconds};{quote.volume:f};{last:f};true"


class TickByTickStream:
    """Every trade, every change of the quote, or every change of its middle."""

    KINDS = {"Last": 1, "AllLast": 2, "BidAsk": 3, "MidPoint": 4}

    def __init__(self, hub: Hub, req_id: int, contract: PaperContract, kind: int) -> None:
        self._hub = hub
        self._req_id = req_id
        self._contract = contract
        self._kind = kind
        self._told: tuple[object, ...] = ()

    def pulse(self, now: datetime) -> Sequence[Message]:
        """One tick when there is something new."""
        quote = self._hub.book.quote(self._contract.con_id, now)
        found = self._tick(quote)
        if found is None or found[0] == self._told:
            return []
        self._told = found[0]
        return [found[1]]

    def _tick(self, quote: PaperQuote) -> tuple[tuple[object, ...], Message] | None:
        """What identifies the tick, and its message; None when the market has none."""
        if self._kind in TRADE_TICKS:
            return self._last(quote)
        if quote.bid is None or quote.ask is None:
            return None
        if self._kind == MIDDLE_TICKS:
            middle = (quote.bid + quote.ask) / 2
            return (middle,), replies.tick_by_tick_middle(self._req_id, quote.at, middle)
        sides = (quote.bid, quote.ask, quote.bid_size, quote.ask_size)
        return sides, replies.tick_by_tick_quote(
            self._req_id,
            quote.at,
            bid=quote.bid,
            ask=quote.ask,
            bid_size=quote.bid_size,
            ask_size=quote.ask_size,
        )

    def _last(self, quote: PaperQuote) -> tuple[tuple[object, ...], Message] | None:
        if quote.last is None or quote.bid is None:
            return None
        return _trade(quote), replies.tick_by_tick_last(
            self._req_id,
            self._kind,
            quote.at,
            price=quote.last,
            size=quote.last_size,
            venue=self._contract.primary_exchange,
        )
