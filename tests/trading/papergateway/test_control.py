"""The control channel: every verb of an operator as a line of JSON."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from ib_insync import IB, Contract, MarketOrder

from tests.trading.papergateway.gateway_fixture import ALICE, RunningGateway, until
from trading.papergateway.control import LONGEST_LINE, ControlChannel
from trading.papergateway.faults import Faults

D = Decimal


class Talk:
    """One conversation with the channel."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, line: bytes | dict[str, Any]) -> dict[str, Any]:
        """The answer to a line."""
        self.writer.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")
        answer: dict[str, Any] = json.loads(await asyncio.wait_for(self.reader.readline(), 2))
        return answer


@pytest.fixture
async def talk(running: RunningGateway) -> AsyncIterator[Talk]:
    """A conversation with the channel of the running gateway."""
    channel = ControlChannel(running.operator)
    reader, writer = await asyncio.open_connection("127.0.0.1", await channel.start())
    yield Talk(reader, writer)
    writer.close()
    await writer.wait_closed()
    channel.stop()


async def test_an_answer_tells_how_things_stand(ib: IB, acme: Contract, talk: Talk) -> None:
    trade = ib.placeOrder(acme, MarketOrder("BUY", 5, account=ALICE))
    await until(lambda: trade.orderStatus.status == "Filled")

    assert await talk.say({"do": "status"}) == {"ok": True, "clients": [1], "open_orders": 0, "fills": 1}


@pytest.mark.parametrize(
    ("command", "faults"),
    [
        ({"do": "half_open"}, {"is_half_open": True}),
        ({"do": "half_open", "on": False}, {}),
        (
            {"do": "mute", "kinds": [49, "61"], "numbers": [7]},
            {"muted_kinds": {"49", "61"}, "muted_numbers": {7}},
        ),
        ({"do": "truncate"}, {"truncated_frames": 1}),
        ({"do": "garbage", "count": 2}, {"garbage_frames": 2}),
        ({"do": "duplicate"}, {"duplicated": {"3", "11"}}),
        ({"do": "withhold", "kinds": ["3"]}, {"withheld": {"3"}}),
        ({"do": "reverse"}, {"is_reversed": True}),
        ({"do": "lose", "count": 3}, {"lost_orders": 3}),
        ({"do": "die"}, {"deadly_orders": 1}),
        ({"do": "unset_what_if"}, {"tells_unset_what_if": True}),
        ({"do": "data", "live": False}, {"has_live_data": False}),
        ({"do": "data", "delayed": False}, {"has_delayed_data": False}),
        ({"do": "link", "code": 1100}, {"is_link_lost": True}),
        ({"do": "link", "code": 1102}, {}),
        ({"do": "restart", "rollback": 3}, {"order_id_rollback": 3}),
    ],
)
async def test_each_fault_can_be_set_and_cleared(
    running: RunningGateway, talk: Talk, command: dict[str, Any], faults: dict[str, Any]
) -> None:
    assert (await talk.say(command))["ok"] is True
    assert running.operator.faults == Faults(**faults)

    assert (await talk.say({"do": "clear"}))["ok"] is True
    assert running.operator.faults == Faults()


async def test_words_can_wait_for_the_next_order_or_be_sent_about_one(
    running: RunningGateway, ib: IB, talk: Talk
) -> None:
    said: list[tuple[int, int, str]] = []
    ib.errorEvent += lambda number, code, words, _: said.append((number, code, words))
    await talk.say({"do": "notice", "code": 10349})
    await talk.say({"do": "notice", "code": 399, "client_id": 1, "order_id": 42, "words": "Held."})
    await until(lambda: said)

    assert list(running.operator.faults.notices) == [10349]
    assert said == [(42, 399, "Held.")]


async def test_the_market_obeys(running: RunningGateway, ib: IB, acme: Contract, talk: Talk) -> None:
    await talk.say({"do": "price", "symbol": "ACME", "price": "50", "bid": 49, "ask": "51.5", "size": 7})
    quote = running.book.quote(acme.conId, running.clock.now)
    assert (quote.last, quote.bid, quote.ask, quote.ask_size) == (D(50), D(49), D("51.5"), D(7))
    await talk.say({"do": "halt", "symbol": "ACME"})
    assert running.book.quote(acme.conId, running.clock.now).is_halted
    await talk.say({"do": "resume", "symbol": "ACME"})
    trade = ib.placeOrder(acme, MarketOrder("BUY", 5, account=ALICE))
    await until(lambda: trade.orderStatus.status == "Filled")
    exec_id = trade.fills[0].execution.execId
    assert (await talk.say({"do": "correct", "exec_id": exec_id, "price": "51.4"}))["ok"] is True
    await until(lambda: len(trade.fills) == 2)
    assert trade.fills[1].execution.price == 51.4

    await talk.say({"do": "release_price", "symbol": "ACME"})
    assert running.book.quote(acme.conId, running.clock.now).last != D(50)


async def test_connections_obey(running: RunningGateway, ib: IB, talk: Talk) -> None:
    await talk.say({"do": "stall", "seconds": 0.01})
    await asyncio.wait_for(asyncio.ensure_future(ib.reqCurrentTimeAsync()), 2)
    await talk.say({"do": "withhold"})
    await talk.say({"do": "release"})
    assert running.operator.faults.withheld == set()
    await talk.say({"do": "drop"})
    await until(lambda: not ib.isConnected())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{", "Expecting property name"),
        (b"[1]", "a command is an object"),
        (b"\xff", "codec can't decode"),
        ({"do": "dance"}, "no such command; there are: clear, correct"),
        ({}, "no such command"),
        ({"do": "stall"}, "'seconds'"),
        ({"do": "price", "symbol": "ACME"}, "'price'"),
        ({"do": "price", "symbol": "ACME", "price": "much"}, "the command lacks or misuses"),
        ({"do": "price", "symbol": "NOPE", "price": 5}, "NOPE is not listed"),
        ({"do": "link", "code": 7}, "1100, 1101, 1102"),
        ({"do": "correct", "exec_id": "a.01"}, "there is no fill"),
        ({"do": "mute", "numbers": 7}, "not iterable"),
    ],
)
async def test_what_makes_no_sense_is_answered_with_why(
    running: RunningGateway, talk: Talk, line: bytes | dict[str, Any], words: str
) -> None:
    answer = await talk.say(line)

    assert answer["ok"] is False
    assert words in answer["error"]
    assert running.operator.faults == Faults()
    assert (await talk.say({"do": "status"}))["ok"] is True


async def test_a_line_beyond_all_measure_ends_the_conversation(talk: Talk) -> None:
    talk.writer.write(b"x" * (LONGEST_LINE * 3))

    assert await asyncio.wait_for(talk.reader.read(), 2) == b""
