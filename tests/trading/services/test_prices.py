"""The desk of prices: the best source that works, no jumping between two, no question without need."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.factories.accounts import HouseholdFactory
from tests.factories.portfolios import InstrumentFactory, PriceFactory
from trading.engine.records import KnownClose, PriceBar, PriceSource, Quote
from trading.feeds.base import FeedUnavailable
from trading.feeds.last_close import LastCloseFeed
from trading.selectors.closes import closes_known
from trading.services.prices import (
    SILENCE,
    BrokerWord,
    PriceDesk,
    ToldQuote,
    price_desk,
    price_entries,
    price_of,
)

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
LIVE, DELAYED, MASSIVE, ALPHA, CLOSE = PriceSource
THURSDAY = date(2026, 11, 26)


def quote(symbol: str, source: PriceSource, last: str | None = "10", **changes: Any) -> Quote:
    price = None if last is None else Decimal(last)
    return Quote(symbol=symbol, source=source, as_of=NOW, last=price, **changes)


class Feed:
    """A source that knows some prices, notes what it is asked, and fails when told to."""

    def __init__(self, name: PriceSource, *known: str) -> None:
        self._name = name
        self.known = set(known)
        self.asked: list[list[str]] = []
        self.fails = ""
        self.most = 1000

    @property
    def name(self) -> PriceSource:
        return self._name

    def quotes(self, symbols: Collection[str]) -> Mapping[str, Quote | None]:
        self.asked.append(list(symbols))
        if self.fails:
            raise FeedUnavailable(self.fails)
        asked = list(symbols)[: self.most]
        return {symbol: quote(symbol, self.name) if symbol in self.known else None for symbol in asked}

    def closes(self, symbol: str, first: date, last: date) -> Sequence[PriceBar]:
        raise FeedUnavailable(f"a desk never asks for {symbol} from {first} to {last}")


class Market:
    """A desk with two feeds and closes, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.massive, self.alpha = Feed(MASSIVE, "A", "B"), Feed(ALPHA, "A", "B", "C")
        known = {"A", "B", "C", "D"}
        self.closes = LastCloseFeed(
            lambda symbols: {
                one: KnownClose(day=THURSDAY, close=Decimal(9), previous=Decimal(8))
                for one in symbols
                if one in known
            }
        )
        self.desk = PriceDesk((self.massive, self.alpha, self.closes))
        self.now = NOW

    def look(
        self, symbols: str, broker: BrokerWord = SILENCE, *, after: int = 0, is_open: bool = True
    ) -> dict[str, str]:
        """The source of each symbol after so many more seconds."""
        self.now += timedelta(seconds=after)
        found = self.desk.look(list(symbols), broker, self.now, is_open=is_open)
        return {symbol: quoted.source.value for symbol, quoted in found.items()}

    def word(self, *quotes: Quote, reachable: Collection[PriceSource] = (LIVE, DELAYED)) -> BrokerWord:
        told = tuple(ToldQuote(quote=one, told_at=self.now) for one in quotes)
        return BrokerWord(told=told, reachable=frozenset(reachable))


@pytest.fixture
def market() -> Market:
    return Market()


def test_each_symbol_has_the_best_source_that_knows_it(market: Market) -> None:
    word = market.word(quote("A", LIVE), quote("B", DELAYED))
    assert market.look("ABCDE", word) == {
        "A": "ibkr",
        "B": "ibkr_delayed",
        "C": "alpha_vantage",
        "D": "last_close",
    }


def test_feeds_are_asked_only_about_what_nobody_better_tells(market: Market) -> None:
    market.look("ABCDE", market.word(quote("A", LIVE), quote("B", DELAYED)))
    assert market.massive.asked == [["C", "D", "E"]]
    assert market.alpha.asked == [["C", "D", "E"]]
    market.now += timedelta(hours=1)
    market.look("AB", market.word(quote("A", LIVE), quote("B", LIVE)))
    assert (len(market.massive.asked), len(market.alpha.asked)) == (1, 1)


