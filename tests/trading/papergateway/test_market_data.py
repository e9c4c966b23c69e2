"""What a real client learns of the market: listings, quotes of every kind, ticks and bars."""

import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from ib_insync import IB, BarData, Contract, Stock, Ticker

from tests.trading.papergateway.exchange.paper_market import ACME, FUND, GLOBEX, at
from tests.trading.papergateway.gateway_fixture import RunningGateway, paper_book, running_gateway, until
from trading.papergateway.quote_streams import QuoteStream

D = Decimal


def errors_of(ib: IB) -> list[tuple[int, int]]:
    """Numbers and codes of the errors that the client hears from now on."""
    said: list[tuple[int, int]] = []
    ib.errorEvent += lambda number, code, *_: said.append((number, code))
    return said


def ticks_of(ticker: Ticker) -> list[tuple[int, float]]:
    """Ticks that come from now on, by kind."""
    ticks: list[tuple[int, float]] = []
    ticker.updateEvent += lambda each: ticks.extend((tick.tickType, tick.price) for tick in each.ticks)
    return ticks


def moment_of(bar: BarData) -> datetime:
    """When a bar of less than a day begins."""
    assert isinstance(bar.date, datetime)
    return bar.date.astimezone(UTC)


# --- Listings --------------------------------------------------------------------------------------


async def test_a_symbol_is_qualified_into_its_contract(ib: IB) -> None:
    acme, globex = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"), Stock("GLBX", "NYSE", "USD"))

    assert (acme.conId, acme.primaryExchange, acme.tradingClass, acme.localSymbol) == (
        ACME,
        "NASDAQ",
        "NMS",
        "ACME",
    )
    assert (globex.conId, globex.primaryExchange, globex.tradingClass) == (GLOBEX, "NYSE", "GLBX")


async def test_what_is_not_listed_is_answered_by_200(ib: IB) -> None:
    said = errors_of(ib)
    assert await ib.qualifyContractsAsync(Stock("NOPE", "SMART", "USD")) == []
    assert await ib.qualifyContractsAsync(Stock("ACME", "SMART", "EUR"), Stock("ACME", "LSE", "USD")) == []

    assert [code for _, code in said] == [200, 200, 200]


async def test_the_details_of_a_listing_tell_its_steps_and_hours(ib: IB) -> None:
    (found,) = await ib.reqContractDetailsAsync(Contract(conId=FUND))

    assert (found.longName, found.minTick, found.sizeIncrement, found.minSize) == (
        "Fund of Fractions",
        0.01,
        0.0001,
        0.0001,
    )
    assert (found.timeZoneId, found.stockType, found.validExchanges) == (
        "US/Eastern",
        "COMMON",
        "SMART,NASDAQ",
    )
    trading, liquid = found.tradingHours.split(";"), found.liquidHours.split(";")
    assert trading[:2] == ["20261125:0400-20261125:2000", "20261126:CLOSED"]
    assert liquid[:3] == ["20261125:0930-20261125:1600", "20261126:CLOSED", "20261127:0930-20261127:1300"]


async def test_the_rule_of_a_listing_tells_in_which_steps_prices_move(ib: IB) -> None:
    (found,) = await ib.reqContractDetailsAsync(Stock("ACME", "SMART", "USD"))
    number = int(found.marketRuleIds.split(",")[0])
    steps = await asyncio.wait_for(ib.reqMarketRuleAsync(number), 2) or []

    assert number == 26
    assert [(step.lowEdge, step.increment) for step in steps] == [(0.0, 0.01)]


async def test_an_unknown_rule_is_refused(ib: IB) -> None:
    said = errors_of(ib)
    ib.client.reqMarketRule(999)
    await until(lambda: said)

    assert said == [(-1, 321)]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("AC", ["ACME"]),
        ("corp", ["ACME", "GLBX"]),
        ("glbx", ["GLBX"]),
        ("fund", ["FUND"]),
        ("zzz", []),
        (" ", []),
    ],
)
async def test_symbols_are_found_by_their_beginning_or_a_word_of_the_name(
    ib: IB, pattern: str, found: Sequence[str]
) -> None:
    samples = await asyncio.wait_for(ib.reqMatchingSymbolsAsync(pattern), 2)

    assert samples is not None
    assert [each.contract and each.contract.symbol for each in samples] == list(found)


