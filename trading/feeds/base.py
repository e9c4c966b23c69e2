"""What the product asks of a source of prices other than the broker, and the ways in which one can fail."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from trading.engine.news import NewsTold
from trading.engine.records import PriceBar, PriceSource, Quote


class FeedError(Exception):
    """A source told no price. The words are for people, and hold no key."""


class FeedNotConfigured(FeedError):
    """There is no key for this source, so it is never asked."""


class FeedWaits(FeedError):
    """The source was not asked, and is not for `seconds`: its budget is used up, or it failed."""

    def __init__(self, words: str, *, seconds: int) -> None:
        super().__init__(words)
        self.seconds = seconds


class FeedLimited(FeedError):
    """The source says that it was asked too often, and to come back in `seconds`."""

    def __init__(self, words: str, *, seconds: int) -> None:
        super().__init__(words)
        self.seconds = seconds


class FeedKeyRefused(FeedError):
    """The source does not accept the key."""


class FeedNotIncluded(FeedError):
    """The key is good, but what it was made for does not include this question."""


class FeedUnavailable(FeedError):
    """The source cannot be reached, did not answer in time, or says that it has failed."""


class FeedGarbled(FeedError):
    """The source answered, and the answer cannot be read."""


class PriceFeed(Protocol):
    """A source of prices that is asked, not listened to."""

    @property
    def name(self) -> PriceSource:
        """How its prices are labelled."""

    def quotes(self, symbols: Collection[str]) -> Mapping[str, Quote | None]:
        """What the source tells of `symbols`; None where it knows no price.

        Symbols about which it could not be asked any more are missing. Raises FeedError when all are.
        """

    def closes(self, symbol: str, first: date, last: date) -> Sequence[PriceBar]:
        """The days of trade from `first` to `last`, as traded, oldest first; empty for an unknown symbol.

        Raises FeedError.
        """


class NewsFeed(Protocol):
    """A source of news about US stocks and funds."""

    @property
    def name(self) -> PriceSource:
        """Whose news it is."""

    def news(self, symbol: str, since: datetime) -> Sequence[NewsTold]:
        """What was published about a symbol from `since` on, newest first; empty for an unknown symbol.

        Raises FeedError.
        """
