"""Every fault on demand, and what a real client makes of it."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from ib_insync import IB, Contract, LimitOrder, MarketOrder, Stock, Trade

from tests.trading.papergateway.conftest import Connect
from tests.trading.papergateway.gateway_fixture import (
    ALICE,
    HandClock,
    RunningGateway,
    running_gateway,
    until,
)

D = Decimal


def buy(ib: IB, acme: Contract, price: float | None = 99.5, ref: str = "") -> Trade:
    """A buy of Alice's: at a limit that is not met, or at market."""
    order = MarketOrder("BUY", 5) if price is None else LimitOrder("BUY", 5, price)
    order.account, order.orderRef = ALICE, ref
    return ib.placeOrder(acme, order)


def frames_of(ib: IB, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Messages about orders that the client is told from now on."""
    heard: list[tuple[str, ...]] = []
    interpret: Callable[[list[str]], None] = ib.client.decoder.interpret

    def listen(fields: list[str]) -> None:
        if fields[0] in {"3", "5", "11", "59"}:
            heard.append(tuple(fields))
        interpret(fields)

    monkeypatch.setattr(ib.client.decoder, "interpret", listen)
    return heard


def errors_of(ib: IB) -> list[tuple[int, int]]:
    """Numbers and codes of errors from now on."""
    said: list[tuple[int, int]] = []
    ib.errorEvent += lambda number, code, *_: said.append((number, code))
    return said


# --- Connections -----------------------------------------------------------------------------------


async def test_a_reset_is_noticed_at_once(running: RunningGateway, ib: IB) -> None:
    gone: list[bool] = []
    ib.disconnectedEvent += lambda: gone.append(True)
    running.gateway.drop_all()
    await until(lambda: gone)

    assert not ib.isConnected()
    assert running.gateway.hub.sessions == {}


async def test_a_half_open_gateway_takes_connections_and_never_answers(
    running: RunningGateway, ib: IB
) -> None:
    running.operator.faults.is_half_open = True
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.ensure_future(ib.reqCurrentTimeAsync()), 0.05)
    other = IB()
    with pytest.raises(TimeoutError):
        await other.connectAsync("127.0.0.1", running.port, 2, timeout=0.05)

    assert ib.isConnected()
    running.operator.clear()
    ib.disconnect()


async def test_a_muted_kind_of_request_is_never_answered(running: RunningGateway, ib: IB) -> None:
    running.operator.faults.muted_kinds = {"49"}
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.ensure_future(ib.reqCurrentTimeAsync()), 0.05)
    running.operator.clear()
    ib.disconnect()


async def test_a_client_whose_executions_are_not_told_does_not_come_in(running: RunningGateway) -> None:
    running.operator.faults.muted_kinds = {"7"}
    ib = IB()
    with pytest.raises(TimeoutError):
        await ib.connectAsync("127.0.0.1", running.port, 2, timeout=0.1)


async def test_a_muted_number_is_never_answered_and_others_are(running: RunningGateway, ib: IB) -> None:
    running.operator.faults.muted_numbers = {77}
    said = errors_of(ib)
    nope = Stock("NOPE", "SMART", "USD")
    ib.client.reqContractDetails(77, nope)
    ib.client.reqContractDetails(78, nope)
    await until(lambda: said)

    assert said == [(78, 200)]


async def test_a_stall_loses_nothing(running: RunningGateway, ib: IB, acme: Contract) -> None:
    running.gateway.stall(0.05)
    trade = buy(ib, acme)
    await asyncio.sleep(0.02)
    assert (trade.orderStatus.status, running.book.open_orders()) == ("PendingSubmit", [])

    await until(lambda: trade.orderStatus.status == "Submitted")
    assert len(running.book.open_orders()) == 1


async def test_a_frame_that_is_cut_short_ends_the_connection(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    running.operator.faults.truncated_frames = 1
    trade = buy(ib, acme)
    await until(lambda: not ib.isConnected())

    assert trade.orderStatus.status == "PendingSubmit"
    assert len(running.book.open_orders()) == 1


async def test_a_frame_of_garbage_reaches_the_clients_log_and_hurts_nothing_else() -> None:
    """Outside of the watch for undecoded messages: this one cannot be decoded."""
    async with running_gateway() as running:
        ib = IB()
        await ib.connectAsync("127.0.0.1", running.port, 1, timeout=2)
        running.operator.faults.garbage_frames = 1
        await asyncio.wait_for(asyncio.ensure_future(ib.reqCurrentTimeAsync()), 2)
        assert ib.isConnected()
        ib.disconnect()
        await until(lambda: not running.gateway.links)


async def test_a_restart_at_night_hands_out_numbers_again(
    running: RunningGateway, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    ib = await connect(1)
    (acme,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
    trade = buy(ib, acme)
    await until(lambda: trade.orderStatus.permId)
    running.gateway.restart(rollback=1, seconds=0.05)
    await until(lambda: not ib.isConnected())
    refused = IB()
    with pytest.raises((TimeoutError, ConnectionError)):
        await refused.connectAsync("127.0.0.1", running.port, 1, timeout=0.02)
    await asyncio.sleep(0.05)
    again = IB()
    numbers: list[int] = []
    monkeypatch.setattr(again.wrapper, "nextValidId", numbers.append)
    await again.connectAsync("127.0.0.1", running.port, 1, timeout=2)

    assert numbers == [trade.order.orderId]
    assert [each.order.permId for each in again.openTrades()] == [trade.order.permId]
    again.disconnect()


# --- Links to the market ---------------------------------------------------------------------------


async def test_while_the_link_is_lost_fills_happen_and_are_not_told(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    said = errors_of(ib)
    trade = buy(ib, acme)
    ticker = ib.reqMktData(acme)
    await until(lambda: trade.orderStatus.status == "Submitted" and ticker.last == 100)
    running.operator.link(1100)
    running.operator.set_price("ACME", D("99.3"))
    running.tick(seconds=1)
    await until(lambda: said)
    await asyncio.sleep(0.01)
    assert (trade.orderStatus.status, ticker.last, ib.isConnected()) == ("Submitted", 100, True)
    assert running.book.open_orders() == []

    running.operator.link(1102)
    running.tick(seconds=1)
    await until(lambda: ticker.last == 99.3)
    assert said == [(-1, 1100), (-1, 1102)]
    assert trade.fills == []
    assert [fill.execution.shares for fill in await ib.reqExecutionsAsync()] == [5]


async def test_after_1101_quotes_must_be_asked_for_again(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    ticker = ib.reqMktData(acme)
    await until(lambda: ticker.last == 100)
    said = errors_of(ib)
    running.operator.link(1100)
    running.operator.link(1101)
    running.operator.set_price("ACME", D(105))
    running.tick(seconds=1)
    await until(lambda: len(said) == 2)
    await asyncio.sleep(0.01)

    assert said == [(-1, 1100), (-1, 1101)]
    assert ticker.last == 100


# --- Orders ----------------------------------------------------------------------------------------


async def test_states_and_fills_may_be_told_twice(
    running: RunningGateway, ib: IB, acme: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = frames_of(ib, monkeypatch)
    running.operator.faults.duplicated = {"3", "11"}
    trade = buy(ib, acme, None)
    await until(lambda: trade.orderStatus.status == "Filled" and heard[-1][0] == "59")

    assert [each[0] for each in heard] == ["5", "3", "3", "11", "11", "5", "3", "3", "5", "59"]
    assert len(trade.fills) == 1


async def test_a_fill_may_be_told_before_the_state_of_its_order(
    running: RunningGateway, ib: IB, acme: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = frames_of(ib, monkeypatch)
    running.operator.faults.is_reversed = True
    buy(ib, acme, None)
    await until(lambda: len(heard) == 7)

    assert [each[0] for each in heard] == ["59", "5", "3", "5", "11", "3", "5"]
    assert [each[2] for each in heard if each[0] == "3"] == ["Filled", "Submitted"]


async def test_a_state_may_come_late(running: RunningGateway, ib: IB, acme: Contract) -> None:
    running.operator.faults.withheld = {"3", "5"}
    trade = buy(ib, acme, None)
    await until(lambda: trade.fills)
    assert trade.orderStatus.status == "PendingSubmit"

    running.operator.release()
    await until(lambda: trade.orderStatus.status == "Filled")


async def test_a_corrected_fill_comes_under_its_next_number(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    trade = buy(ib, acme, None)
    await until(lambda: trade.fills and trade.fills[0].commissionReport.execId)
    exec_id = trade.fills[0].execution.execId
    running.operator.correct(exec_id, price=D("99.90"))
    await until(lambda: len(trade.fills) == 2)

    assert exec_id.endswith(".01")
    assert trade.fills[1].execution.execId == exec_id.removesuffix("01") + "02"
    assert trade.fills[1].execution.price == 99.9
    assert running.book.cash(ALICE) == D("99499.50")
    (told,) = {fill.execution.execId for fill in await ib.reqExecutionsAsync()} - {exec_id}
    assert told.endswith(".02")


@pytest.mark.parametrize("code", [10349, 161, 10147, 10148, 383, 451, 463])
async def test_words_that_sound_like_an_end_come_about_an_order_that_lives(
    running: RunningGateway, ib: IB, acme: Contract, code: int
) -> None:
    running.operator.faults.notices.append(code)
    trade = buy(ib, acme)
    await until(lambda: trade.orderStatus.status == "Cancelled")
    (alive,) = running.book.open_orders()
    assert alive.status == "Submitted"

    running.operator.set_price("ACME", D("99.3"))
    await until(lambda: trade.orderStatus.status == "Filled")


async def test_an_order_may_be_lost_on_its_way_to_the_book(
    running: RunningGateway, ib: IB, acme: Contract
) -> None:
    running.operator.faults.lost_orders = 1
    lost, kept = buy(ib, acme, ref="lost"), buy(ib, acme, ref="kept")
    await until(lambda: kept.orderStatus.status == "Submitted")

    assert lost.orderStatus.status == "PendingSubmit"
    assert [report.order.order_ref for report in running.book.open_orders()] == ["kept"]


@pytest.mark.usefixtures("_decoded")
async def test_a_crash_after_taking_an_order_leaves_it_in_the_book_and_nobody_told(tmp_path: Path) -> None:
    clock = HandClock()
    async with running_gateway(journal=tmp_path / "state.jsonl", clock=clock) as running:
        ib = IB()
        await ib.connectAsync("127.0.0.1", running.port, 1, timeout=2)
        (acme,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
        running.operator.faults.deadly_orders = 1
        trade = buy(ib, acme, ref="last words")
        await until(lambda: not ib.isConnected())
        assert trade.orderStatus.status == "PendingSubmit"

    async with running_gateway(journal=tmp_path / "state.jsonl", clock=clock) as again:
        ib = IB()
        await ib.connectAsync("127.0.0.1", again.port, 1, timeout=2)
        assert [each.order.orderRef for each in ib.openTrades()] == ["last words"]
        assert ib.client.getReqId() > trade.order.orderId
        ib.disconnect()
        await until(lambda: not again.gateway.links)


async def test_notices_can_be_sent_about_a_named_order(running: RunningGateway, ib: IB) -> None:
    said = errors_of(ib)
    running.operator.notice(1, 42, 399, "Order held.")
    running.operator.notice(9, 42, 399)
    await until(lambda: said)

    assert said == [(42, 399)]