async def test_nothing_has_options(ib: IB) -> None:
    assert await asyncio.wait_for(ib.reqSecDefOptParamsAsync("ACME", "", "STK", ACME), 2) == []


async def test_there_is_no_book_by_price_level(ib: IB, acme: Contract) -> None:
    said = errors_of(ib)
    ticker = ib.reqMktDepth(acme)
    await until(lambda: said)
    ib.cancelMktDepth(acme)

    assert said == [(said[0][0], 10092)]
    assert ticker.domBids == []


# --- Quotes ----------------------------------------------------------------------------------------


async def test_a_quote_begins_with_everything_that_is_known(ib: IB, acme: Contract) -> None:
    ticker = ib.reqMktData(acme)
    await until(lambda: ticker.last == 100)

    assert (ticker.bid, ticker.ask, ticker.last) == (99.99, 100.01, 100.0)
    assert (ticker.bidSize, ticker.askSize, ticker.lastSize) == (1000, 1000, 100)
    assert (ticker.close, ticker.marketDataType, ticker.minTick) == (101.5, 1, 0.01)
    assert ticker.halted == 0
    assert not math.isnan(ticker.volume)


async def test_only_what_changed_is_told_again(running: RunningGateway, ib: IB, acme: Contract) -> None:
    ticker = ib.reqMktData(acme)
    await until(lambda: ticker.last == 100)
    ticks = ticks_of(ticker)
    running.tick()
    await asyncio.sleep(0.01)
    assert ticks == []

    running.operator.set_price("ACME", D(101), bid=D("99.99"), ask=D("101.5"))
    running.tick()
    await until(lambda: ticker.last == 101)
    assert (ticker.bid, ticker.ask) == (99.99, 101.5)
    assert {2, 4} <= {kind for kind, _ in ticks}
    assert 1 not in {kind for kind, _ in ticks}


