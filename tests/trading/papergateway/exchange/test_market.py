"""The invented market between real closes."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.trading.papergateway.exchange.paper_market import (
    ACME,
    CONTRACTS,
    FUND,
    GLOBEX,
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    at,
    paper_market,
)
from trading.papergateway.exchange.calendar import Calendar, new_york_sessions
from trading.papergateway.exchange.market import KEPT_PATHS, Market

D = Decimal
SEEDS = range(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_past_day_ends_at_its_close(seed: int) -> None:
    book = paper_market(seed=seed, prices={})

    assert book.quote(ACME, at("21:00:00", TUESDAY)).last == D("101.50")
    assert book.quote(GLOBEX, at("03:00:00")).last == D("39.20")
    assert book.quote(ACME, NOW).close == D("101.50")


def test_the_same_seed_gives_the_same_market_and_another_seed_another_one() -> None:
    assert paper_market(prices={}).quote(ACME, NOW) == paper_market(prices={}).quote(ACME, NOW)
    assert paper_market(prices={}).quote(ACME, NOW) != paper_market(prices={}, seed=6).quote(ACME, NOW)


@pytest.mark.parametrize("seed", SEEDS)
def test_bid_last_and_ask_stand_in_order_on_ticks_within_the_days_range(seed: int) -> None:
    book = paper_market(seed=seed, prices={})
    for second in range(0, 7_000, 37):
        quote = book.quote(ACME, NOW + timedelta(seconds=second))
        assert quote.bid is not None and quote.ask is not None and quote.last is not None  # noqa: PT018
        assert quote.high is not None and quote.low is not None  # noqa: PT018
        assert 0 < quote.bid <= quote.last <= quote.ask
        assert quote.bid < quote.ask
        assert quote.last % D("0.01") == 0
        assert quote.low <= quote.last <= quote.high
        assert 100 <= quote.bid_size <= 2000


def test_prices_move_from_second_to_second() -> None:
    book = paper_market(prices={})
    lasts = {book.quote(ACME, NOW + timedelta(seconds=second)).last for second in range(60)}

    assert len(lasts) > 5


def test_highs_lows_and_volume_of_a_day_only_grow() -> None:
    book = paper_market(prices={})
    quotes = [book.quote(ACME, at("14:30:00") + timedelta(seconds=step * 47)) for step in range(480)]

    for before, after in pairwise(quotes):
        assert before.high is not None and after.high is not None  # noqa: PT018
        assert before.low is not None and after.low is not None  # noqa: PT018
        assert after.high >= before.high
        assert after.low <= before.low
        assert after.volume >= before.volume
        assert after.open == before.open


def test_without_trading_there_is_a_last_price_and_no_bid() -> None:
    quote = paper_market(prices={}).quote(ACME, at("03:00:00"))

    assert (quote.bid, quote.ask) == (None, None)
    assert (quote.last, quote.bid_size) == (D("101.50"), D(0))


def test_early_hours_lead_from_the_close_before_to_the_open() -> None:
    book = paper_market(prices={})

    assert book.quote(ACME, at("09:00:00")).last == D("101.50")
    assert book.quote(ACME, at("09:00:00")).open is None
    assert book.quote(ACME, at("14:30:00")).last == book.quote(ACME, at("14:30:00")).open


def test_a_day_without_a_close_ends_at_an_invented_one_near_the_last() -> None:
    for seed in SEEDS:
        close = paper_market(seed=seed, prices={}).close(ACME, WEDNESDAY)
        assert close is not None
        assert D("98.95") <= close <= D("104.05")
    assert paper_market().close(ACME, date(2026, 11, 26)) is None
    assert paper_market().close(ACME, TUESDAY) == D("101.50")


def test_a_held_price_stands_until_it_is_released() -> None:
    book = paper_market(prices={})
    free = book.quote(ACME, NOW)
    book.set_price(ACME, D("77.10"), NOW, size=D(300))
    held = book.quote(ACME, NOW + timedelta(minutes=9))
    book.set_price(ACME, D("77.10"), NOW, bid=D("77.00"), ask=D("77.30"))
    wide = book.quote(ACME, NOW)
    book.release_price(ACME, NOW)

    assert (held.bid, held.last, held.ask, held.ask_size) == (D("77.09"), D("77.10"), D("77.11"), D(300))
    assert (wide.bid, wide.ask, wide.bid_size) == (D("77.00"), D("77.30"), D(1000))
    assert book.quote(ACME, NOW) == free


def test_a_halted_contract_shows_no_bid_and_resumes_where_it_would_be() -> None:
    book = paper_market(prices={})
    free = book.quote(ACME, NOW)
    book.halt(ACME, NOW)
    halted = book.quote(ACME, NOW)
    book.resume(ACME, NOW)

    assert (halted.is_halted, halted.bid, halted.ask, halted.last) == (True, None, None, free.last)
    assert book.quote(ACME, NOW) == free


def test_an_endless_market_quotes_on_saturday_night() -> None:
    quote = paper_market(is_always_open=True, prices={}).quote(ACME, at("03:00:00", date(2026, 11, 29)))

    assert quote.bid is not None
    assert quote.open is not None


def test_what_is_listed_can_be_asked_for() -> None:
    book = paper_market()

    assert book.contracts() == list(CONTRACTS)
    assert book.contract(FUND) == CONTRACTS[2]
    assert book.contract(5) is None


def listed(closes: dict[date, Decimal]) -> Market:
    """A market in one stock, with sessions from Monday to Wednesday."""
    return Market(CONTRACTS[:1], {ACME: closes}, Calendar(new_york_sessions(MONDAY, WEDNESDAY)), seed=1)


def test_closes_before_the_first_session_say_where_it_begins() -> None:
    market = listed({date(2026, 11, 19): D(50), date(2026, 11, 20): D(60), TUESDAY: D(61)})
    monday, tuesday, _ = market.calendar.sessions

    assert (market.close(ACME, monday), market.close(ACME, tuesday)) == (D(60), D(61))
    later = listed({date(2026, 11, 20): D(60)})
    assert D("58.50") <= later.close(ACME, monday) <= D("61.50")


def test_a_day_without_a_close_among_known_ones_ends_where_the_day_before_did() -> None:
    market = listed({MONDAY: D("60.25"), WEDNESDAY: D(61)})

    assert market.close(ACME, market.calendar.sessions[1]) == D("60.25")


def test_a_contract_without_closes_begins_near_a_hundred() -> None:
    market = listed({})

    assert D(97) < market.close(ACME, market.calendar.sessions[0]) < D(103)


def test_a_close_with_more_places_than_the_tick_is_told_as_it_is_and_traded_on_the_tick() -> None:
    market = listed({MONDAY: D("60.2571"), TUESDAY: D(61)})

    assert market.close(ACME, market.calendar.sessions[0]) == D("60.2571")
    assert market.closing_price(ACME, at("21:00:00", MONDAY)) == D("60.26")


def test_the_market_keeps_no_more_ways_than_it_needs() -> None:
    market = Market(
        CONTRACTS[:1], {}, Calendar(new_york_sessions(date(2024, 9, 2), date(2026, 11, 25))), seed=1
    )
    first = market.path(ACME, market.calendar.sessions[0])
    for session in market.calendar.sessions:
        market.path(ACME, session)

    assert len(market._paths) == KEPT_PATHS
    assert market.path(ACME, market.calendar.sessions[0]) == first


def test_daily_bars_end_at_the_closes() -> None:
    bars = paper_market(prices={}).bars(ACME, until=NOW, span_seconds=5 * 86_400, size_seconds=86_400)

    assert [bar.begins.date() for bar in bars] == [MONDAY, TUESDAY, WEDNESDAY]
    assert [bar.close for bar in bars[:2]] == [D("100.00"), D("101.50")]


def test_the_days_bar_is_what_the_quote_tells_of_the_day() -> None:
    book = paper_market(prices={})
    until = NOW + timedelta(seconds=23)
    bar = book.bars(ACME, until=until, span_seconds=86_400, size_seconds=86_400)[-1]
    quote = book.quote(ACME, until)

    assert (bar.open, bar.volume, bar.close) == (quote.open, quote.volume, quote.last)
    assert (bar.high, bar.low) == (quote.high, quote.low)


@pytest.mark.parametrize("size", [1, 30, 60, 300, 3_600])
def test_bars_of_any_size_join_and_add_up(size: int) -> None:
    book = paper_market(prices={})
    bars = book.bars(ACME, until=NOW, span_seconds=3_600, size_seconds=size)
    hour = book.bars(ACME, until=NOW, span_seconds=3_600, size_seconds=3_600)[0]

    assert len(bars) == 3_600 // size
    assert bars[0].begins == at("14:30:00")
    assert all(before.close == after.open for before, after in pairwise(bars))
    assert sum(bar.volume for bar in bars) == hour.volume
    assert (max(bar.high for bar in bars), min(bar.low for bar in bars)) == (hour.high, hour.low)
    assert all(bar.low <= bar.average <= bar.high for bar in bars)
