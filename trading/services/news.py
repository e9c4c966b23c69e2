"""News from the feeds that there are keys for: each symbol asked of the first one that answers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from trading.engine.news import NewsTold
from trading.feeds.base import FeedError
from trading.feeds.registry import news_feeds_configured

NO_FEED = "No feed is configured: news comes from files alone."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsFetched:
    """What was told, each piece once, and why the rest was not, each reason once."""

    news: tuple[NewsTold, ...]
    failures: tuple[str, ...]


def news_fetch(symbols: Collection[str], since: datetime) -> NewsFetched:
    """What was published about `symbols` from `since` on. Nothing is raised: failures are told in words."""
    feeds = news_feeds_configured()
    if not feeds:
        return NewsFetched(news=(), failures=(NO_FEED,))
    found: dict[tuple[str, str], NewsTold] = {}
    failures: dict[str, None] = {}
    for symbol in symbols:
        for feed in feeds:
            try:
                told = feed.news(symbol, since)
            except FeedError as error:
                failures[str(error)] = None
                continue
            found |= {(one.provider, one.external_id): one for one in told}
            break
    return NewsFetched(news=tuple(found.values()), failures=tuple(failures))
