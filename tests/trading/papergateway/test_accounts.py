"""What a real client learns of accounts: values, positions, summaries and gains, and how they change."""

import asyncio
import math
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from ib_insync import IB, Contract, MarketOrder, Stock

from tests.trading.papergateway.conftest import Connect
from tests.trading.papergateway.exchange.paper_market import ACME, GLOBEX
from tests.trading.papergateway.gateway_fixture import (
    ALICE,
    BOB,
    RunningGateway,
    held_prices,
    paper_book,
    running_gateway,
    until,
)
from trading.papergateway.exchange.book import PaperAccount

D = Decimal


@pytest.fixture
async def running(_decoded: None) -> AsyncIterator[RunningGateway]:
    """Alice holds 100 ACME that cost 90 and Bob is short 10 GLBX that brought 42."""
    held = ((ALICE, ACME, "100", "90"), (BOB, GLOBEX, "-10", "42"))
    async with running_gateway(held_prices(paper_book(held=held), ACME="100", GLBX="40")) as running:
        yield running


async def test_positions_of_every_account_are_told(ib: IB) -> None:
    assert [(each.account, each.contract.symbol, each.position, each.avgCost) for each in ib.positions()] == [
        (ALICE, "ACME", 100.0, 90.0),
        (BOB, "GLBX", -10.0, 42.0),
    ]