async def test_a_halted_contract_says_so_and_has_no_sides(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    ticker = ib.reqMktData(acme)
    await until(lambda: ticker.bid == 99.99)
    running.operator.halt("ACME")
    running.tick()
    await until(lambda: ticker.halted == 1)
    assert (ticker.bid, ticker.ask) == (-1, -1)

    running.operator.halt("ACME", is_halted=False)
    running.tick()
    await until(lambda: ticker.halted == 0)
    assert (ticker.bid, ticker.ask) == (99.99, 100.01)


async def test_generic_ticks_bring_the_mark_and_the_trades(ib: IB, acme: Contract) -> None:
    ticker = ib.reqMktData(acme, "221,233")
    await until(lambda: ticker.markPrice == 100)

    assert (ticker.rtVolume > 0, ticker.rtTime) == (True, datetime(2026, 11, 25, 15, 30, tzinfo=UTC))


async def test_a_generic_tick_that_stocks_do_not_have_is_refused(ib: IB, acme: Contract) -> None:
    said = errors_of(ib)
    ib.reqMktData(acme, "221,888")
    await until(lambda: said)

    assert [code for _, code in said] == [321]


async def test_a_snapshot_is_told_once(running: RunningGateway, ib: IB, acme: Contract) -> None:
    (ticker,) = await asyncio.wait_for(ib.reqTickersAsync(acme), 2)
    assert (ticker.bid, ticker.last) == (99.99, 100.0)

    running.operator.set_price("ACME", D(105))
    running.tick()
    await asyncio.sleep(0.01)
    assert ticker.last == 100.0


async def test_an_ended_subscription_is_silent(running: RunningGateway, ib: IB, acme: Contract) -> None:
    ticker = ib.reqMktData(acme)
    await until(lambda: ticker.last == 100)
    ib.cancelMktData(acme)
    streams = running.gateway.hub.sessions[1].streams
    await until(lambda: not any(isinstance(stream, QuoteStream) for stream in streams.values()))
    running.operator.set_price("ACME", D(105))
    running.tick()
    await asyncio.sleep(0.01)

    assert ticker.last == 100.0


async def test_delayed_data_comes_under_its_own_numbers_and_is_a_quarter_of_an_hour_old(
    running: RunningGateway, ib: IB
) -> None:
    running.operator.faults.has_live_data = False
    (fund,) = await ib.qualifyContractsAsync(Stock("FUND", "SMART", "USD"))
    said = errors_of(ib)
    ib.reqMarketDataType(3)
    ticker = ib.reqMktData(fund)
    kinds: list[int] = []
    ticker.updateEvent += lambda each: kinds.extend(tick.tickType for tick in each.ticks)
    await until(lambda: ticker.last == ticker.last)
    early = running.book.quote(FUND, running.clock.now - timedelta(minutes=15))

    assert ticker.marketDataType == 3
    assert [code for _, code in said] == [10167]
    assert (ticker.bid, ticker.ask, ticker.last) == tuple(
        float(each or 0) for each in (early.bid, early.ask, early.last)
    )
    assert {66, 67, 68, 71, 72, 73, 74, 75, 76} <= set(kinds)


async def test_who_may_see_live_data_sees_it_even_when_asking_for_delayed_data(
    ib: IB, acme: Contract
) -> None:
    ib.reqMarketDataType(3)
    ticker = ib.reqMktData(acme)
    await until(lambda: ticker.last == 100)

    assert ticker.marketDataType == 1


@pytest.mark.parametrize(
    ("kind", "has_delayed", "code"), [(1, True, 354), (2, True, 354), (3, False, 10168), (4, False, 10168)]
)
async def test_who_may_not_see_data_is_told_so(
    *, running: RunningGateway, ib: IB, acme: Contract, kind: int, code: int, has_delayed: bool
) -> None:
    running.operator.faults.has_live_data = False
    running.operator.faults.has_delayed_data = has_delayed
    said = errors_of(ib)
    ib.reqMarketDataType(kind)
    ib.reqMktData(acme)
    await until(lambda: said)

    assert [number for _, number in said] == [code]


@pytest.mark.parametrize(
    ("asked", "is_live", "told"), [(2, True, 2), (1, True, 1), (4, False, 4), (3, False, 3)]
)
async def test_a_frozen_kind_shows_the_last_quote_of_a_market_that_rests(
    running: RunningGateway, ib: IB, asked: int, told: int, is_live: bool
) -> None:
    running.operator.faults.has_live_data = is_live
    running.clock.now = at("02:30:00", date(2026, 11, 26))
    (fund,) = await ib.qualifyContractsAsync(Stock("FUND", "SMART", "USD"))
    ib.reqMarketDataType(asked)
    ticker = ib.reqMktData(fund)
    await until(lambda: ticker.close == ticker.close)

    assert ticker.marketDataType == told
    assert (ticker.bid > 0) == (asked in {2, 4})


async def test_a_kind_of_data_that_does_not_exist_is_refused(ib: IB) -> None:
    said = errors_of(ib)
    ib.reqMarketDataType(9)
    await until(lambda: said)

    assert said == [(-1, 321)]


async def test_more_than_100_lines_are_refused(
    ib: IB, acme: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ib.client, "MaxRequests", 0)
    said = errors_of(ib)
    for number in range(1000, 1101):
        ib.client.reqMktData(number, acme, "", False, False, [])
    ib.client.reqMktData(1000, acme, "", False, False, [])
    await until(lambda: len(said) == 2)

    assert said == [(1100, 101), (1000, 322)]


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("Last", (100.0,), (102.0,)),
        ("AllLast", (100.0,), (102.0,)),
        ("BidAsk", (99.99, 100.01), (101.99, 102.01)),
        ("MidPoint", (100.0,), (102.0,)),
    ],
)
async def test_ticks_are_streamed_one_by_one(
    *,
    running: RunningGateway,
    ib: IB,
    acme: Contract,
    kind: str,
    first: tuple[float, ...],
    second: tuple[float, ...],
) -> None:
    ticker = ib.reqTickByTickData(acme, kind)
    seen: list[tuple[float, ...]] = []
    names = {"BidAsk": ("bidPrice", "askPrice"), "MidPoint": ("midPoint",)}.get(kind, ("price",))
    ticker.updateEvent += lambda each: seen.extend(
        tuple(getattr(tick, name) for name in names) for tick in each.tickByTicks
    )
    await until(lambda: seen)
    running.tick()
    running.operator.set_price("ACME", D(102))
    running.tick()
    await until(lambda: len(seen) == 2)
    ib.cancelTickByTickData(acme, kind)

    assert seen == [first, second]


