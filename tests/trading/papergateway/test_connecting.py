"""A client comes: what it is told, whom it may be, and what the gateway says to those it cannot serve."""

import asyncio
from datetime import UTC, datetime

import pytest
from ib_insync import IB

from tests.trading.papergateway.conftest import Connect
from tests.trading.papergateway.gateway_fixture import (
    ALICE,
    BOB,
    RunningGateway,
    call_in_loop,
    decodes_everything,
    threaded_gateway,
    until,
)
from trading.papergateway.account_streams import AccountStream
from trading.papergateway.wire import frame


async def test_a_client_connects_and_knows_version_accounts_and_its_first_number(
    running: RunningGateway, ib: IB
) -> None:
    assert ib.client.serverVersion() == 176
    assert ib.managedAccounts() == [ALICE, BOB]
    assert list(running.gateway.hub.sessions) == [1]
    assert await asyncio.wait_for(asyncio.ensure_future(ib.reqCurrentTimeAsync()), 2) == datetime(
        2026, 11, 25, 15, 30, tzinfo=UTC
    )


async def test_the_state_of_the_farms_is_told(running: RunningGateway) -> None:
    ib, codes = IB(), []
    ib.errorEvent += lambda number, code, *_: codes.append((number, code))
    await ib.connectAsync("127.0.0.1", running.port, 1, timeout=2)
    ib.disconnect()

    assert codes == [(-1, 2104), (-1, 2106), (-1, 2158)]


async def test_a_number_that_is_in_use_is_refused_with_326(running: RunningGateway, connect: Connect) -> None:
    first = await connect(5)
    second, codes = IB(), []
    second.errorEvent += lambda _, code, *__: codes.append(code)
    with pytest.raises(TimeoutError):
        await second.connectAsync("127.0.0.1", running.port, 5, timeout=0.2)

    assert codes == [326]
    assert first.isConnected()
    assert list(running.gateway.hub.sessions) == [5]


async def test_a_number_is_free_again_once_its_client_is_gone(
    running: RunningGateway, connect: Connect
) -> None:
    first = await connect(5)
    first.disconnect()
    await until(lambda: not running.gateway.hub.sessions)

    assert (await connect(5)).isConnected()


async def test_a_client_that_only_reads_connects_without_orders(connect: Connect) -> None:
    ib = await connect(3, readonly=True)

    assert ib.isConnected()


async def test_one_account_of_several_can_be_named(running: RunningGateway, connect: Connect) -> None:
    ib = await connect(1, account=BOB)

    followed = running.gateway.hub.sessions[1].streams["account"]
    assert isinstance(followed, AccountStream)
    assert followed.account == BOB
    assert {value.account for value in ib.accountValues() if value.tag == "AccountReady"} >= {BOB}


async def test_a_request_that_is_not_served_is_answered_by_505(ib: IB) -> None:
    said: list[tuple[int, int, str]] = []
    ib.errorEvent += lambda number, code, words, _: said.append((number, code, words))
    ib.client.send(104, 7)
    await until(lambda: said)

    assert said == [(-1, 505, "Fatal Error: Unknown message id 104")]


async def test_a_request_that_cannot_be_read_is_refused_under_its_number(ib: IB) -> None:
    said: list[tuple[int, int]] = []
    ib.errorEvent += lambda number, code, *_: said.append((number, code))
    ib.client.send(62, 1, 77, "All")
    ib.client.send(92, 78, "DU100", "", "one too many")
    await until(lambda: len(said) == 2)

    assert said == [(77, 320), (78, 320)]
    assert ib.isConnected()


async def test_one_byte_at_a_time_is_understood(running: RunningGateway) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    hello, start = b"v157..176", frame(["71", "2", "9", ""])
    for byte in b"API\0" + len(hello).to_bytes(4, "big") + hello + start:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    told = b""
    while b"2158" not in told:
        told += await asyncio.wait_for(reader.read(4096), 2)
    writer.close()
    await writer.wait_closed()

    assert told.startswith(b"\0\0\0\x21176\x0020261125 10:30:00 US/Eastern\0")
    assert b"15\x001\0DU100,DU200\0" in told
    assert b"9\x001\x001\0" in told


async def test_many_clients_are_served_at_once(running: RunningGateway, connect: Connect) -> None:
    clients = await asyncio.gather(*(connect(number) for number in range(1, 11)))

    assert all(client.isConnected() for client in clients)
    assert sorted(running.gateway.hub.sessions) == list(range(1, 11))


def test_a_gateway_in_a_thread_serves_a_client_in_another_loop() -> None:
    async def talk(port: int) -> list[str]:
        ib = IB()
        await ib.connectAsync("127.0.0.1", port, 1, timeout=2)
        accounts = ib.managedAccounts()
        ib.disconnect()
        await asyncio.sleep(0.01)
        return accounts

    with decodes_everything(), threaded_gateway() as running:
        assert asyncio.run(talk(running.port)) == [ALICE, BOB]
        assert call_in_loop(running, running.book.next_order_id, 1) == 1
