"""Reads what Massive (formerly Polygon.io) answers: snapshots, last trades, best offers, daily bars.

Prices are JSON numbers in US dollars. Trades and quotes count time in nanoseconds, bars in milliseconds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common.outgoing import Answer
from trading.engine.news import NewsTold
from trading.engine.records import PriceBar, PriceSource, Quote
from trading.feeds.base import (
    FeedError,
    FeedGarbled,
    FeedKeyRefused,
    FeedLimited,
    FeedNotIncluded,
    FeedUnavailable,
)
from trading.feeds.reading import (
    NEW_YORK,
    amount,
    items,
    json_object,
    moment,
    moment_written,
    part,
    price,
    required_price,
    session_end,
    text_of,
    words,
)

TITLE = "Massive"
NANOSECONDS, MILLISECONDS = 1_000_000_000, 1_000
LIMITED_SECONDS = 60
OK, UNAUTHORISED, FORBIDDEN, NOT_FOUND, TOO_MANY, BROKEN = 200, 401, 403, 404, 429, 500
# DELAYED answers are whole; they are only older.
GOOD = frozenset({"OK", "DELAYED"})


def read_snapshot(answer: Answer) -> dict[str, Quote]:
    """The quotes of a snapshot of many tickers, by ticker; those without any price are left out.

    Raises FeedError.
    """
    return {
        quote.symbol: quote for quote in map(_snapshot, items(_body(answer), "tickers")) if quote is not None
    }


def read_last_trade(symbol: str, answer: Answer) -> Quote | None:
    """The last trade as a quote; None for a ticker that is not known. Raises FeedError."""
    told = _results(answer)
    if told is None:
        return None
    return Quote(
        symbol=symbol,
        source=PriceSource.MASSIVE,
        as_of=_required(told, "t", NANOSECONDS),
        last=required_price(told, "p"),
    )


def read_best_offers(symbol: str, answer: Answer) -> Quote | None:
    """The best bid (small letters) and offer (capitals) of all exchanges; None for an unknown ticker.

    Raises FeedError.
    """
    told = _results(answer)
    if told is None:
        return None
    return Quote(
        symbol=symbol,
        source=PriceSource.MASSIVE,
        as_of=_required(told, "t", NANOSECONDS),
        bid=price(told, "p"),
        ask=price(told, "P"),
    )


def read_previous_close(symbol: str, answer: Answer) -> Quote | None:
    """The bar of the previous session as a quote that knows its close alone; None for an unknown ticker.

    Raises FeedError.
    """
    bars, _ = read_bars(answer)
    if not bars:
        return None
    bar = bars[-1]
    return Quote(
        symbol=symbol,
        source=PriceSource.MASSIVE,
        as_of=session_end(bar.day),
        close=bar.close,
        volume=bar.volume,
    )


def read_bars(answer: Answer) -> tuple[list[PriceBar], str]:
    """Daily bars, oldest first, and the address of the next page (empty: this was the last one).

    Raises FeedError.
    """
    body = _body(answer, may_be_missing=True)
    bars = [_bar(told) for told in items(body, "results")]
    following = body.get("next_url") or ""
    if not isinstance(following, str):
        raise FeedGarbled(f"{TITLE} names no usable next page")
    return bars, following


def read_news(answer: Answer) -> list[NewsTold]:
    """News as it was told, newest first; empty for an unknown ticker. Raises FeedError."""
    return [_news(told) for told in items(_body(answer, may_be_missing=True), "results")]


def _news(told: Mapping[str, Any]) -> NewsTold:
    return NewsTold(
        provider=TITLE,
        external_id=text_of(told, "id"),
        publisher=words(part(told, "publisher").get("name")),
        published_at=moment_written(told, "published_utc", forms=("%Y-%m-%dT%H:%M:%SZ",)),
        headline=text_of(told, "title"),
        body=words(told.get("description")),
        link=words(told.get("article_url")),
        symbols=tuple(one for one in told.get("tickers") or () if isinstance(one, str)),
    )


def _snapshot(told: Mapping[str, Any]) -> Quote | None:
    symbol = told.get("ticker")
    if not isinstance(symbol, str) or not symbol:
        raise FeedGarbled(f"{TITLE} sent a snapshot without a ticker")
    trade, offer, day, minute = (part(told, name) for name in ("lastTrade", "lastQuote", "day", "min"))
    last = price(trade, "p") or price(minute, "c") or price(day, "c")
    bid, ask = price(offer, "p"), price(offer, "P")
    as_of = (
        moment(trade, "t", units=NANOSECONDS)
        or moment(offer, "t", units=NANOSECONDS)
        or moment(told, "updated", units=NANOSECONDS)
    )
    close = price(part(told, "prevDay"), "c")
    # Without a moment nobody could say how old the price is.
    if as_of is None or (last, bid, ask, close) == (None, None, None, None):
        return None
    return Quote(
        symbol=symbol,
        source=PriceSource.MASSIVE,
        as_of=as_of,
        bid=bid,
        ask=ask,
        last=last,
        close=close,
        volume=amount(day, "v") or None,
    )


def _bar(told: Mapping[str, Any]) -> PriceBar:
    begins = _required(told, "t", MILLISECONDS)
    opened, high, low, close = (required_price(told, name) for name in "ohlc")
    volume = amount(told, "v")
    if volume is None:
        raise FeedGarbled(f"{TITLE} sent a bar without its volume")
    return PriceBar(
        # Bars are of New York's days: midnight there is still the same day in UTC, the close is too.
        day=begins.astimezone(NEW_YORK).date(),
        begins=begins,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
    )


def _required(told: Mapping[str, Any], name: str, units: int) -> datetime:
    found = moment(told, name, units=units)
    if found is None:
        raise FeedGarbled(f"{TITLE} does not say when")
    return found


def _results(answer: Answer) -> dict[str, Any] | None:
    return part(_body(answer, may_be_missing=True), "results") or None


def _body(answer: Answer, *, may_be_missing: bool = False) -> dict[str, Any]:
    """The body of a good answer; empty for what does not exist, where that may be. Raises FeedError."""
    if answer.status == NOT_FOUND and may_be_missing:
        return {}
    if answer.status != OK:
        raise _refusal(answer)
    body = json_object(answer.body, TITLE)
    status = body.get("status")
    if status == "NOT_FOUND" and may_be_missing:
        return {}
    if status == "NOT_AUTHORIZED":
        raise FeedNotIncluded(f"the plan at {TITLE} does not include this")
    if status not in GOOD:
        raise FeedUnavailable(f"{TITLE} says that it failed")
    return body


def _refusal(answer: Answer) -> FeedError:
    if answer.status == TOO_MANY:
        wait = LIMITED_SECONDS if answer.retry_after is None else max(answer.retry_after, 1)
        return FeedLimited(f"{TITLE} was asked too often", seconds=wait)
    if answer.status == UNAUTHORISED:
        return FeedKeyRefused(f"{TITLE} does not accept the key")
    if answer.status == FORBIDDEN:
        return _of_forbidden(answer)
    if answer.status >= BROKEN:
        return FeedUnavailable(f"{TITLE} says that it failed ({answer.status})")
    return FeedGarbled(f"{TITLE} did not understand the question ({answer.status})")


def _of_forbidden(answer: Answer) -> FeedError:
    """The same number means a plan that is too small and, without that word, a key that is shut out."""
    try:
        status = json_object(answer.body, TITLE).get("status")
    except FeedGarbled:
        status = None
    if status == "NOT_AUTHORIZED":
        return FeedNotIncluded(f"the plan at {TITLE} does not include this")
    return FeedKeyRefused(f"{TITLE} does not accept the key")
