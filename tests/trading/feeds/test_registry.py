"""Which sources there are keys for; one without is named, and never asked."""

from typing import Any

import pytest

from trading.engine.budgets import Budget
from trading.engine.records import PriceSource
from trading.feeds.alpha_vantage import AlphaVantageFeed
from trading.feeds.base import FeedNotConfigured
from trading.feeds.massive import MassiveFeed
from trading.feeds.registry import feed_of, feed_states, feeds_configured


def test_without_keys_no_source_is_configured_and_each_says_what_is_missing(settings: Any) -> None:
    settings.MASSIVE_KEY = settings.ALPHA_VANTAGE_KEY = ""

    assert feeds_configured() == ()
    assert [(state.title, state.is_configured, state.variable) for state in feed_states()] == [
        ("Massive", False, "WEALTHALLOC_MASSIVE_KEY"),
        ("Alpha Vantage", False, "WEALTHALLOC_ALPHA_VANTAGE_KEY"),
    ]
    with pytest.raises(
        FeedNotConfigured,
        match=r"^Alpha Vantage is not configured: WEALTHALLOC_ALPHA_VANTAGE_KEY is not set$",
    ):
        feed_of(PriceSource.ALPHA_VANTAGE)


def test_massive_is_asked_before_alpha_vantage_each_within_its_budget(settings: Any) -> None:
    settings.MASSIVE_KEY, settings.ALPHA_VANTAGE_KEY = "a", "b"

    massive, alpha_vantage = feeds_configured()

    assert isinstance(massive, MassiveFeed)
    assert isinstance(alpha_vantage, AlphaVantageFeed)
    assert massive._door.gate.rules.budget == Budget(per_minute=5, per_day=0)
    assert alpha_vantage._door.gate.rules.budget == Budget(per_minute=5, per_day=25)
    assert massive._door.address == "https://api.massive.com"
    assert alpha_vantage._door.address == "https://www.alphavantage.co"
    assert feed_of(PriceSource.MASSIVE) is massive
