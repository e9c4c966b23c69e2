"""The connection and its questions: what is answered, refused, late, lost or never said."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.trading.brokers.ibkr.conftest import Decoding, address
from tests.trading.brokers.ibkr.scripted_gateway import (
    UNSET,
    Fields,
    ScriptedGateway,
    commission,
    error,
    execution,
    frame,
    open_order,
    order_status,
    position,
)
from trading.brokers.base import (
    Broker,
    BrokerError,
    BrokerEvent,
    BrokerRefusal,
    Filled,
    LinkChanged,
    OrderNotice,
    OrderUpdate,
    Quoted,
)
from trading.brokers.ibkr import wire
from trading.brokers.ibkr.client import IbkrBroker
from trading.brokers.ibkr.pacing import TokenBucket
from trading.engine.records import (
    AccountValue,
    BrokerPosition,
    ContractFacts,
    ExecutionFacts,
    LinkState,
    OrderState,
    OrderTicket,
    PriceSource,
    Side,
    WhatIf,
)

APPLE = ContractFacts(con_id=265598, symbol="AAPL", primary_exchange="NASDAQ")
TEN = OrderTicket(side=Side.BUY, quantity=Decimal(10))
MARKET_DATA, CANCEL_DATA, PLACE, CANCEL, OPEN_ALL, EXECUTIONS, NEXT_ID = "1", "2", "3", "4", "16", "7", "8"
DETAILS, HISTORY, CANCEL_HISTORY, TIME, DATA_TYPE = "9", "20", "25", "49", "59"
POSITIONS, SUMMARY, END_SUMMARY, COMPLETED, SAMPLES = "61", "62", "63", "99", "81"


async def place(broker: IbkrBroker, *, ref: str = "ref-1", number: int | None = None) -> int:
    """Places an order for ten shares of Apple and returns its number."""
    order_id = broker.next_order_id(0) if number is None else number
    await broker.place(contract=APPLE, ticket=TEN, account="DU1", order_id=order_id, order_ref=ref)
    return order_id


async def next_events(broker: IbkrBroker, count: int) -> list[BrokerEvent]:
    """The next `count` events."""
    events: list[BrokerEvent] = []
    async with asyncio.timeout(10):
        async for event in broker.events():
            events.append(event)
            if len(events) == count:
                break
    return events


async def all_events(broker: IbkrBroker) -> list[BrokerEvent]:
    """Everything until the connection ended."""
    async with asyncio.timeout(10):
        return [event async for event in broker.events()]


def later(gateway: ScriptedGateway, *messages: Fields) -> Any:
    """An answer of these messages with the question's own number in the place of None."""

    def answer(fields: list[str]) -> list[Fields]:
        number = fields[1] if fields[0] in {PLACE, HISTORY, SAMPLES, MARKET_DATA} else fields[2]
        return [tuple(number if field is None else field for field in message) for message in messages]

    return answer


# --- Connecting ------------------------------------------------------------------------------------