async def test_a_kind_of_tick_that_does_not_exist_is_refused(ib: IB, acme: Contract) -> None:
    said = errors_of(ib)
    ib.client.reqTickByTickData(77, acme, "Sometimes", 0, False)
    await until(lambda: said)

    assert said == [(77, 321)]


# --- Bars ------------------------------------------------------------------------------------------


async def test_daily_bars_end_with_the_known_closes(running: RunningGateway, ib: IB, acme: Contract) -> None:
    bars = await ib.reqHistoricalDataAsync(acme, "", "3 D", "1 day", "TRADES", useRTH=True, timeout=2)

    assert [(bar.date, bar.close) for bar in bars[:2]] == [
        (date(2026, 11, 23), 100.0),
        (date(2026, 11, 24), 101.5),
    ]
    assert bars[2].date == date(2026, 11, 25)
    assert all(bar.low <= bar.open <= bar.high and bar.volume > 0 and bar.barCount > 0 for bar in bars)


async def test_bars_of_minutes_carry_their_zone_or_seconds_since_1970(ib: IB, acme: Contract) -> None:
    words = await ib.reqHistoricalDataAsync(acme, "", "1800 S", "5 mins", "TRADES", useRTH=True, timeout=2)
    seconds = await ib.reqHistoricalDataAsync(
        acme, "", "1800 S", "5 mins", "TRADES", useRTH=True, formatDate=2, timeout=2
    )

    assert [moment_of(bar) for bar in words] == [at(f"15:{minute:02d}:00") for minute in range(0, 30, 5)]
    assert [bar.date for bar in seconds] == [moment_of(bar) for bar in words]


async def test_the_past_may_end_in_the_past(ib: IB, acme: Contract) -> None:
    bars = await ib.reqHistoricalDataAsync(
        acme, "20261124 23:59:59 US/Eastern", "1 D", "1 hour", "MIDPOINT", useRTH=True, timeout=2
    )

    assert [bar.date.strftime("%d %H:%M") for bar in bars][:2] == ["24 09:30", "24 10:30"]
    assert len(bars) == 7
    assert {(bar.volume, bar.average, bar.barCount) for bar in bars} == {(-1.0, -1.0, -1)}


async def test_weeks_and_months_are_made_of_days(ib: IB, acme: Contract) -> None:
    weeks = await ib.reqHistoricalDataAsync(acme, "", "2 W", "1 week", "TRADES", useRTH=True, timeout=2)
    days = await ib.reqHistoricalDataAsync(acme, "", "2 W", "1 day", "TRADES", useRTH=True, timeout=2)

    assert len(days) == 10
    assert [sum(bar.volume for bar in group) for group in (days[:2], days[2:7], days[7:])] == [
        bar.volume for bar in weeks
    ]
    assert (weeks[-1].open, weeks[-1].close, weeks[-1].high) == (
        days[7].open, days[-1].close, max(bar.high for bar in days[7:])
    )  # fmt: skip


