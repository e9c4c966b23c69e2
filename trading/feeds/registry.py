"""The sources of prices that this installation has keys for."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from trading.engine.budgets import Budget
from trading.engine.feed_gates import GateRules
from trading.engine.records import PriceSource
from trading.feeds.alpha_vantage import AlphaVantageFeed
from trading.feeds.alpha_vantage_answers import TITLE as ALPHA_VANTAGE_TITLE
from trading.feeds.asking import FeedDoor
from trading.feeds.base import FeedNotConfigured, NewsFeed, PriceFeed
from trading.feeds.gates import FeedGate
from trading.feeds.massive import MassiveFeed
from trading.feeds.massive_answers import TITLE as MASSIVE_TITLE

# In the order in which they are asked.
SOURCES = (PriceSource.MASSIVE, PriceSource.ALPHA_VANTAGE)
TITLES = {PriceSource.MASSIVE: MASSIVE_TITLE, PriceSource.ALPHA_VANTAGE: ALPHA_VANTAGE_TITLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """Whether there is a key for a source, and the variable that would hold it."""

    source: PriceSource
    title: str
    is_configured: bool
    variable: str


def feed_states() -> tuple[FeedState, ...]:
    """Every source there could be."""
    return tuple(
        FeedState(
            source=source,
            title=TITLES[source],
            is_configured=bool(_setting(source, "KEY")),
            variable=_variable(source),
        )
        for source in SOURCES
    )


def feed_of(source: PriceSource) -> PriceFeed:
    """The feed of a source, one for the process. Raises FeedNotConfigured when there is no key for it."""
    return _known(source)


def _known(source: PriceSource) -> MassiveFeed | AlphaVantageFeed:
    key = _setting(source, "KEY")
    if not key:
        raise FeedNotConfigured(f"{TITLES[source]} is not configured: {_variable(source)} is not set")
    budget = Budget(per_minute=_setting(source, "PER_MINUTE"), per_day=_setting(source, "PER_DAY"))
    return _feed(source, key, _setting(source, "URL"), budget)


def feeds_configured() -> tuple[PriceFeed, ...]:
    """The feeds that there are keys for, in the order in which they are asked."""
    return tuple(feed_of(state.source) for state in feed_states() if state.is_configured)


def news_feeds_configured() -> tuple[NewsFeed, ...]:
    """The feeds that there are keys for and that tell news, in the order in which they are asked."""
    return tuple(_known(state.source) for state in feed_states() if state.is_configured)


@lru_cache(maxsize=8)
def _feed(source: PriceSource, key: str, address: str, budget: Budget) -> MassiveFeed | AlphaVantageFeed:
    door = FeedDoor(
        title=TITLES[source], address=address, gate=FeedGate(source.value, GateRules(budget=budget))
    )
    if source is PriceSource.MASSIVE:
        return MassiveFeed(door, key=key)
    return AlphaVantageFeed(door, key=key, clock=timezone.now)


def _variable(source: PriceSource) -> str:
    return f"WEALTHALLOC_{source.name}_KEY"


def _setting(source: PriceSource, name: str) -> Any:
    return getattr(settings, f"{source.name}_{name}")
