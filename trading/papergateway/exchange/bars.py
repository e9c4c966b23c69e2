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
from trading.papergateway.exchange.paths import MINUTE, Minute, Path
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
    for session in _sessions(market, until, span_seconds):
        strokes = _strokes(market.path(con_id, session), until, size_seconds)
        for _, group in groupby(strokes, partial(_place, session.opens, size_seconds)):
            bars.append(_bar(market, con_id, list(group)))
    first = until - timedelta(seconds=span_seconds)
    return bars if span_seconds >= DAY else [bar for bar in bars if bar.begins >= first]


def _sessions(market: Market, until: datetime, span_seconds: int) -> Sequence[Session]:
    begun = [session for session in market.calendar.sessions if session.opens < until]
    return begun[-max(1, span_seconds // DAY) :]


def _place(opens: datetime, size_seconds: int, stroke: Stroke) -> int:
    """The number of the bar in its session that a stroke belongs to."""
    return int((stroke.begins - opens).total_seconds()) // size_seconds


def _strokes(path: Path, until: datetime, size_seconds: int) -> Iterator[Stroke]:
    """What was traded on a way before `until`: minutes, and seconds where minutes are too coarse."""
    last, second = path.position(until)
    for minute in range(last):
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
    volume = sum(each.volume for each in trades)
    middles = sum((each.high + each.low) * each.volume for each in trades)
    average = (
        market.price(con_id, 1) * middles / (2 * volume) if volume else market.price(con_id, trades[0].first)
    )
    return PaperBar(
        begins=strokes[0].begins,
        open=market.price(con_id, trades[0].first),
        high=market.price(con_id, max(each.high for each in trades)),
        low=market.price(con_id, min(each.low for each in trades)),
        close=market.price(con_id, trades[-1].last),
        volume=Decimal(volume),
        average=quantize(average, FOUR_PLACES),
        count=max(1, volume // SHARES_OF_TRADE),
    )