@pytest.mark.parametrize(
    ("end", "duration", "size", "what", "keeps", "code"),
    [
        ("", "3 X", "1 day", "TRADES", False, 321),
        ("", "3 D", "1 fortnight", "TRADES", False, 321),
        ("", "3 D", "1 day", "OPTION_IMPLIED_VOLATILITY", False, 321),
        ("yesterday", "3 D", "1 day", "TRADES", False, 321),
        ("20261124 23:59:59 US/Eastern", "3 D", "1 day", "TRADES", True, 321),
        ("", "1 Y", "1 secs", "TRADES", False, 321),
        ("20200101 00:00:00 US/Eastern", "1 D", "1 day", "TRADES", False, 162),
    ],
)
async def test_bars_that_cannot_be_told_are_refused(
    *, ib: IB, acme: Contract, end: str, duration: str, size: str, what: str, keeps: bool, code: int
) -> None:
    said = errors_of(ib)
    ib.client.reqHistoricalData(77, acme, end, duration, size, what, True, 1, keeps, [])
    await until(lambda: said)

    assert said == [(77, code)]


async def test_a_history_that_is_kept_up_to_date_tells_its_newest_bar_again(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    bars = await ib.reqHistoricalDataAsync(
        acme, "", "600 S", "1 min", "TRADES", useRTH=True, keepUpToDate=True, timeout=2
    )
    news: list[bool] = []
    bars.updateEvent += lambda _, is_new: news.append(is_new)
    assert len(bars) == 10
    running.tick(seconds=20)
    await until(lambda: len(bars) == 11)
    first = bars[-1].volume
    running.tick(seconds=20)
    await until(lambda: bars[-1].volume > first)
    running.tick(seconds=30)
    await until(lambda: len(bars) == 12)
    ib.cancelHistoricalData(bars)

    assert news[0] is True
    assert news.count(True) == 2
    assert [moment_of(bar) for bar in bars[-2:]] == [at("15:30:00"), at("15:31:00")]


async def test_bars_of_five_seconds_come_as_they_end(running: RunningGateway, ib: IB, acme: Contract) -> None:
    bars = ib.reqRealTimeBars(acme, 5, "TRADES", True)
    await asyncio.sleep(0.01)
    running.tick(seconds=4)
    running.tick(seconds=1.5)
    await until(lambda: len(bars) == 1)
    running.tick(seconds=10)
    await until(lambda: len(bars) == 3)
    ib.cancelRealTimeBars(bars)

    assert [bar.time for bar in bars] == [at("15:30:00"), at("15:30:05"), at("15:30:10")]
    assert all(bar.low <= bar.close <= bar.high for bar in bars)


async def test_bars_of_five_seconds_of_an_unknown_kind_are_refused(ib: IB, acme: Contract) -> None:
    said = errors_of(ib)
    ib.client.reqRealTimeBars(77, acme, 5, "GOSSIP", True, [])
    await until(lambda: said)

    assert said == [(77, 321)]


@pytest.mark.parametrize("form", [1, 2])
async def test_the_beginning_of_a_history_is_told(ib: IB, acme: Contract, form: int) -> None:
    begins = await asyncio.wait_for(ib.reqHeadTimeStampAsync(acme, "TRADES", True, form), 2)

    told = begins if begins.tzinfo else begins.replace(tzinfo=UTC)
    assert told == datetime(2026, 10, 26, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "verb", ["reqMktData", "reqHistoricalData", "reqRealTimeBars", "reqTickByTickData", "reqHeadTimeStamp"]
)
async def test_an_unknown_contract_is_refused_whatever_is_asked_of_it(ib: IB, verb: str) -> None:
    said = errors_of(ib)
    nope = Stock("NOPE", "SMART", "USD")
    arguments: tuple[Any, ...] = {
        "reqMktData": (nope, "", False, False, []),
        "reqHistoricalData": (nope, "", "1 D", "1 day", "TRADES", True, 1, False, []),
        "reqRealTimeBars": (nope, 5, "TRADES", True, []),
        "reqTickByTickData": (nope, "Last", 0, False),
        "reqHeadTimeStamp": (nope, "TRADES", True, 1),
    }[verb]
    getattr(ib.client, verb)(77, *arguments)
    await until(lambda: said)

    assert said == [(77, 200)]


async def test_a_market_that_never_closes_quotes_on_a_holiday() -> None:
    async with running_gateway(paper_book(is_always_open=True)) as running:
        running.clock.now = at("08:00:00", date(2026, 11, 26))
        quote = running.book.quote(ACME, running.clock.now)

    assert quote.bid is not None
    assert quote.ask is not None