def test_an_answer_stands_for_its_time_unknown_ones_too(market: Market) -> None:
    for _ in range(59):
        market.look("AZ", after=1)
    assert market.massive.asked == [["A", "Z"]]
    market.look("AZ", after=2)
    assert market.massive.asked == [["A", "Z"], ["A", "Z"]]
    assert market.alpha.asked == [["Z"]]


def test_outside_of_trading_hours_feeds_are_asked_less_often(market: Market) -> None:
    market.look("A", is_open=False)
    market.look("A", is_open=False, after=1799)
    assert len(market.massive.asked) == 1
    assert market.look("A", is_open=False, after=1) == {"A": "massive"}
    assert len(market.massive.asked) == 2


def test_those_that_waited_longest_are_asked_about_first(market: Market) -> None:
    market.massive.most = 1
    market.look("AB")
    market.look("AB", after=61)
    assert market.massive.asked == [["A", "B"], ["B", "A"]]


def test_a_broker_that_is_lost_is_left_at_once(market: Market) -> None:
    assert market.look("A", market.word(quote("A", LIVE))) == {"A": "ibkr"}
    assert market.look("A", BrokerWord(reachable=frozenset()), after=1) == {"A": "massive"}


def test_a_broker_that_falls_silent_in_trading_hours_is_left(market: Market) -> None:
    market.look("A", market.word(quote("A", LIVE)))
    assert market.look("A", market.word(), after=15) == {"A": "ibkr"}
    assert market.look("A", market.word(), after=1) == {"A": "massive"}


def test_outside_of_trading_hours_silence_is_no_fault(market: Market) -> None:
    market.look("A", market.word(quote("A", LIVE)))
    assert market.look("A", market.word(), after=9999, is_open=False) == {"A": "ibkr"}


def test_a_broker_that_came_back_is_taken_after_its_trial_and_the_feed_serves_until_then(
    market: Market,
) -> None:
    market.look("A", market.word(quote("A", LIVE)))
    market.look("A", after=1)
    course = []
    for _ in range(8):
        market.now += timedelta(seconds=5)
        course.append(market.look("A", market.word(quote("A", LIVE)))["A"])
    assert course == ["massive"] * 6 + ["ibkr"] * 2
    assert market.desk.choice("A").source is LIVE


def test_a_link_that_comes_and_goes_does_not_make_prices_jump(market: Market) -> None:
    market.look("A", market.word(quote("A", LIVE)))
    market.look("A", after=1)
    sources = set()
    for count in range(20):
        market.now += timedelta(seconds=10)
        word = market.word(quote("A", LIVE)) if count % 2 else SILENCE
        sources.add(market.look("A", word)["A"])
    assert sources == {"massive"}
    assert len(market.massive.asked) == 4


def test_without_a_live_subscription_the_delayed_source_serves(market: Market) -> None:
    word = market.word(quote("A", LIVE), quote("A", DELAYED, "9.5"), reachable=[DELAYED])
    assert market.look("A", word) == {"A": "ibkr_delayed"}


def test_a_feed_that_fails_leaves_the_next_one_and_its_reason(market: Market) -> None:
    market.massive.fails = "Massive: it failed"
    assert market.look("AD") == {"A": "alpha_vantage", "D": "last_close"}
    assert market.desk.failures == {MASSIVE: "Massive: it failed"}
    market.massive.fails = ""
    market.look("AD", after=1)
    assert market.desk.failures == {}


def test_a_feeds_last_answer_serves_while_it_fails_until_it_is_too_old(market: Market) -> None:
    market.alpha.known = set()
    assert market.look("A") == {"A": "massive"}
    market.massive.fails = "it failed"
    assert market.look("A", after=120) == {"A": "massive"}
    assert market.look("A", after=1) == {"A": "last_close"}


def test_what_nobody_watches_is_forgotten(market: Market) -> None:
    market.look("AB")
    market.desk.forget(["A"])
    assert market.desk.choice("B").source is CLOSE
    market.look("AB", after=1)
    assert market.massive.asked == [["A", "B"], ["B"]]


