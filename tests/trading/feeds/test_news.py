"""News of both feeds: exact records, plain text, the question that is asked, and answers that are none."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.loopback import loopback
from tests.trading.feeds.doors import always, by_path, door_to, said
from trading.engine.news import NewsTold
from trading.feeds.alpha_vantage import AlphaVantageFeed
from trading.feeds.base import FeedError, FeedGarbled, FeedNotIncluded
from trading.feeds.massive import NEWS, MassiveFeed

SINCE = datetime(2026, 11, 18, 1, 30, tzinfo=timezone(timedelta(hours=1)))
MASSIVE_ITEM = {
    "id": "m-1",
    "publisher": {"name": "The Wire", "homepage_url": "https://wire.test"},
    "title": "Acme &amp; Co. opens a plant",
    "author": "A. Writer",
    "published_utc": "2026-11-19T13:05:00Z",
    "article_url": "https://wire.test/acme",
    "tickers": ["ACME", "BRK.B", 7],
    "description": "<p>Acme said\n so.</p>",
    "insights": [{"ticker": "ACME", "sentiment": "positive"}],
}
ALPHA_ITEM = {
    "title": "Acme opens a plant",
    "url": "https://wire.test/acme",
    "time_published": "20261119T130500",
    "summary": "Acme said so.",
    "source": "The Wire",
    "ticker_sentiment": [{"ticker": "ACME", "ticker_sentiment_score": "0.1"}],
    "overall_sentiment_label": "Bullish",
}


def massive(answer: Any, status: int = 200) -> tuple[list[NewsTold], dict[str, str]]:
    """What Massive tells, and what it was asked."""
    with loopback(by_path({NEWS: said(answer, status)})) as server:
        told = MassiveFeed(door_to(server.address), key="k").news("brk b", SINCE)
        return list(told), server.asked[-1].parameters


def alpha(answer: Any, status: int = 200) -> tuple[list[NewsTold], dict[str, str]]:
    """What Alpha Vantage tells, and what it was asked."""
    with loopback(always(said(answer, status))) as server:
        feed = AlphaVantageFeed(
            door_to(server.address, title="Alpha Vantage"), key="k", clock=lambda: datetime.now(UTC)
        )
        return list(feed.news("brk b", SINCE)), server.asked[-1].parameters


def test_massive_tells_news_as_plain_text() -> None:
    told, asked = massive({"status": "OK", "count": 1, "results": [MASSIVE_ITEM]})

    assert told == [
        NewsTold(
            provider="Massive",
            external_id="m-1",
            publisher="The Wire",
            published_at=datetime(2026, 11, 19, 13, 5, tzinfo=UTC),
            headline="Acme & Co. opens a plant",
            body="Acme said so.",
            link="https://wire.test/acme",
            symbols=("ACME", "BRK.B"),
        )
    ]
    assert asked["ticker"] == "BRK.B"
    assert asked["published_utc.gte"] == "2026-11-18T00:30:00Z"
    assert (asked["order"], asked["limit"]) == ("desc", "200")


def test_alpha_vantage_tells_news_without_the_tone_that_nobody_measured() -> None:
    told, asked = alpha({"items": "1", "feed": [ALPHA_ITEM]})

    assert told == [
        NewsTold(
            provider="Alpha Vantage",
            external_id="https://wire.test/acme",
            publisher="The Wire",
            published_at=datetime(2026, 11, 19, 13, 5, tzinfo=UTC),
            headline="Acme opens a plant",
            body="Acme said so.",
            link="https://wire.test/acme",
            symbols=("ACME",),
        )
    ]
    assert (asked["function"], asked["tickers"]) == ("NEWS_SENTIMENT", "BRK-B")
    assert asked["time_from"] == "20261118T0030"


def test_an_unknown_symbol_has_no_news() -> None:
    assert massive({"status": "NOT_FOUND"}, 404)[0] == []
    assert alpha({"Error Message": "Invalid API call"})[0] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "“title” of the answer is not what it should be"),
        ({"id": None}, "“id” of the answer is not what it should be"),
        ({"published_utc": "yesterday"}, "“published_utc” of the answer is not what it should be"),
        ({"published_utc": 5}, "“published_utc” of the answer is not what it should be"),
    ],
)
def test_news_without_what_it_needs_is_garbled(change: dict[str, Any], words: str) -> None:
    with pytest.raises(FeedGarbled) as refusal:
        massive({"status": "OK", "results": [MASSIVE_ITEM | change]})

    assert str(refusal.value) == words


@pytest.mark.parametrize(
    ("ask", "answer", "status", "error"),
    [
        (massive, {"status": "NOT_AUTHORIZED"}, 403, FeedNotIncluded),
        (alpha, {"Information": "This is a premium endpoint."}, 200, FeedNotIncluded),
        (alpha, {"items": "0"}, 200, FeedGarbled),
    ],
)
def test_refusals_have_their_names(ask: Any, answer: Any, status: int, error: type[FeedError]) -> None:
    with pytest.raises(error):
        ask(answer, status)
