"""Reads what Alpha Vantage answers: quotes and daily bars in text, and errors that come with status 200."""

from collections.abc import Mapping
from datetime import date, datetime
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
    amount,
    day_of,
    items,
    json_object,
    moment_written,
    part,
    price,
    required_price,
    session_end,
    text_of,
    words,
)

TITLE = "Alpha Vantage"
OK, TOO_MANY, BROKEN = 200, 429, 500
MINUTE, DAY_LIMIT_SECONDS = 60, 3600
QUOTE, BARS, NEWS = "Global Quote", "Time Series (Daily)", "feed"
# To the second where the source knows it, else to the minute.
NEWS_TIMES = ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M")


class UnknownCall(FeedGarbled):
    """The source did not understand the question; that is how it speaks of an unknown symbol too."""


def read_quote(symbol: str, now: datetime, answer: Answer) -> Quote | None:
    """The quote of a symbol; None when it is not known. Raises FeedError.

    The source names a day, not a moment, and no currency: the price is as of the end of that day's session,
    or of `now` while that session runs.
    """
    try:
        body = _body(answer)
    except UnknownCall:
        return None
    if QUOTE not in body:
        raise FeedGarbled(f"{TITLE} sent no quote")
    told = part(body, QUOTE)
    if not told:
        return None
    day = day_of(told.get("07. latest trading day"), "07. latest trading day")
    return Quote(
        symbol=symbol,
        source=PriceSource.ALPHA_VANTAGE,
        as_of=min(session_end(day), now),
        last=required_price(told, "05. price"),
        close=price(told, "08. previous close"),
        volume=amount(told, "06. volume"),
    )


def read_bars(first: date, last: date, answer: Answer) -> list[PriceBar]:
    """The daily bars from `first` to `last`, oldest first; empty for an unknown symbol. Raises FeedError."""
    try:
        body = _body(answer)
    except UnknownCall:
        return []
    if BARS not in body:
        raise FeedGarbled(f"{TITLE} sent no days")
    bars = [_bar(day_of(day, BARS), part(part(body, BARS), day)) for day in part(body, BARS)]
    return sorted((bar for bar in bars if first <= bar.day <= last), key=lambda bar: bar.day)


def read_news(answer: Answer) -> list[NewsTold]:
    """News as it was told, newest first; empty for an unknown symbol. Raises FeedError.

    Its address stands for an id, which the source does not give. The tone that it tells is not taken over: it
    is nobody's whose accuracy is known.
    """
    try:
        body = _body(answer)
    except UnknownCall:
        return []
    if NEWS not in body:
        raise FeedGarbled(f"{TITLE} sent no news")
    return [_news(told) for told in items(body, NEWS)]


def _news(told: Mapping[str, Any]) -> NewsTold:
    return NewsTold(
        provider=TITLE,
        external_id=text_of(told, "url"),
        publisher=words(told.get("source")),
        published_at=moment_written(told, "time_published", forms=NEWS_TIMES),
        headline=text_of(told, "title"),
        body=words(told.get("summary")),
        link=text_of(told, "url"),
        symbols=tuple(words(one.get("ticker")) for one in items(told, "ticker_sentiment")),
    )


def _bar(day: date, told: Mapping[str, Any]) -> PriceBar:
    volume = amount(told, "5. volume")
    if volume is None:
        raise FeedGarbled(f"{TITLE} sent a day without its volume")
    opened, high, low, close = (
        required_price(told, name) for name in ("1. open", "2. high", "3. low", "4. close")
    )
    return PriceBar(day=day, begins=None, open=opened, high=high, low=low, close=close, volume=volume)


def _body(answer: Answer) -> dict[str, Any]:
    if answer.status == TOO_MANY:
        raise FeedLimited(f"{TITLE} was asked too often", seconds=max(answer.retry_after or MINUTE, 1))
    if answer.status >= BROKEN:
        raise FeedUnavailable(f"{TITLE} says that it failed ({answer.status})")
    if answer.status != OK:
        raise FeedGarbled(f"{TITLE} did not understand the question ({answer.status})")
    body = json_object(answer.body, TITLE)
    for name in ("Error Message", "Note", "Information"):
        if name in body:
            raise _refusal(name, str(body[name]).casefold())
    return body


def _refusal(name: str, words: str) -> FeedError:
    """The error that `words` mean. They are not repeated: the source writes the key into them."""
    if name != "Error Message":
        return _notice(words)
    if "apikey" in words or "api key" in words:
        return FeedKeyRefused(f"{TITLE} does not accept the key")
    return UnknownCall(f"{TITLE} did not understand the question")


def _notice(words: str) -> FeedError:
    # A notice about a short window often names the day's limit too, as one that could be bought off.
    if any(sign in words for sign in ("frequency", "per minute", "per second")):
        return FeedLimited(f"{TITLE} was asked too often", seconds=MINUTE)
    if "per day" in words or "rate limit" in words:
        return FeedLimited(f"{TITLE} has answered as often as it does in a day", seconds=DAY_LIMIT_SECONDS)
    if "premium" in words:
        return FeedNotIncluded(f"the plan at {TITLE} does not include this")
    if "demo" in words:
        return FeedKeyRefused(f"{TITLE} does not accept the key")
    return FeedUnavailable(f"{TITLE} answered with a notice instead of prices")