@pytest.mark.parametrize(
    ("quoted", "price"),
    [
        (quote("A", LIVE, "10.5", bid=Decimal(1), ask=Decimal(2)), Decimal("10.5")),
        (quote("A", LIVE, None, bid=Decimal("10.01"), ask=Decimal("10.02")), Decimal("10.015")),
        (quote("A", LIVE, None, bid=Decimal(10), close=Decimal(9)), Decimal(9)),
        (quote("A", LIVE, None), None),
    ],
)
def test_the_one_number_of_a_quote(quoted: Quote, price: Decimal | None) -> None:
    assert price_of(quoted) == price


def test_an_entry_says_price_source_age_and_whether_it_is_delayed() -> None:
    full = quote("A", LIVE, "1E+2", bid=Decimal("99.5000"), ask=Decimal("100.5"), close=Decimal("101.25"))
    assert price_entries([full, quote("B", CLOSE, None)]) == [
        {
            "symbol": "A",
            "price": "100",
            "bid": "99.5",
            "ask": "100.5",
            "change": "-1.25",
            "as_of": "2026-11-27T15:00:00+00:00",
            "source": "ibkr",
            "delayed": False,
        },
        {
            "symbol": "B",
            "price": None,
            "bid": None,
            "ask": None,
            "change": None,
            "as_of": "2026-11-27T15:00:00+00:00",
            "source": "last_close",
            "delayed": True,
        },
    ]


@pytest.mark.django_db
def test_the_books_closes_stand_behind_every_feed(settings: Any) -> None:
    settings.MASSIVE_KEY = settings.ALPHA_VANTAGE_KEY = ""
    shared = InstrumentFactory(symbol="ACME", household=None)
    for day, close in ((25, "11"), (26, "12.5")):
        PriceFactory(instrument=shared, day=date(2026, 11, day), close=Decimal(close))

    found = price_desk(today=lambda: date(2026, 11, 27)).look(["ACME", "NOPE"], SILENCE, NOW, is_open=True)

    assert found == {
        "ACME": Quote(
            symbol="ACME",
            source=CLOSE,
            as_of=datetime(2026, 11, 26, 21, 0, tzinfo=UTC),
            last=Decimal("12.5"),
            close=Decimal(11),
        )
    }


@pytest.mark.django_db
def test_closes_of_another_household_are_not_seen() -> None:
    ours, theirs = HouseholdFactory(), HouseholdFactory()
    for household, close in ((ours, "11"), (theirs, "99")):
        instrument = InstrumentFactory(symbol="ACME", household=household)
        PriceFactory(instrument=instrument, day=THURSDAY, close=Decimal(close))
    day = date(2026, 11, 27)

    assert closes_known(["ACME"], day, ours.pk)["ACME"] == KnownClose(day=THURSDAY, close=Decimal(11))
    assert closes_known(["ACME"], day) == {}


def test_the_book_needs_no_days_from_itself(market: Market) -> None:
    assert market.closes.closes("A", THURSDAY, THURSDAY) == ()


def test_a_broker_that_knows_no_price_says_nothing(market: Market) -> None:
    word = BrokerWord(told=(ToldQuote(quote=None, told_at=NOW),))
    assert market.look("A", word) == {"A": "massive"}


@pytest.mark.django_db
def test_of_several_instruments_the_newest_close_counts_and_an_old_one_none() -> None:
    household = HouseholdFactory()
    shared = InstrumentFactory(symbol="ACME", household=None)
    own = InstrumentFactory(symbol="ACME", household=household)
    PriceFactory(instrument=shared, day=date(2026, 11, 25), close=Decimal(20))
    for day, close in ((23, 18), (26, 21)):
        PriceFactory(instrument=own, day=date(2026, 11, day), close=Decimal(close))
    old = InstrumentFactory(symbol="ACME", household=household)
    PriceFactory(instrument=old, day=date(2026, 11, 24), close=Decimal(19))
    stale = InstrumentFactory(symbol="STALE", household=household)
    PriceFactory(instrument=stale, day=date(2026, 11, 15), close=Decimal(5))

    assert list(closes_known(["ACME", "STALE"], date(2026, 11, 27), household.pk)) == ["ACME"]
    assert closes_known(["ACME"], date(2026, 11, 27), household.pk)["ACME"].close == Decimal(21)
    assert closes_known(["ACME"], date(2027, 3, 1), household.pk) == {}