async def test_a_connection_knows_its_version_and_accounts_and_has_asked_for_nothing(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    assert (broker.server_version, broker.accounts) == (176, ("DU1", "DU2"))
    assert [fields[0] for fields in scripted.asked] == ["71"]


async def test_a_client_number_in_use_is_refused_at_once_with_the_brokers_words(
    scripted: ScriptedGateway,
) -> None:
    scripted.answers["71"] = lambda _: [error(-1, 326, "client id is already in use")]
    broker = IbkrBroker(address(scripted.port))
    with pytest.raises(BrokerRefusal) as refusal:
        await broker.connect()
    assert (refusal.value.code, refusal.value.words) == (326, "client id is already in use")
    assert await all_events(broker) == [
        LinkChanged(state=LinkState.CLOSED, code=0, words="The connection did not come about.")
    ]


async def test_a_gateway_that_does_not_listen_cannot_be_reached(scripted: ScriptedGateway) -> None:
    await scripted.stop()
    with pytest.raises(BrokerError, match=f"The gateway at 127.0.0.1:{scripted.port} cannot be reached"):
        await IbkrBroker(address(scripted.port)).connect()


async def test_a_gateway_that_hangs_up_after_hello_is_an_error_at_once(scripted: ScriptedGateway) -> None:
    scripted.answers["71"] = lambda _: scripted.hang_up()
    started = time.monotonic()
    with pytest.raises(BrokerError, match="cannot be reached"):
        await IbkrBroker(address(scripted.port, connect_seconds=30)).connect()
    assert time.monotonic() - started < 5


async def test_a_gateway_that_is_too_old_is_an_error_at_once(scripted: ScriptedGateway) -> None:
    scripted.version = 100
    with pytest.raises(BrokerError, match="version must be >= 972"):
        await IbkrBroker(address(scripted.port, connect_seconds=30)).connect()


@pytest.mark.parametrize("accounts", ["", ","])
async def test_a_login_without_accounts_never_becomes_ready(scripted: ScriptedGateway, accounts: str) -> None:
    scripted.accounts = accounts
    with pytest.raises(BrokerError, match=r"no answer in 0\.02 seconds"):
        await IbkrBroker(address(scripted.port, connect_seconds=0.02)).connect()


async def test_garbage_for_a_greeting_is_an_error(scripted: ScriptedGateway) -> None:
    scripted.answers["71"] = lambda _: scripted.write(b"\0\0\0\x0cgarbage\xff\xfe\0\0\0")
    with pytest.raises(BrokerError, match="cannot be reached"):
        await IbkrBroker(address(scripted.port, connect_seconds=0.05)).connect()


async def test_an_adapter_connects_once(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    with pytest.raises(BrokerError, match="made once"):
        await broker.connect()


async def test_the_client_that_adopts_orders_placed_by_hand_says_so(scripted: ScriptedGateway) -> None:
    broker = IbkrBroker(address(scripted.port, client_id=0))
    await broker.connect()
    assert await scripted.until("15") == [["15", "1", "1"]]
    await broker.disconnect()


# --- The end ---------------------------------------------------------------------------------------


async def test_events_end_when_we_close(broker: IbkrBroker) -> None:
    await broker.disconnect()
    await broker.disconnect()
    assert await all_events(broker) == [LinkChanged(state=LinkState.CLOSED, code=0, words="Closed by us.")]


async def test_who_waits_for_an_answer_is_told_when_we_close(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    ping = asyncio.ensure_future(broker.ping())
    await scripted.until(TIME)
    await broker.disconnect()
    with pytest.raises(BrokerError, match=r"The connection was lost\. Closed by us\."):
        await ping


@pytest.mark.parametrize("how", ["reset", "hang_up"])
async def test_a_broken_connection_ends_questions_and_events_at_once(
    scripted: ScriptedGateway, broker: IbkrBroker, how: str
) -> None:
    questions = [
        asyncio.ensure_future(question)
        for question in (broker.ping(), broker.executions(), broker.open_orders(), broker.positions())
    ]
    await scripted.until(POSITIONS)
    getattr(scripted, how)()
    answers = await asyncio.gather(*questions, return_exceptions=True)
    assert [type(answer) for answer in answers] == [BrokerError] * 4
    (event,) = await all_events(broker)
    assert isinstance(event, LinkChanged)
    assert event.state is LinkState.CLOSED


async def test_after_the_end_questions_fail_and_nothing_is_written(broker: IbkrBroker) -> None:
    await broker.disconnect()
    for question in (broker.ping(), broker.open_orders(), broker.executions(), broker.account_values()):
        with pytest.raises(BrokerError):
            await question
    with pytest.raises(BrokerRefusal) as refusal:
        await place(broker, number=9)
    assert refusal.value.code == 504


async def test_a_half_open_link_is_found_by_asking(scripted: ScriptedGateway) -> None:
    broker = IbkrBroker(address(scripted.port, answer_seconds=0.02))
    await broker.connect()
    with pytest.raises(BrokerError, match=r"did not answer in 0\.02 seconds"):
        await broker.ping()
    await broker.disconnect()


async def test_a_peer_that_has_stopped_reading_does_not_hold_the_socket(
    scripted: ScriptedGateway, broker: IbkrBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "FLUSH_SECONDS", 0.01)
    assert scripted._writer is not None
    scripted._writer.transport.pause_reading()  # type: ignore[attr-defined]
    connection = broker._ib.client.conn
    connection.transport.write(bytes(32_000_000))
    assert connection.transport.get_write_buffer_size()
    await broker.disconnect()
    async with asyncio.timeout(10):
        await connection.disconnected
    assert connection.transport is None


async def test_a_frame_cut_short_is_silence_and_then_the_end(scripted: ScriptedGateway) -> None:
    broker = IbkrBroker(address(scripted.port, answer_seconds=0.02))
    await broker.connect()
    scripted.answers[TIME] = lambda _: scripted.write(frame(49, 1, 1700000000)[:-3])
    with pytest.raises(BrokerError, match="did not answer"):
        await broker.ping()
    scripted.hang_up()
    assert [type(event) for event in await all_events(broker)] == [LinkChanged]


async def test_garbage_between_messages_is_passed_over(
    scripted: ScriptedGateway, broker: IbkrBroker, decoding: Decoding
) -> None:
    scripted.answers[TIME] = lambda _: [("x", "garbage"), (49, 1, 1700000000)]
    await broker.ping()
    assert len(decoding.errors) == 1
    decoding.errors.clear()


# --- Questions -------------------------------------------------------------------------------------


async def test_a_ping_is_answered_with_the_time(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    scripted.answers[TIME] = lambda _: [(49, 1, 1700000000)]
    await broker.ping()
    await broker.ping()
    assert len(scripted.of_kind(TIME)) == 2


@pytest.mark.parametrize("code", [162, 200, 321, 354, 10182, 10197, 999])
async def test_a_refused_question_is_answered_with_code_and_words(
    scripted: ScriptedGateway, broker: IbkrBroker, code: int
) -> None:
    scripted.answers[SAMPLES] = lambda fields: [error(int(fields[1]), code, "not so")]
    with pytest.raises(BrokerRefusal) as refusal:
        await broker.search("AA")
    assert (refusal.value.code, refusal.value.words) == (code, "not so")


@pytest.mark.parametrize("code", [399, 2106, 10167, 10349])
async def test_news_about_a_question_does_not_end_it(
    scripted: ScriptedGateway, broker: IbkrBroker, code: int
) -> None:
    scripted.answers[SAMPLES] = lambda fields: [error(int(fields[1]), code), (79, fields[1], 0)]
    assert await broker.search("AA") == []


async def test_a_listing_that_came_too_late_is_not_asked_for_again(scripted: ScriptedGateway) -> None:
    broker = IbkrBroker(address(scripted.port, answer_seconds=0.03))
    await broker.connect()
    with pytest.raises(BrokerError, match="did not answer"):
        await broker.open_orders()
    scripted.say(open_order(1, "Submitted"), (53, 1))
    with pytest.raises(BrokerError, match="openOrders was not answered before: a new connection is due"):
        await broker.open_orders()
    assert len(scripted.of_kind(OPEN_ALL)) == 1
    await broker.disconnect()


async def test_two_who_ask_for_the_same_listing_are_answered_one_after_the_other(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[OPEN_ALL] = lambda _: [open_order(1, "Submitted"), order_status(1, "Submitted"), (53, 1)]
    first, second = await asyncio.gather(broker.open_orders(), broker.open_orders())
    assert [[order.perm_id for order in orders] for orders in (first, second)] == [[900], [900]]
    assert len(scripted.of_kind(OPEN_ALL)) == 2


async def test_who_gives_up_while_waiting_for_his_turn_takes_nothing_from_the_one_before(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    first, second = (asyncio.ensure_future(broker.open_orders()) for _ in range(2))
    await scripted.until(OPEN_ALL)
    scripted.say(open_order(1, "Submitted"))
    await broker_is_idle(scripted, broker)
    second.cancel()
    await asyncio.sleep(0)
    scripted.say((53, 1))
    assert [order.perm_id for order in await first] == [900]


async def test_who_gives_up_a_listing_leaves_it_in_doubt_for_the_next(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    first = asyncio.ensure_future(broker.open_orders())
    await scripted.until(OPEN_ALL)
    first.cancel()
    await asyncio.wait({first})
    with pytest.raises(BrokerError, match="a new connection is due"):
        await broker.open_orders()


async def test_a_ping_that_was_late_is_asked_again(scripted: ScriptedGateway) -> None:
    broker = IbkrBroker(address(scripted.port, answer_seconds=0.02))
    await broker.connect()
    with pytest.raises(BrokerError, match="did not answer"):
        await broker.ping()
    broker._wire.address = address(scripted.port)
    await broker_is_idle(scripted, broker)
    await broker.disconnect()


async def broker_is_idle(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    """Returns when everything said so far was heard."""
    scripted.answers[TIME] = lambda _: [(49, 1, 1700000000)]
    await broker.ping()


async def test_an_amount_that_the_wire_cannot_carry_is_refused_before_anything_is_sent(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    fine = replace(TEN, quantity=Decimal("1.00000000000000000001"))
    with pytest.raises(BrokerRefusal, match="more digits than an order can carry") as refusal:
        await broker.place(contract=APPLE, ticket=fine, account="DU1", order_id=1, order_ref="ref-1")
    await broker_is_idle(scripted, broker)
    assert (refusal.value.code, scripted.of_kind(PLACE)) == (0, [])


async def test_an_adapter_is_a_broker(scripted: ScriptedGateway) -> None:
    adapter: Broker = IbkrBroker(address(scripted.port))
    assert (adapter.server_version, adapter.accounts) == (0, ())


async def test_more_questions_than_the_broker_takes_in_a_second_wait_their_turn(
    scripted: ScriptedGateway,
) -> None:
    broker = IbkrBroker(address(scripted.port, requests_per_second=10))
    await broker.connect()
    broker._ib.client.RequestsInterval = 0.05
    scripted.answers[SAMPLES] = lambda fields: [(79, fields[1], 0)]
    started = time.monotonic()
    await asyncio.gather(*(broker.search("AA") for _ in range(29)))  # the hello was the first message
    assert time.monotonic() - started >= 0.1
    await broker.disconnect()


async def test_an_order_is_written_when_the_queue_before_it_is(scripted: ScriptedGateway) -> None:
    broker = IbkrBroker(address(scripted.port, requests_per_second=2))
    await broker.connect()
    broker._ib.client.RequestsInterval = 0.02
    await broker.watch([ContractFacts(con_id=number, symbol="S") for number in range(1, 4)])
    await place(broker)
    assert len(await scripted.until(PLACE)) == 1
    await broker.disconnect()


async def test_an_order_that_waits_in_a_queue_when_the_link_breaks_is_a_doubt(
    scripted: ScriptedGateway,
) -> None:
    broker = IbkrBroker(address(scripted.port, requests_per_second=1))
    await broker.connect()
    placing = asyncio.ensure_future(place(broker))
    await asyncio.sleep(0)
    scripted.reset()
    with pytest.raises(BrokerError) as doubt:
        await placing
    assert not isinstance(doubt.value, BrokerRefusal)


async def test_an_order_that_waits_in_a_queue_for_too_long_is_a_doubt(scripted: ScriptedGateway) -> None:
    broker = IbkrBroker(address(scripted.port, requests_per_second=1, answer_seconds=0.02))
    await broker.connect()
    with pytest.raises(BrokerError, match="whether it left is not known"):
        await place(broker)
    await broker.disconnect()


async def test_too_many_messages_halve_the_pace(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    scripted.answers[TIME] = lambda _: [error(-1, 100, "Max rate exceeded"), (49, 1, 1700000000)]
    broker._ib.client.RequestsInterval = 0.02
    await broker.ping()
    assert broker._ib.client.MaxRequests == 22
    for _ in range(4):
        await broker.ping()
    assert broker._ib.client.MaxRequests == 5


# --- Contracts, positions, accounts ----------------------------------------------------------------


def details(con_id: int, symbol: str) -> Fields:
    return (
        10, None, symbol, "STK", "", "0", "", "SMART", "USD", symbol, "NMS", "NMS", con_id, "0.01", "",
        "LMT", "SMART", "1", "0", "APPLE INC", "NASDAQ", "", "Technology", "", "", "US/Eastern", "", "",
        "", "0", "0", "1", "", "", "26", "", "COMMON", "1", "0.0001", "100",
    )  # fmt: skip


async def test_a_contract_is_found_by_its_symbol(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    scripted.answers[DETAILS] = later(scripted, details(265598, "AAPL"), (52, 1, None))
    assert await broker.contract("AAPL", "USD") == ContractFacts(
        con_id=265598,
        symbol="AAPL",
        primary_exchange="NASDAQ",
        name="APPLE INC",
        sector="Technology",
        size_increment=Decimal("0.0001"),
    )


async def test_a_class_of_shares_is_asked_for_with_a_space(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[DETAILS] = later(scripted, (52, 1, None))
    assert await broker.contract("BRK.B", "USD") is None
    assert scripted.of_kind(DETAILS)[0][4] == "BRK B"


async def test_one_contract_told_twice_is_one_and_two_are_none(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[DETAILS] = later(scripted, details(1, "A"), details(1, "A"), (52, 1, None))
    found = await broker.contract("A", "USD")
    scripted.answers[DETAILS] = later(scripted, details(1, "A"), details(2, "A"), (52, 1, None))
    assert found is not None
    assert (found.con_id, await broker.contract("A", "USD")) == (1, None)


async def test_an_unknown_contract_is_none_and_another_refusal_is_one(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[DETAILS] = later(scripted, (4, 2, None, 200, "No security definition", ""))
    assert await broker.contract("NONE", "USD") is None
    scripted.answers[DETAILS] = later(scripted, (4, 2, None, 321, "no currency", ""))
    with pytest.raises(BrokerRefusal):
        await broker.contract("AAPL", "")


async def test_the_search_finds_stocks_alone(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    rows = (
        265598,
        "AAPL",
        "STK",
        "NASDAQ.NMS",
        "USD",
        1,
        "OPT",
        "APPLE INC",
        "",
        5,
        "AAPL",
        "IND",
        "X",
        "USD",
        0,
        "",
        "",
    )
    scripted.answers[SAMPLES] = lambda fields: [(79, fields[1], 2, *rows)]
    assert await broker.search("AAPL") == [
        ContractFacts(con_id=265598, symbol="AAPL", primary_exchange="NASDAQ", name="APPLE INC")
    ]


async def test_positions_of_all_accounts_are_told_and_then_let_go(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[POSITIONS] = lambda _: [position("DU1", 10), position("DU2", -2.5), (62, 1)]
    expected = [
        BrokerPosition(
            account=account,
            con_id=265598,
            symbol="AAPL",
            quantity=Decimal(quantity),
            average_cost=Decimal("100.01"),
        )
        for account, quantity in (("DU1", "10"), ("DU2", "-2.5"))
    ]
    assert await broker.positions() == expected
    assert await scripted.until("64") == [["64", "1"]]


async def test_a_closed_position_is_left_out(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    scripted.answers[POSITIONS] = lambda _: [position("DU1", 10), position("DU1", 0), (62, 1)]
    assert await broker.positions() == []


async def test_account_values_come_as_they_were_written_and_the_summary_is_ended(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[SUMMARY] = lambda fields: [
        (63, 1, fields[2], "DU1", "BuyingPower", "400000.10", "USD"),
        (63, 1, 999, "DU1", "BuyingPower", "1", "USD"),
        (64, 1, fields[2]),
    ]
    assert await broker.account_values() == [
        AccountValue(account="DU1", tag="BuyingPower", value="400000.10", currency="USD")
    ]
    assert len(await scripted.until(END_SUMMARY)) == 1


# --- History ---------------------------------------------------------------------------------------


async def test_daily_bars_end_with_a_day(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    bars = ("20260630", 1, 3, 0.5, 2, 1000, 1.5, 9, "20260701", 2, 4, 1.5, 3, 2000, 2.5, 9)
    scripted.answers[HISTORY] = later(scripted, (17, None, "", "", 2, *bars))
    found = await broker.history(APPLE, last=date(2026, 7, 1), days=2)
    assert [(bar.day, bar.begins, bar.close, bar.volume) for bar in found] == [
        (date(2026, 6, 30), None, Decimal(2), Decimal(1000)),
        (date(2026, 7, 1), None, Decimal(3), Decimal(2000)),
    ]
    asked = scripted.of_kind(HISTORY)[0]
    assert asked[15:21] == ["20260701-23:59:59", "1 day", "2 D", "1", "TRADES", "2"]


async def test_minutes_begin_at_a_moment(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    moment = datetime(2026, 7, 1, 13, 30, tzinfo=UTC)
    scripted.answers[HISTORY] = later(
        scripted, (17, None, "", "", 1, int(moment.timestamp()), 1, 3, 0.5, 2, 1000, 1.5, 9)
    )
    (bar,) = await broker.history(APPLE, last=date(2026, 7, 1), days=1, bar="1 min")
    assert (bar.day, bar.begins) == (date(2026, 7, 1), moment)


async def test_more_than_a_year_is_asked_for_in_years(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    scripted.answers[HISTORY] = later(scripted, (17, None, "", "", 0))
    assert await broker.history(APPLE, last=date(2026, 7, 1), days=366) == []
    assert scripted.of_kind(HISTORY)[0][17] == "2 Y"


async def test_no_data_is_an_answer_and_a_pacing_violation_a_refusal(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[HISTORY] = later(scripted, (4, 2, None, 162, "HMDS query returned no data", ""))
    assert await broker.history(APPLE, last=date(2026, 7, 1), days=1) == []
    scripted.answers[HISTORY] = later(
        scripted, (4, 2, None, 162, "Historical data request pacing violation", "")
    )
    with pytest.raises(BrokerRefusal, match="pacing violation"):
        await broker.history(APPLE, last=date(2026, 7, 1), days=1)


async def test_history_that_takes_too_long_is_taken_back(scripted: ScriptedGateway) -> None:
    broker = IbkrBroker(address(scripted.port, history_seconds=0.02))
    await broker.connect()
    with pytest.raises(BrokerError, match="did not answer"):
        await broker.history(APPLE, last=date(2026, 7, 1), days=1)
    assert (await scripted.until(CANCEL_HISTORY))[0][2] == scripted.of_kind(HISTORY)[0][1]
    await broker.disconnect()


async def test_requests_for_history_are_paced(scripted: ScriptedGateway) -> None:
    broker = IbkrBroker(address(scripted.port), history_bucket=TokenBucket(size=1, seconds=0.02))
    await broker.connect()
    scripted.answers[HISTORY] = later(scripted, (17, None, "", "", 0))
    started = time.monotonic()
    for _ in range(3):
        await broker.history(APPLE, last=date(2026, 7, 1), days=1)
    assert time.monotonic() - started >= 0.04
    await broker.disconnect()


# --- Numbers of orders -----------------------------------------------------------------------------


async def test_numbers_of_orders_rise_above_the_floor_and_all_that_was_seen(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[OPEN_ALL] = lambda _: [open_order(70, "Submitted", client_id=5), (53, 1)]
    first = [broker.next_order_id(0), broker.next_order_id(50), broker.next_order_id(10)]
    await broker.open_orders()
    numbers = [*first, broker.next_order_id(60)]
    assert numbers == [1, 51, 52, 71]
    assert all(low < high for low, high in pairwise(numbers))


async def test_a_restarted_gateway_cannot_roll_the_numbers_back(scripted: ScriptedGateway) -> None:
    scripted.first_id = 3
    broker = IbkrBroker(address(scripted.port, order_id_floor=500))
    await broker.connect()
    scripted.answers[SAMPLES] = lambda fields: [(79, fields[1], 0)]
    await broker.search("AA")
    assert (scripted.of_kind(SAMPLES)[0][1], broker.next_order_id(500)) == ("501", 502)
    await broker.disconnect()


async def test_a_number_in_use_lifts_the_next_one_and_rejects_nothing(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[PLACE] = lambda fields: [error(int(fields[1]), 103, "Duplicate order id")]
    scripted.answers[NEXT_ID] = lambda _: [(9, 1, 900)]
    scripted.answers[TIME] = lambda _: [(49, 1, 1700000000)]
    await place(broker)
    (notice,) = await next_events(broker, 1)
    assert notice == OrderNotice(
        order_ref="ref-1", broker_order_id=1, code=103, words="Duplicate order id", is_rejection=False,
        refuses_change=True,
    )  # fmt: skip
    await scripted.until(NEXT_ID)
    await broker.ping()
    assert broker.next_order_id(1) == 900


async def test_a_manual_orders_number_is_no_number(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    scripted.answers[OPEN_ALL] = lambda _: [
        open_order(-3, "Submitted", client_id=0),
        open_order(2147483647, "Submitted", client_id=0, perm_id=901),
        (53, 1),
    ]
    assert [order.perm_id for order in await broker.open_orders()] == [900, 901]
    assert broker.next_order_id(0) == 1


# --- What would an order do ------------------------------------------------------------------------


async def what_if(broker: IbkrBroker) -> WhatIf:
    return await broker.what_if(contract=APPLE, ticket=TEN, account="DU1")


def trial(fields: list[str], **more: str) -> Fields:
    return open_order(int(fields[1]), "PreSubmitted", perm_id=0, is_what_if=True, **more)  # type: ignore[arg-type]


async def test_the_first_answer_of_a_what_if_may_be_empty_and_the_real_one_counts(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[PLACE] = lambda fields: [
        trial(fields),
        error(int(fields[1]), 10349, "Order TIF was set to DAY"),
        trial(fields, margin="250.5", commission="1.0"),
    ]
    assert await what_if(broker) == WhatIf(
        commission=Decimal(1),
        commission_currency="USD",
        initial_margin_change=Decimal("250.5"),
        maintenance_margin_change=Decimal("250.5"),
        equity_with_loan_after=Decimal("250.5"),
    )


async def test_a_what_if_whose_figures_never_come_says_that_it_knows_none(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[PLACE] = lambda fields: [trial(fields, margin=UNSET, commission="")]
    found = await what_if(broker)
    assert (found.commission, found.initial_margin_change) == (None, None)


@pytest.mark.parametrize("code", [110, 201, 321])
async def test_a_refused_what_if_says_why(scripted: ScriptedGateway, broker: IbkrBroker, code: int) -> None:
    scripted.answers[PLACE] = lambda fields: [error(int(fields[1]), code, "not so")]
    with pytest.raises(BrokerRefusal) as refusal:
        await what_if(broker)
    assert refusal.value.code == code


async def test_a_what_if_is_no_order(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    scripted.answers[PLACE] = lambda fields: [trial(fields, margin="1")]
    await what_if(broker)
    await broker.disconnect()
    assert [type(event) for event in await all_events(broker)] == [LinkChanged]


# --- Executions ------------------------------------------------------------------------------------


async def test_fills_are_an_answer_whose_commissions_follow_as_events(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[EXECUTIONS] = lambda fields: [
        execution(int(fields[2]), "a.01.01", 10),
        execution(int(fields[2]), "a.01.02", 8),
        (55, 1, fields[2]),
        commission("a.01.02", "0.8"),
    ]
    (fill,) = await broker.executions()
    assert fill == ExecutionFacts(
        exec_id="a.01",
        revision=2,
        order_ref="ref-1",
        perm_id=900,
        account="DU1",
        con_id=265598,
        symbol="AAPL",
        currency="USD",
        side=Side.BUY,
        quantity=Decimal(8),
        price=Decimal(100),
        executed_at=datetime(2026, 7, 1, 13, 30, tzinfo=UTC),
        commission=Decimal("0.8"),
        commission_currency="USD",
    )


async def test_a_correction_comes_as_an_event_of_its_own(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.say(
        execution(-1, "a.01.01", 10),
        commission("a.01.01", "1.0"),
        execution(-1, "a.01.02", 8),
        execution(-1, "a.01.01", 10),
    )
    events = await next_events(broker, 3)
    rows = [event.execution for event in events if isinstance(event, Filled)]
    assert [(row.revision, row.quantity, row.commission) for row in rows] == [
        (1, Decimal(10), None),
        (1, Decimal(10), Decimal(1)),
        (2, Decimal(8), None),
    ]


async def test_a_time_without_a_zone_is_taken_as_utc(scripted: ScriptedGateway, broker: IbkrBroker) -> None:
    fields = list(execution(-1, "a.01.01", 10))
    fields[fields.index("20260701 09:30:00 US/Eastern")] = "20260701  09:30:00"
    scripted.say(tuple(fields))
    (event,) = await next_events(broker, 1)
    assert isinstance(event, Filled)
    assert event.execution.executed_at == datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


# --- Words that sound like the end -----------------------------------------------------------------


async def lived_through(scripted: ScriptedGateway, broker: IbkrBroker, *words: Fields) -> list[BrokerEvent]:
    """An order is taken, then `words` come, then it is filled after all."""
    number = await place(broker)
    scripted.say(open_order(number, "Submitted"), order_status(number, "Submitted"), *words)
    scripted.say(order_status(number, "Filled", filled=10))
    return await next_events(broker, 2 + len(words))


@pytest.mark.parametrize(
    "code",
    [103, 105, 110, 161, 202, 321, 329, 383, 399, 404, 451, 463, 2109, 2161, 10147, 10148, 10167, 10349],
)
async def test_words_that_a_package_takes_for_the_end_leave_the_order_alive(
    scripted: ScriptedGateway, broker: IbkrBroker, code: int
) -> None:
    events = await lived_through(scripted, broker, error(1, code, "words"))
    assert [event.order.state for event in events if isinstance(event, OrderUpdate)] == [
        OrderState.SUBMITTED,
        OrderState.FILLED,
    ]
    assert [event for event in events if isinstance(event, OrderNotice)] == [
        OrderNotice(
            order_ref="ref-1", broker_order_id=1, code=code, words="words", is_rejection=False,
            refuses_change=code in {103, 105, 110, 321, 329, 10147, 10148},
        )
    ]  # fmt: skip


async def test_after_such_words_the_order_can_still_be_changed(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    number = await place(broker)
    scripted.say(open_order(number, "Submitted"), error(number, 10349, "words"))
    await next_events(broker, 2)
    await place(broker, number=number)
    assert len(await scripted.until(PLACE, 2)) == 2


@pytest.mark.parametrize("reason_first", [True, False])
async def test_a_rejection_is_one_whichever_message_comes_first(
    scripted: ScriptedGateway, broker: IbkrBroker, reason_first: bool
) -> None:
    number = await place(broker)
    reason, status = error(number, 201, "Order rejected - no money"), order_status(number, "Inactive")
    scripted.say(*([reason, status] if reason_first else [status, reason]))
    events = await next_events(broker, 2 if reason_first else 3)
    updates = [event.order for event in events if isinstance(event, OrderUpdate)]
    assert (updates[-1].state, updates[-1].words) == (OrderState.REJECTED, "Order rejected - no money")
    assert [event.is_rejection for event in events if isinstance(event, OrderNotice)] == [True]


async def test_an_order_of_another_client_is_not_touched_by_our_numbers(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.say(open_order(1, "Submitted", client_id=5), error(1, 201, "of whom?"))
    scripted.say(order_status(1, "Cancelled", client_id=5))
    events = await next_events(broker, 2)
    assert [type(event) for event in events] == [OrderUpdate, OrderUpdate]


# --- Links -----------------------------------------------------------------------------------------


async def test_nothing_is_sent_into_a_lost_link_but_cancellations(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[TIME] = lambda _: [error(-1, 1100, "lost"), (49, 1, 1700000000)]
    await broker.ping()
    with pytest.raises(BrokerRefusal, match="nothing was sent") as refusal:
        await place(broker)
    await broker.cancel(order_id=1)
    await scripted.until(CANCEL)
    assert (refusal.value.code, scripted.of_kind(PLACE)) == (1100, [])
    scripted.answers[TIME] = lambda _: [error(-1, 1102, "back"), (49, 1, 1700000000)]
    await broker.ping()
    await place(broker)
    assert len(await scripted.until(PLACE)) == 1
    assert not scripted.of_kind(SUMMARY)  # the package would ask for it by itself after 1102


async def test_when_the_link_comes_back_without_its_data_quotes_are_asked_for_again(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    await broker.watch([APPLE])
    scripted.say(error(-1, 1100, "lost"), error(-1, 1101, "back"))
    first, second = await scripted.until(MARKET_DATA, 2)
    assert first[3] == second[3] == "265598"
    assert (await scripted.until(CANCEL_DATA))[0][2] == first[2]


# --- Quotes ----------------------------------------------------------------------------------------


def bid(number: str, price: float, size: int = 3) -> Fields:
    return (1, 6, number, 1, price, size, 0)


async def quoted(broker: IbkrBroker) -> Any:
    """The one quote of the next event."""
    (event,) = await next_events(broker, 1)
    assert isinstance(event, Quoted)
    (quote,) = event.quotes
    return quote


async def test_quotes_that_nobody_has_read_are_one_with_the_latest_of_each(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    await broker.watch([APPLE, ContractFacts(con_id=5, symbol="SPY")])
    apple, spy = [fields[2] for fields in await scripted.until(MARKET_DATA, 2)]
    scripted.answers[TIME] = lambda _: [(49, 1, 1700000000)]
    for price in (100.1, 100.2, 100.3):
        scripted.say(bid(apple, price), bid(spy, price * 2))
        await broker.ping()
    (event,) = await next_events(broker, 1)
    assert isinstance(event, Quoted)
    assert {quote.symbol: quote.bid for quote in event.quotes} == {
        "AAPL": Decimal("100.3"),
        "SPY": Decimal("200.6"),
    }


@pytest.mark.parametrize("code", [354, 10089, 10168, 10186, 10197])
async def test_without_live_data_delayed_data_is_shown_and_says_so(
    scripted: ScriptedGateway, broker: IbkrBroker, code: int
) -> None:
    scripted.answers[MARKET_DATA] = lambda fields: (
        [(58, 1, fields[2], 3), (1, 6, fields[2], 66, 99.5, 4, 0)]
        if scripted.of_kind(DATA_TYPE)
        else [error(int(fields[2]), code, "not subscribed")]
    )
    await broker.watch([APPLE])
    quote = await quoted(broker)
    assert (quote.source, quote.is_delayed, quote.bid) == (PriceSource.IBKR_DELAYED, True, Decimal("99.5"))
    assert [fields[2] for fields in scripted.of_kind(DATA_TYPE)] == ["3"]


async def test_delayed_data_that_nobody_announced_is_called_delayed(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    await broker.watch([APPLE])
    ((_, _, number, *_),) = await scripted.until(MARKET_DATA)
    scripted.say(error(int(number), 10167, "Displaying delayed market data"), (1, 6, number, 66, 99.5, 4, 0))
    assert (await quoted(broker)).source is PriceSource.IBKR_DELAYED


async def test_without_delayed_data_either_the_broker_is_asked_no_further(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[MARKET_DATA] = lambda fields: [error(int(fields[2]), 10168, "not enabled")]
    scripted.answers[TIME] = lambda _: [(49, 1, 1700000000)]
    await broker.watch([APPLE])
    await scripted.until(MARKET_DATA, 2)
    for _ in range(3):
        await broker.ping()
    assert len(scripted.of_kind(MARKET_DATA)) == 2


async def test_data_that_is_only_in_part_subscribed_goes_on(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[MARKET_DATA] = lambda fields: [
        error(int(fields[2]), 10090, "part of"),
        bid(fields[2], 100.1),
    ]
    await broker.watch([APPLE])
    assert (await quoted(broker)).source is PriceSource.IBKR_LIVE
    assert len(scripted.of_kind(MARKET_DATA)) == 1


async def test_more_lines_than_the_account_has_are_no_reason_for_delayed_data(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    scripted.answers[MARKET_DATA] = lambda fields: [error(int(fields[2]), 101, "Max number of tickers")]
    scripted.answers[TIME] = lambda _: [(49, 1, 1700000000)]
    await broker.watch([APPLE])
    await broker.ping()
    await broker.ping()
    assert (len(scripted.of_kind(MARKET_DATA)), scripted.of_kind(DATA_TYPE)) == (1, [])


async def test_what_is_watched_is_exactly_what_was_named_last(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    spy = ContractFacts(con_id=5, symbol="SPY")
    await broker.watch([APPLE])
    await broker.watch([APPLE, spy])
    await broker.watch([spy])
    assert [fields[3] for fields in await scripted.until(MARKET_DATA, 2)] == ["265598", "5"]
    assert [fields[2] for fields in await scripted.until(CANCEL_DATA)] == [
        scripted.of_kind(MARKET_DATA)[0][2]
    ]


async def test_a_new_line_does_not_begin_with_the_prices_of_an_old_one(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    await broker.watch([APPLE])
    (first,) = await scripted.until(MARKET_DATA)
    scripted.say(bid(first[2], 100.1))
    assert (await quoted(broker)).bid == Decimal("100.1")
    await broker.watch([])
    await broker.watch([APPLE])
    _, second = await scripted.until(MARKET_DATA, 2)
    scripted.say(bid(first[2], 100.2))  # still on its way when the line was ended
    scripted.say((1, 6, second[2], 2, 100.4, 3, 0))
    quote = await quoted(broker)
    assert (quote.bid, quote.ask) == (None, Decimal("100.4"))


async def test_a_halted_stock_and_an_empty_side_are_told(
    scripted: ScriptedGateway, broker: IbkrBroker
) -> None:
    await broker.watch([APPLE])
    ((_, _, number, *_),) = await scripted.until(MARKET_DATA)
    scripted.say(
        bid(number, 100.1), (45, 6, number, 49, 1), (1, 6, number, 2, -1, 0, 0), (1, 6, number, 9, 98.5, 0, 0)
    )
    quote = await quoted(broker)
    assert (quote.is_halted, quote.bid, quote.ask, quote.close) == (
        True,
        Decimal("100.1"),
        None,
        Decimal("98.5"),
    )