async def test_a_fill_changes_the_positions_that_are_followed(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    ib.placeOrder(acme, MarketOrder("SELL", 100, account=ALICE))
    await until(lambda: [each.contract.symbol for each in ib.positions()] == ["GLBX"])
    ib.placeOrder(acme, MarketOrder("BUY", 10, account=ALICE))
    await until(lambda: len(ib.positions()) == 2)

    assert {
        (each.account, each.position, each.avgCost) for each in ib.positions() if each.contract.conId == ACME
    } == {(ALICE, 10.0, 100.11)}


async def test_no_position_is_told_any_more_once_that_is_asked(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    ib.client.cancelPositions()
    ib.placeOrder(acme, MarketOrder("SELL", 100, account=ALICE))
    await until(running.book.completed_orders)
    running.tick()
    await asyncio.sleep(0.01)

    assert len(ib.positions()) == 2


async def test_the_values_and_the_portfolio_of_one_account_are_told(connect: Connect) -> None:
    ib = await connect(1, account=ALICE)

    values = {(each.tag, each.currency): each.value for each in ib.accountValues(ALICE)}
    assert values["NetLiquidation", "USD"] == "110000.00"
    assert values["CashBalance", "BASE"] == "100000.00"
    assert values["AccountReady", ""] == "true"
    (item,) = ib.portfolio()
    assert (item.contract.symbol, item.position, item.marketPrice) == ("ACME", 100.0, 100.0)
    assert (item.marketValue, item.averageCost, item.unrealizedPNL, item.realizedPNL) == (
        10000.0,
        90.0,
        1000.0,
        0.0,
    )


async def test_the_portfolio_follows_a_sale_to_its_end(running: RunningGateway, connect: Connect) -> None:
    ib = await connect(1, account=ALICE)
    (acme,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
    ib.placeOrder(acme, MarketOrder("SELL", 100, account=ALICE))
    await until(lambda: not ib.portfolio())
    values = {each.tag: each.value for each in ib.accountValues(ALICE) if each.currency == "USD"}

    assert values["TotalCashValue"] == "109998.00"
    assert values["RealizedPnL"] == "998.00"


async def test_an_account_is_told_again_after_three_minutes(
    running: RunningGateway, connect: Connect
) -> None:
    ib = await connect(1, account=ALICE)
    running.operator.set_price("ACME", D(101))
    running.tick(seconds=170)
    await asyncio.sleep(0.01)
    assert ib.portfolio()[0].marketPrice == 100.0

    running.tick(seconds=10)
    await until(lambda: ib.portfolio()[0].marketPrice == 101.0)


async def test_following_an_account_ends_when_asked(running: RunningGateway, connect: Connect) -> None:
    ib = await connect(1, account=ALICE)
    ib.client.reqAccountUpdates(False, ALICE)
    await until(lambda: "account" not in running.gateway.hub.sessions[1].streams)


async def test_a_summary_holds_the_tags_that_were_asked_for(
    running: RunningGateway, ib: IB, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    rows: list[tuple[str, str, str, str]] = []
    monkeypatch.setattr(ib.wrapper, "accountSummaryEnd", done.append)
    monkeypatch.setattr(ib.wrapper, "accountSummary", lambda _, *row: rows.append(row))
    ib.client.reqAccountSummary(77, "All", "NetLiquidation,BuyingPower")
    await until(lambda: done)

    assert {(account, tag) for account, tag, *_ in rows} == {
        (account, tag) for account in (ALICE, BOB) for tag in ("NetLiquidation", "BuyingPower")
    }
    assert (ALICE, "NetLiquidation", "110000.00", "USD") in rows

    rows.clear()
    running.operator.set_price("ACME", D(102))
    running.tick(seconds=180)
    await until(lambda: rows)
    assert rows == [(ALICE, "NetLiquidation", "110200.00", "USD")]


async def test_two_summaries_may_be_followed_and_no_more(ib: IB) -> None:
    said: list[tuple[int, int]] = []
    ib.errorEvent += lambda number, code, *_: said.append((number, code))
    for number in (77, 78, 79):
        ib.client.reqAccountSummary(number, "All", "NetLiquidation,$LEDGER:ALL")
    await until(lambda: said)
    assert said == [(79, 322)]

    ib.client.cancelAccountSummary(77)
    ib.client.reqAccountSummary(80, "All", "NetLiquidation")
    await asyncio.wait_for(asyncio.ensure_future(ib.reqCurrentTimeAsync()), 2)
    assert said == [(79, 322)]


async def test_gains_of_an_account_are_told_at_most_once_a_second(running: RunningGateway, ib: IB) -> None:
    pnl = ib.reqPnL(ALICE)
    await until(lambda: not math.isnan(pnl.dailyPnL))
    # ACME closed at 101.50 the day before and cost 90.
    assert (pnl.dailyPnL, pnl.unrealizedPnL, pnl.realizedPnL) == (-150.0, 1000.0, 0.0)

    running.operator.set_price("ACME", D(103))
    running.tick(seconds=0.5)
    await asyncio.sleep(0.01)
    assert pnl.dailyPnL == -150.0
    running.tick(seconds=0.5)
    await until(lambda: pnl.dailyPnL == 150.0)
    ib.cancelPnL(ALICE)


async def test_gains_of_a_position_count_what_was_traded_today(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    pnl = ib.reqPnLSingle(ALICE, "", ACME)
    await until(lambda: pnl.position == 100)
    ib.placeOrder(acme, MarketOrder("SELL", 40, account=ALICE))
    await until(lambda: pnl.position == 60)
    ib.cancelPnLSingle(ALICE, "", ACME)

    # 100 shares fell from 101.50 to 100.00; 40 went for 99.99, with a commission of 1.
    assert pnl.dailyPnL == pytest.approx(-150.0 - 0.40 - 1.0)
    assert pnl.realizedPnL == pytest.approx(40 * 9.99 - 1.0)
    assert (pnl.unrealizedPnL, pnl.value) == (600.0, 6000.0)


async def test_gains_of_nothing_have_no_value(ib: IB) -> None:
    pnl = ib.reqPnLSingle(BOB, "", ACME)
    await until(lambda: not math.isnan(pnl.dailyPnL))

    assert (pnl.dailyPnL, pnl.value) == (0.0, 1.7976931348623157e308)


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.reqPnL(77, "DU999", ""),
        lambda client: client.reqPnLSingle(77, ALICE, "", 5),
        lambda client: client.reqAccountUpdates(True, "DU999"),
        lambda client: client.reqAccountUpdatesMulti(77, "DU999", "", False),
    ],
)
async def test_an_unknown_account_or_contract_is_refused(ib: IB, ask: object) -> None:
    said: list[int] = []
    ib.errorEvent += lambda _, code, *__: said.append(code)
    ask(ib.client)  # type: ignore[operator]
    await until(lambda: said)

    assert said == [321]


@pytest.mark.usefixtures("_decoded")
async def test_a_login_with_one_account_needs_not_name_it() -> None:
    book = held_prices(paper_book(accounts=[PaperAccount(name="DU7", cash=D(5000))]), ACME="100")
    async with running_gateway(book) as running:
        ib = IB()
        await ib.connectAsync("127.0.0.1", running.port, 1, timeout=2)
        (acme,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
        trade = ib.placeOrder(acme, MarketOrder("BUY", 10))
        await until(lambda: trade.orderStatus.status == "Filled")
        ib.disconnect()
        await until(lambda: not running.gateway.links)

        assert [position.account for position in running.book.positions()] == ["DU7"]
