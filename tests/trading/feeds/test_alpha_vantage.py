"""Alpha Vantage: text to exact quotes and bars, and errors that come with status 200 by their names."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.loopback import Asked, Loopback, Said, loopback
from tests.trading.feeds.doors import always, bounds_for, door_to, said
from trading.engine.budgets import Budget
from trading.engine.records import PriceBar, PriceSource, Quote
from trading.feeds.alpha_vantage import AlphaVantageFeed
from trading.feeds.base import (
    FeedError,
    FeedGarbled,
    FeedKeyRefused,
    FeedLimited,
    FeedNotIncluded,
    FeedUnavailable,
    FeedWaits,
)

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
IBM = {
    "01. symbol": "IBM",
    "02. open": "226.9000",
    "03. high": "228.8300",
    "04. low": "225.5100",
    "05. price": "227.4100",
    "06. volume": "1774115",
    "07. latest trading day": "2026-11-25",
    "08. previous close": "226.9200",
    "09. change": "0.4900",
    "10. change percent": "0.2159%",
}
DAY = {"1. open": "10.1", "2. high": "11.5", "3. low": "9.9", "4. close": "11.25", "5. volume": "1200"}


def feed(server: Loopback, now: datetime = NOW, **rules: Any) -> AlphaVantageFeed:
    door = door_to(server.address, title="Alpha Vantage", **rules)
    return AlphaVantageFeed(door, key="SECRETKEY", clock=lambda: now)


def test_a_quote_is_exact_and_as_of_the_end_of_its_session() -> None:
    with loopback(always(said({"Global Quote": IBM}))) as server:
        told = feed(server).quotes(["IBM"])

    assert told == {
        "IBM": Quote(
            symbol="IBM",
            source=PriceSource.ALPHA_VANTAGE,
            as_of=datetime(2026, 11, 25, 21, 0, tzinfo=UTC),
            last=Decimal("227.41"),
            close=Decimal("226.92"),
            volume=Decimal(1774115),
        )
    }
    assert server.asked[0].path == "/query"
    assert server.asked[0].parameters == {"function": "GLOBAL_QUOTE", "symbol": "IBM", "apikey": "SECRETKEY"}


def test_while_the_session_runs_the_quote_is_as_of_now() -> None:
    now = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    with loopback(always(said({"Global Quote": IBM}))) as server:
        quote = feed(server, now).quotes(["IBM"])["IBM"]
    assert quote is not None
    assert quote.as_of == now


@pytest.mark.parametrize(
    "answer",
    [{"Global Quote": {}}, {"Error Message": "Invalid API call. Please retry."}],
)
def test_a_symbol_that_it_does_not_know_is_left_out(answer: dict[str, Any]) -> None:
    with loopback(always(said(answer))) as server:
        assert feed(server).quotes(["NOPE", "NADA"]) == {"NOPE": None, "NADA": None}
    assert len(server.asked) == 2


def test_classes_of_shares_are_written_with_a_hyphen() -> None:
    with loopback(always(said({"Global Quote": IBM}))) as server:
        assert list(feed(server).quotes(["BRK B"])) == ["BRK B"]
    assert server.asked[0].parameters["symbol"] == "BRK-B"


@pytest.mark.parametrize(
    ("body", "error", "words", "seconds"),
    [
        ({"Note": "Our standard API call frequency is 5 calls per minute and 500 calls per day."},
         FeedLimited, "Alpha Vantage was asked too often", 60),
        ({"Information": "Please consider spreading out your free API requests more sparingly (1 request per "
                         "second). You may subscribe to any of the premium plans to lift the free key rate "
                         "limit (25 requests per day)."},
         FeedLimited, "Alpha Vantage was asked too often", 60),
        ({"Information": "We have detected your API key as SECRETKEY and our standard API rate limit is 25 "
                         "requests per day. Please subscribe to any of the premium plans."},
         FeedLimited, "Alpha Vantage has answered as often as it does in a day", 3600),
        ({"Information": "This is a premium endpoint. You may subscribe to any of the premium plans."},
         FeedNotIncluded, "the plan at Alpha Vantage does not include this", None),
        ({"Information": "The **demo** API key is for demo purposes only. Please claim your free API key."},
         FeedKeyRefused, "Alpha Vantage does not accept the key", None),
        ({"Error Message": "the parameter apikey is invalid or missing. Please claim your free API key"},
         FeedKeyRefused, "Alpha Vantage does not accept the key", None),
        ({"Information": "SECRETKEY: something new"}, FeedUnavailable,
         "Alpha Vantage answered with a notice instead of prices", None),
        ({}, FeedGarbled, "Alpha Vantage sent no quote", None),
        ({"Global Quote": []}, FeedGarbled, "“Global Quote” of the answer is not what it should be", None),
        ({"Global Quote": IBM | {"05. price": "n/a"}}, FeedGarbled,
         "“05. price” of the answer is not what it should be", None),
        ({"Global Quote": IBM | {"05. price": "0.0000"}}, FeedGarbled,
         "“05. price” of the answer is not what it should be", None),
        ({"Global Quote": IBM | {"07. latest trading day": "25/11/2026"}}, FeedGarbled,
         "“07. latest trading day” of the answer is not what it should be", None),
    ],
)  # fmt: skip
def test_errors_that_come_as_if_all_were_well_have_their_names_and_hold_no_key(
    body: dict[str, Any], error: type[FeedError], words: str, seconds: int | None
) -> None:
    with loopback(always(said(body))) as server, pytest.raises(error) as refused:
        feed(server).quotes(["IBM"])

    assert str(refused.value) == words
    assert getattr(refused.value, "seconds", None) == seconds


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (said({}, 429), FeedLimited, "Alpha Vantage was asked too often"),
        (said({}, 502), FeedUnavailable, "Alpha Vantage says that it failed (502)"),
        (said({}, 404), FeedGarbled, "Alpha Vantage did not understand the question (404)"),
        (Said(body=b"<html>"), FeedGarbled, "Alpha Vantage sent an answer that is not JSON"),
        (Said(pause=0.6), FeedUnavailable, "Alpha Vantage: 127.0.0.1 did not answer in time"),
    ],
)
def test_errors_of_http_have_their_names(answer: Said, error: type[FeedError], words: str) -> None:
    with loopback(always(answer)) as server, pytest.raises(error) as refused:
        feed(server, bounds=bounds_for(answer)).quotes(["IBM"])
    assert str(refused.value) == words


def test_after_25_questions_of_a_day_nothing_is_asked_and_what_was_told_is_kept() -> None:
    symbols = [f"S{count}" for count in range(30)]
    with loopback(always(said({"Global Quote": IBM}))) as server:
        one = feed(server, budget=Budget(per_day=25))
        told = one.quotes(symbols)
        with pytest.raises(FeedWaits, match="was asked as often as is allowed"):
            one.quotes(symbols)

    assert list(told) == symbols[:25]
    assert len(server.asked) == 25


def test_daily_bars_come_oldest_first_within_their_days() -> None:
    days = {"2026-11-25": DAY, "2026-11-24": DAY | {"4. close": "10.75"}, "2026-11-20": DAY}
    with loopback(always(said({"Meta Data": {}, "Time Series (Daily)": days}))) as server:
        told = feed(server).closes("IBM", date(2026, 11, 21), date(2026, 11, 25))

    assert told == [
        PriceBar(
            day=date(2026, 11, day),
            begins=None,
            open=Decimal("10.1"),
            high=Decimal("11.5"),
            low=Decimal("9.9"),
            close=Decimal(close),
            volume=Decimal(1200),
        )
        for day, close in ((24, "10.75"), (25, "11.25"))
    ]
    assert server.asked[0].parameters["outputsize"] == "compact"


def test_days_further_back_are_asked_for_in_full() -> None:
    with loopback(always(said({"Time Series (Daily)": {}}))) as server:
        assert feed(server).closes("IBM", date(2026, 7, 10), date(2026, 7, 11)) == []
        assert feed(server).closes("IBM", date(2026, 7, 11), date(2026, 7, 11)) == []
    assert [asked.parameters["outputsize"] for asked in server.asked] == ["full", "compact"]


def test_an_unknown_symbol_has_no_days() -> None:
    with loopback(always(said({"Error Message": "Invalid API call."}))) as server:
        assert feed(server).closes("NOPE", date(2026, 11, 21), date(2026, 11, 25)) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Time Series (Daily)": {"yesterday": DAY}},
        {"Time Series (Daily)": {"2026-11-25": DAY | {"5. volume": ""}}},
        {"Time Series (Daily)": {"2026-11-25": DAY | {"4. close": "0"}}},
        {"Time Series (Daily)": {"2026-11-25": []}},
    ],
)
def test_days_that_are_none_are_garbled(body: dict[str, Any]) -> None:
    with loopback(always(said(body))) as server, pytest.raises(FeedGarbled):
        feed(server).closes("IBM", date(2026, 11, 21), date(2026, 11, 25))


def test_one_symbol_that_fails_between_ends_the_asking_and_keeps_the_others() -> None:
    def script(asked: Asked) -> Said:
        return said({"Global Quote": IBM}) if asked.parameters["symbol"] == "A" else said({}, 500)

    with loopback(script) as server:
        assert list(feed(server).quotes(["A", "B", "C"])) == ["A"]
    assert len(server.asked) == 2
