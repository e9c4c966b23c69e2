"""News from feeds: the first that answers, each piece once, and why the rest is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from trading.engine.news import NewsTold
from trading.engine.records import PriceSource
from trading.feeds.base import FeedError, FeedWaits
from trading.services import news
from trading.services.news import NO_FEED, NewsFetched, news_fetch

SINCE = datetime(2026, 11, 18, tzinfo=UTC)


def piece(key: str) -> NewsTold:
    return NewsTold(
        provider="P",
        external_id=key,
        publisher="W",
        published_at=SINCE,
        headline="H",
        body="",
        link="",
        symbols=("A", "B"),
    )


@dataclass
class Told:
    """A feed that answers from a table; an error in it is raised."""

    answers: dict[str, Any]
    name: PriceSource = PriceSource.MASSIVE
    asked: list[str] = field(default_factory=list)

    def news(self, symbol: str, since: datetime) -> Sequence[NewsTold]:
        """See NewsFeed."""
        assert since == SINCE
        self.asked.append(symbol)
        answer = self.answers.get(symbol, [])
        if isinstance(answer, FeedError):
            raise answer
        return list(answer)


def test_without_a_key_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "news_feeds_configured", tuple)

    assert news_fetch(["A"], SINCE) == NewsFetched(news=(), failures=(NO_FEED,))


def test_the_first_feed_that_answers_counts_and_a_piece_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = FeedWaits("Massive was asked as often as is allowed", seconds=9)
    first = Told({"A": [piece("1")], "B": spent, "C": spent})
    second = Told({"B": [piece("1"), piece("2")]})
    monkeypatch.setattr(news, "news_feeds_configured", lambda: (first, second))

    told = news_fetch(["A", "B", "C"], SINCE)

    assert told == NewsFetched(news=(piece("1"), piece("2")), failures=(str(spent),))
    assert (first.asked, second.asked) == (["A", "B", "C"], ["B", "C"])
