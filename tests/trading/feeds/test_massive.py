"""Massive: its answers to exact quotes and bars, its refusals by name, and the best way a plan includes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.loopback import Asked, Loopback, Said, loopback
from tests.trading.feeds.doors import always, bounds_for, by_path, door_to, said
from trading.engine.breaker import BreakerRules
from trading.engine.budgets import Budget
from trading.engine.records import PriceBar, PriceSource, Quote
from trading.feeds.base import (
    FeedError,
    FeedGarbled,
    FeedKeyRefused,
    FeedLimited,
    FeedNotIncluded,
    FeedUnavailable,
    FeedWaits,
)
from trading.feeds.massive import SNAPSHOT, MassiveFeed

APPLE = {
    "ticker": "AAPL",
    "day": {"o": 227.1, "h": 229.87, "l": 226.5, "c": 229.1, "v": 41234567.0, "vw": 228.4},
    "lastQuote": {"P": 229.12, "S": 3, "p": 229.1, "s": 2, "t": 1732903199000000123},
    "lastTrade": {"p": 229.115, "s": 100, "t": 1732903199987654321, "x": 4, "c": [12], "i": "1"},
    "min": {"c": 229.11, "t": 1732903140000},
    "prevDay": {"o": 1, "h": 1, "l": 1, "c": 226.84, "v": 1},
    "todaysChange": 2.275,
    "updated": 1732903199987654321,
}
NOON = datetime(2024, 11, 29, 17, 59, 59, tzinfo=UTC)
TRADE = {"status": "OK", "request_id": "r", "results": {"T": "AAPL", "p": 129.8473, "t": 1617901342969796400}}
OFFERS = {
    "status": "OK",
    "results": {"T": "AAPL", "p": 129.84, "s": 2, "P": 129.86, "S": 1, "t": 1617901342969834000},
}
BAR = {
    "T": "AAPL",
    "v": 131704427,
    "vw": 116.3,
    "o": 115.55,
    "c": 115.97,
    "h": 117.59,
    "l": 114.13,
    "t": 1605042000000,
}
SMALL_PLAN = said({"status": "NOT_AUTHORIZED", "message": "You are not entitled to this data."}, 403)


@pytest.fixture
def answers() -> dict[str, Said]:
    """What the server knows, by path; a test puts its own in."""
    return {}


@pytest.fixture
def server(answers: dict[str, Said]) -> Iterator[Loopback]:
    with loopback(by_path(answers)) as running:
        yield running


def feed(server: Loopback, **rules: Any) -> MassiveFeed:
    return MassiveFeed(door_to(server.address, **rules), key="secret-key")


def test_a_snapshot_is_one_question_and_exact(server: Loopback, answers: dict[str, Said]) -> None:
    answers[SNAPSHOT] = said({"status": "OK", "count": 1, "tickers": [APPLE]})

    told = feed(server).quotes(["AAPL", "NOPE"])

    assert told == {
        "AAPL": Quote(
            symbol="AAPL",
            source=PriceSource.MASSIVE,
            as_of=datetime(2024, 11, 29, 17, 59, 59, 987654, tzinfo=UTC),
            bid=Decimal("229.10000000"),
            ask=Decimal("229.12000000"),
            last=Decimal("229.11500000"),
            close=Decimal("226.84000000"),
            volume=Decimal("41234567.00000000"),
        ),
        "NOPE": None,
    }
    assert len(server.asked) == 1
    assert server.asked[0].parameters == {"tickers": "AAPL,NOPE"}
    assert server.asked[0].headers["authorization"] == "Bearer secret-key"


@pytest.mark.parametrize(
    ("change", "last", "as_of"),
    [
        ({"lastTrade": None}, "229.11", NOON),
        ({"lastTrade": {"p": 0, "t": 0}, "min": None}, "229.1", NOON),
        ({"lastTrade": None, "lastQuote": None}, "229.11", NOON.replace(microsecond=987654)),
        ({"lastTrade": None, "min": {"c": 0}, "day": {"c": 0, "v": 0}}, None, NOON),
    ],
)  # fmt: skip
def test_what_a_plan_leaves_out_of_a_snapshot_is_taken_from_its_next_best_part(
    server: Loopback, answers: dict[str, Said], change: dict[str, Any], last: str | None, as_of: datetime
) -> None:
    answers[SNAPSHOT] = said({"status": "DELAYED", "tickers": [APPLE | change]})

    quote = feed(server).quotes(["AAPL"])["AAPL"]
    assert quote is not None

    assert quote.last == (None if last is None else Decimal(last))
    assert quote.as_of == as_of


@pytest.mark.parametrize(
    "change",
    [
        {"lastTrade": None, "lastQuote": None, "updated": 0},
        {"lastTrade": None, "lastQuote": None, "min": None, "day": None, "prevDay": None},
    ],
)
def test_a_ticker_without_a_price_or_without_a_moment_is_left_out(
    server: Loopback, answers: dict[str, Said], change: dict[str, Any]
) -> None:
    answers[SNAPSHOT] = said({"status": "OK", "tickers": [APPLE | change]})
    assert feed(server).quotes(["AAPL"]) == {"AAPL": None}


def test_classes_of_shares_are_written_as_each_side_writes_them(
    server: Loopback, answers: dict[str, Said]
) -> None:
    answers[SNAPSHOT] = said({"status": "OK", "tickers": [APPLE | {"ticker": "BRK.B"}, APPLE]})

    told = feed(server).quotes(["BRK B"])

    assert [(symbol, quote and quote.symbol) for symbol, quote in told.items()] == [("BRK B", "BRK B")]
    assert server.asked[0].parameters == {"tickers": "BRK.B"}


def test_more_than_two_hundred_symbols_are_asked_for_in_parts(
    server: Loopback, answers: dict[str, Said]
) -> None:
    answers[SNAPSHOT] = said({"status": "OK", "tickers": [APPLE]})
    feed(server).quotes([f"S{count}" for count in range(401)])
    assert [len(asked.parameters["tickers"].split(",")) for asked in server.asked] == [200, 200, 1]


def test_a_budget_that_ends_between_keeps_what_was_told(server: Loopback, answers: dict[str, Said]) -> None:
    answers[SNAPSHOT] = said({"status": "OK", "tickers": [APPLE]})
    told = feed(server, budget=Budget(per_minute=1)).quotes(["AAPL", *(f"S{n}" for n in range(200))])
    assert list(told) == ["AAPL", *(f"S{n}" for n in range(199))]
    assert [symbol for symbol, quote in told.items() if quote] == ["AAPL"]
    assert len(server.asked) == 1


def test_a_plan_without_snapshots_tells_trade_and_offers_of_each_symbol(
    server: Loopback, answers: dict[str, Said]
) -> None:
    answers |= {SNAPSHOT: SMALL_PLAN, "/v2/last/trade/AAPL": said(TRADE), "/v2/last/nbbo/AAPL": said(OFFERS)}

    told = feed(server).quotes(["AAPL", "NOPE"])

    assert told == {
        "AAPL": Quote(
            symbol="AAPL",
            source=PriceSource.MASSIVE,
            as_of=datetime(2021, 4, 8, 17, 2, 22, 969796, tzinfo=UTC),
            bid=Decimal("129.84"),
            ask=Decimal("129.86"),
            last=Decimal("129.8473"),
        ),
        "NOPE": None,
    }


def test_symbols_that_could_not_be_asked_about_any_more_are_missing(
    server: Loopback, answers: dict[str, Said]
) -> None:
    answers |= {SNAPSHOT: SMALL_PLAN, "/v2/last/trade/AAPL": said(TRADE), "/v2/last/nbbo/AAPL": said(OFFERS)}
    one = feed(server, budget=Budget(per_minute=3))
    assert list(one.quotes(["AAPL", "B", "C"])) == ["AAPL"]
    with pytest.raises(FeedWaits):
        one.quotes(["B", "C"])


@pytest.mark.parametrize("status", [200, 404])
def test_what_is_not_found_is_not_known_with_either_status(status: int) -> None:
    with loopback(always(said({"status": "NOT_FOUND"}, status))) as server:
        assert feed(server).last_trade("NOPE") is None


def test_a_trade_is_told_even_where_offers_are_not(server: Loopback, answers: dict[str, Said]) -> None:
    answers |= {SNAPSHOT: SMALL_PLAN, "/v2/last/trade/AAPL": said(TRADE), "/v2/last/nbbo/AAPL": SMALL_PLAN}
    quote = feed(server).quotes(["AAPL"])["AAPL"]
    assert quote is not None
    assert (quote.last, quote.bid, quote.ask) == (Decimal("129.8473"), None, None)


def test_the_smallest_plan_tells_the_close_before_and_is_asked_for_more_only_once(
    server: Loopback, answers: dict[str, Said]
) -> None:
    answers |= {
        SNAPSHOT: SMALL_PLAN,
        "/v2/last/trade/AAPL": SMALL_PLAN,
        "/v2/aggs/ticker/AAPL/prev": said({"status": "OK", "resultsCount": 1, "results": [BAR]}),
    }
    one = feed(server, breaker=BreakerRules(failures=1))

    first, second = one.quotes(["AAPL"]), one.quotes(["AAPL"])

    assert (
        first
        == second
        == {
            "AAPL": Quote(
                symbol="AAPL",
                source=PriceSource.MASSIVE,
                as_of=datetime(2020, 11, 10, 21, 0, tzinfo=UTC),
                close=Decimal("115.97"),
                volume=Decimal(131704427),
            )
        }
    )
    assert [asked.path for asked in server.asked] == [
        SNAPSHOT,
        "/v2/last/trade/AAPL",
        "/v2/aggs/ticker/AAPL/prev",
        "/v2/aggs/ticker/AAPL/prev",
    ]


def test_an_unknown_symbol_has_no_trade_no_offers_and_no_close(server: Loopback) -> None:
    one = feed(server)
    assert (one.last_trade("NOPE"), one.best_offers("NOPE"), one.previous_close("NOPE")) == (None, None, None)


def test_daily_closes_are_of_new_yorks_days_and_as_traded(server: Loopback, answers: dict[str, Said]) -> None:
    path = "/v2/aggs/ticker/AAPL/range/1/day/2020-01-02/2020-01-03"
    bars = [BAR | {"t": 1577941200000, "c": 300.35}, BAR | {"t": 1578027600000, "c": 297.43}]
    answers[path] = said({"status": "OK", "results": bars})

    told = feed(server).closes("AAPL", date(2020, 1, 2), date(2020, 1, 3))

    assert told[0] == PriceBar(
        day=date(2020, 1, 2),
        begins=datetime(2020, 1, 2, 5, 0, tzinfo=UTC),
        open=Decimal("115.55"),
        high=Decimal("117.59"),
        low=Decimal("114.13"),
        close=Decimal("300.35"),
        volume=Decimal(131704427),
    )
    assert [(bar.day, bar.close) for bar in told] == [
        (date(2020, 1, 2), Decimal("300.35")),
        (date(2020, 1, 3), Decimal("297.43")),
    ]
    assert server.asked[0].parameters == {"adjusted": "false", "sort": "asc", "limit": "50000"}


def test_pages_are_followed_on_the_same_server_with_the_key_in_the_header() -> None:
    def script(asked: Asked) -> Said:
        if asked.parameters.get("cursor") == "two":
            return said({"status": "OK", "results": [BAR | {"t": 1578027600000}]})
        following = f"{source.address}/v2/more?cursor=two"
        return said({"status": "OK", "results": [BAR | {"t": 1577941200000}], "next_url": following})

    with loopback(script) as source:
        told = feed(source).closes("AAPL", date(2020, 1, 2), date(2020, 1, 3))

    assert [bar.day for bar in told] == [date(2020, 1, 2), date(2020, 1, 3)]
    assert [asked.path for asked in source.asked][1] == "/v2/more"
    assert source.asked[1].headers["authorization"] == "Bearer secret-key"


@pytest.mark.parametrize(
    ("following", "words"),
    [
        ("https://evil.example/v2/more", "another server"),
        ("//evil.example/v2/more", "another server"),
        ({"a": 1}, "no usable next page"),
        ("SELF", "pages without end"),
    ],
)
def test_pages_elsewhere_and_pages_without_end_are_not_followed(following: Any, words: str) -> None:
    def script(_: Asked) -> Said:
        page = f"{source.address}/v2/more" if following == "SELF" else following
        return said({"status": "OK", "results": [BAR], "next_url": page})

    with loopback(script) as source, pytest.raises(FeedGarbled, match=words):
        feed(source).closes("AAPL", date(2020, 1, 2), date(2020, 1, 3))

    assert len(source.asked) == (20 if following == "SELF" else 1)


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (said({"status": "ERROR", "error": "You've exceeded the maximum requests"}, 429), FeedLimited,
         "Massive was asked too often"),
        (said({"status": "ERROR", "error": "Unknown API Key secret-key"}, 401), FeedKeyRefused,
         "Massive does not accept the key"),
        (said({"status": "FORBIDDEN"}, 403), FeedKeyRefused, "Massive does not accept the key"),
        (Said(body=b"<html>forbidden</html>", status=403), FeedKeyRefused, "Massive does not accept the key"),
        (said({"status": "NOT_AUTHORIZED"}), FeedNotIncluded, "the plan at Massive does not include this"),
        (said({"status": "ERROR"}), FeedUnavailable, "Massive says that it failed"),
        (said({}), FeedUnavailable, "Massive says that it failed"),
        (said({}, 503), FeedUnavailable, "Massive says that it failed (503)"),
        (said({}, 400), FeedGarbled, "Massive did not understand the question (400)"),
        (Said(body=b"<html>"), FeedGarbled, "Massive sent an answer that is not JSON"),
        (Said(body=b"{" * 9000), FeedGarbled, "Massive sent an answer that is not JSON"),
        (Said(body=b"[" * 19_000), FeedGarbled, "Massive sent an answer that is not JSON"),
        (Said(body=b"[]"), FeedGarbled, "Massive sent an answer that is not a JSON object"),
        (Said(body=b'{"status":"OK","results":{"p":NaN,"t":1617901342969796400}}'), FeedGarbled,
         "Massive sent an answer that is not JSON"),
        (Said(body=b"x" * 20_001), FeedUnavailable, "Massive: 127.0.0.1 sent more than 20000 bytes"),
        (Said(body=b"{", length=9), FeedUnavailable,
         "Massive: 127.0.0.1 sent an answer that breaks off or is not HTTP"),
        (Said(pause=0.6), FeedUnavailable, "Massive: 127.0.0.1 did not answer in time"),
        (Said(status=302, headers={"Location": "https://evil.example"}), FeedUnavailable,
         "Massive: 127.0.0.1 points to another address, which is not followed"),
    ],
)  # fmt: skip
def test_every_refusal_has_its_name_and_holds_no_key(
    answer: Said, error: type[FeedError], words: str
) -> None:
    with loopback(always(answer)) as server, pytest.raises(error) as refused:
        feed(server, bounds=bounds_for(answer)).last_trade("AAPL")

    assert str(refused.value) == words


@pytest.mark.parametrize(
    "results",
    [
        {"p": "cheap", "t": 1617901342969796400},
        {"p": -1, "t": 1617901342969796400},
        {"p": 0, "t": 1617901342969796400},
        {"p": True, "t": 1617901342969796400},
        {"p": [1], "t": 1617901342969796400},
        {"p": "Infinity", "t": 1617901342969796400},
        {"p": 10**12, "t": 1617901342969796400},
        {"t": 1617901342969796400},
        {"p": 1.5},
        {"p": 1.5, "t": 0},
        {"p": 1.5, "t": "yesterday"},
        {"p": 1.5, "t": 1.5},
        {"p": 1.5, "t": 1617901342969},
        {"p": 1.5, "t": 10**40},
        {"p": 1.5, "t": 8 * 10**18},
    ],
)
def test_a_trade_that_is_no_trade_is_garbled(results: dict[str, Any]) -> None:
    with loopback(always(said({"status": "OK", "results": results}))) as server, pytest.raises(FeedGarbled):
        feed(server).last_trade("AAPL")


@pytest.mark.parametrize(
    "body",
    [
        {"results": [BAR | {"o": None}]},
        {"results": [{name: value for name, value in BAR.items() if name != "v"}]},
        {"results": [1]},
        {"results": {"t": 1}},
    ],
)
def test_bars_that_are_no_bars_are_garbled(body: dict[str, Any]) -> None:
    with loopback(always(said({"status": "OK"} | body))) as server, pytest.raises(FeedGarbled):
        feed(server).previous_close("AAPL")


@pytest.mark.parametrize("tickers", [[{}], [{"ticker": 7}], "AAPL", [APPLE | {"lastTrade": 7}]])
def test_snapshots_that_are_none_are_garbled(tickers: Any) -> None:
    with loopback(always(said({"status": "OK", "tickers": tickers}))) as server, pytest.raises(FeedGarbled):
        feed(server).quotes(["AAPL"])


def test_a_source_that_was_asked_too_often_is_left_alone_as_long_as_it_asks() -> None:
    limited = said({"status": "ERROR"}, 429, **{"Retry-After": "77"})
    with loopback(always(limited)) as server:
        one = feed(server)
        with pytest.raises(FeedLimited) as first:
            one.quotes(["AAPL"])
        with pytest.raises(FeedWaits) as second:
            one.quotes(["AAPL"])

    assert first.value.seconds == 77
    assert second.value.seconds in range(75, 78)
    assert len(server.asked) == 1


def test_a_refused_key_is_not_tried_again_for_a_quarter_of_an_hour() -> None:
    with loopback(always(said({"status": "ERROR"}, 401))) as server:
        one = feed(server)
        with pytest.raises(FeedKeyRefused):
            one.quotes(["AAPL"])
        with pytest.raises(FeedWaits) as refused:
            one.quotes(["AAPL"])

    assert refused.value.seconds in range(895, 901)
