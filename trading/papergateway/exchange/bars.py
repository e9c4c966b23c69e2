"""Bars of trades out of the market's ways: seconds, minutes and days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby

from common.money import quantize
from trading.papergateway.exchange.calendar import Session
from trading.papergateway.exchange.market import Market
from trading.papergateway.exchange.paths import MINUTE, Minute, Path, Whole
from trading.papergateway.exchange.records import PaperBar

DAY = 86_400
# About how many shares a trade is.
SHARES_OF_TRADE = 100
FOUR_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Stroke:
    """Trades of a minute or a second, and when they begin."""

    begins: datetime
    trades: Minute


def bars_make(
    market: Market, con_id: int, *, until: datetime, span_seconds: int, size_seconds: int
) -> list[PaperBar]:
    """Bars of regular hours, oldest first, of what was traded before `until`; the last may be unfinished.

    A span of whole days counts sessions backwards from `until`; a shorter one counts time of the clock.
    """
    bars = []
    first = until - timedelta(seconds=span_seconds)
    for session in _sessions(market, until, span_seconds):
        if size_seconds >= DAY and session.closes <= until:
            bars.append(_whole_bar(market, con_id, session))
            continue
        since = first if span_seconds < DAY else session.opens
        strokes = _strokes(market.path(con_id, session), since, until, size_seconds)
        for _, group in groupby(strokes, partial(_place, session.opens, size_seconds)):
            bars.append(_bar(market, con_id, list(group)))
    return bars if span_seconds >= DAY else [bar for bar in bars if bar.begins >= first]


def _sessions(market: Market, until: datetime, span_seconds: int) -> Sequence[Session]:
    begun = [session for session in market.calendar.sessions if session.opens < until]
    return begun[-max(1, span_seconds // DAY) :]


def _place(opens: datetime, size_seconds: int, stroke: Stroke) -> int:
    """The number of the bar in its session that a stroke belongs to."""
    return int((stroke.begins - opens).total_seconds()) // size_seconds


def _strokes(path: Path, since: datetime, until: datetime, size_seconds: int) -> Iterator[Stroke]:
    """What was traded on a way before `until`: minutes, and seconds where minutes are too coarse.

    It begins with the bar that `since` falls in, or a little before.
    """
    last, second = path.position(until)
    passed = max(0, int((since - path.begins).total_seconds()))
    for minute in range((passed - passed % size_seconds) // MINUTE, last):
        if size_seconds % MINUTE:
            yield from _second_strokes(path, minute, MINUTE)
        else:
            yield Stroke(path.begins + timedelta(minutes=minute), path.minutes[minute])
    if second:
        yield from _second_strokes(path, last, second)


def _second_strokes(path: Path, minute: int, count: int) -> Iterator[Stroke]:
    """The first seconds of a minute; the last of them ends where the next minute begins."""
    prices = [*path.seconds(minute), path.minutes[minute].last]
    volume = path.minutes[minute].volume
    for second in range(count):
        first, last = prices[second], prices[second + 1]
        share = volume * (second + 1) // MINUTE - volume * second // MINUTE
        begins = path.begins + timedelta(minutes=minute, seconds=second)
        trades = Minute(first=first, high=max(first, last), low=min(first, last), last=last, volume=share)
        yield Stroke(begins, trades)


def _bar(market: Market, con_id: int, strokes: Sequence[Stroke]) -> PaperBar:
    trades = [stroke.trades for stroke in strokes]
    whole = Whole(
        first=trades[0].first,
        high=max(each.high for each in trades),
        low=min(each.low for each in trades),
        last=trades[-1].last,
        volume=sum(each.volume for each in trades),
        middles=sum((each.high + each.low) * each.volume for each in trades),
    )
    return _bar_of(market, con_id, strokes[0].begins, whole)


def _whole_bar(market: Market, con_id: int, session: Session) -> PaperBar:
    """The bar of a session that is over."""
    return _bar_of(market, con_id, session.opens, market.whole(con_id, session))


def _bar_of(market: Market, con_id: int, begins: datetime, whole: Whole) -> PaperBar:
    volume = whole.volume
    average = (
        market.price(con_id, 1) * whole.middles / (2 * volume)
        if volume
        else market.price(con_id, whole.first)
    )
    return PaperBar(
        begins=begins,
        open=market.price(con_id, whole.first),
        high=market.price(con_id, whole.high),
        low=market.price(con_id, whole.low),
        close=market.price(con_id, whole.last),
        volume=Decimal(volume),
        average=quantize(average, FOUR_PLACES),
        count=max(1, volume // SHARES_OF_TRADE),
    )
