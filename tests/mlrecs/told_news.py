"""News for tests: headlines about a symbol, so many days ago."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from mlrecs.services.news import news_record
from trading.engine.news import NewsTold

GOOD, NEUTRAL, BAD = "Profit rises", "Board meets", "Profit falls"


def told(symbol: str, headline: str, days_ago: int, key: str = "") -> NewsTold:
    """One piece of news."""
    now = timezone.now().astimezone(UTC)
    noon = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return NewsTold(
        provider="Wire",
        external_id=key or f"{symbol}-{days_ago}-{headline}",
        publisher="Wire",
        published_at=noon - timedelta(days=days_ago),
        headline=headline,
        body="",
        link="https://wire.test/1",
        symbols=(symbol,),
    )


def turned(symbol: str, before: str = GOOD, after: str = BAD, count: int = 9) -> None:
    """So many pieces in the last four weeks that sound one way, after as many that sounded another way."""
    news_keep([told(symbol, after, day) for day in range(count)])
    news_keep([told(symbol, before, 30 + day) for day in range(count)])


def news_keep(news: Sequence[NewsTold]) -> None:
    """Record them."""
    news_record(news)
