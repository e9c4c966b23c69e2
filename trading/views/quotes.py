"""A price with its source and age, as the ticket and its search show it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone
from redis.exceptions import RedisError

from portfolios.selectors.prices import Quote as Close
from portfolios.selectors.prices import quote_on
from trading.engine.records import Quote
from trading.selectors.live import quotes_told
from trading.services.prices import price_of
from trading.views.words import SOURCE_WORDS

LIVE_SECONDS = 60
DELAYED_SECONDS = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQuote:
    """A price with its source and age, as the ticket shows it; `state` is a state of a price badge."""

    price: Decimal | None
    change: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    source: str
    as_of: datetime | None
    state: str


def shown_quote(symbol: str, household_id: UUID, instrument_id: UUID, now: datetime) -> ShownQuote:
    """The newest price that is told of a symbol, else the book's last close."""
    try:
        told = quotes_told([symbol]).get(symbol)
    except RedisError:
        told = None
    if told is not None and price_of(told) is not None:
        return _of_quote(told, now)
    return _of_close(quote_on(household_id, instrument_id, timezone.localdate()))


def _of_quote(quote: Quote, now: datetime) -> ShownQuote:
    price = price_of(quote)
    age = (now - quote.as_of).total_seconds()
    is_stale = age > (DELAYED_SECONDS if quote.is_delayed else LIVE_SECONDS)
    state = "stale" if is_stale else "delayed" if quote.is_delayed else "live"
    return ShownQuote(
        price=price,
        change=None if price is None or quote.close is None else price - quote.close,
        bid=quote.bid,
        ask=quote.ask,
        source=SOURCE_WORDS[quote.source],
        as_of=quote.as_of,
        state=state,
    )


def _of_close(close: Close) -> ShownQuote:
    return ShownQuote(
        price=close.close, change=None, bid=None, ask=None,
        source=f"close of {close.day:%-d %b %Y}" if close.day else "no price is known",
        as_of=None, state="missing" if close.close is None else "close",
    )  # fmt: skip
