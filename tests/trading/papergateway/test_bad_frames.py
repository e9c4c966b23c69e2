"""Whatever bytes come in, the gateway neither dies nor grows, and serves its other clients on."""

import asyncio
import random
import socket
from collections.abc import Sequence

import pytest
from ib_insync import IB

from tests.trading.papergateway.exchange.paper_market import NOW
from tests.trading.papergateway.gateway_fixture import RunningGateway, paper_book, until
from trading.papergateway import server
from trading.papergateway.conversation import Conversation
from trading.papergateway.session import Hub
from trading.papergateway.wire import frame

HELLO = b"API\0\0\0\0\x09v157..176"
START = frame(["71", "2", "9", ""])


async def said(running: RunningGateway, *pieces: bytes) -> bytes:
    """What the gateway says to these bytes until it closes, or falls silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    heard = b""
    for piece in pieces:
        writer.write(piece)
    try:
        async with asyncio.timeout(0.1):
            while chunk := await reader.read(65_536):
                heard += chunk
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return heard


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ((b"GET / HTTP/1.1\r\n\r\n",), b""),
        ((b"API\0\0\0\0\x05v9..9",), b""),
        ((HELLO, b"\0\0\0\0"), b"507\0Bad Message Length: a frame of 0 bytes"),
        ((HELLO, START, b"\xff\xff\xff\xff"), b"507\0Bad Message Length: a frame of 4294967295 bytes"),
        ((HELLO, START, b"\0\0\0\x04\xff\xfe\xfd\0"), b"320\0Error reading request. not UTF-8"),
        ((HELLO, START, b"\0\0\0\x0261"), b"320\0Error reading request. the last field has no end"),
        ((HELLO, START, b"\0\0\0\x01\0"), b"505\0Fatal Error: Unknown message id"),
        (
            (HELLO, START, frame(["1", "11", "7", "0", "", "BAG", *[""] * 9, "99999999"])),
            b"320\0Error reading request",
        ),
    ],
)
async def test_bytes_that_make_no_sense_are_answered_and_hurt_nobody(
    running: RunningGateway, ib: IB, pieces: Sequence[bytes], words: bytes
) -> None:
    heard = await said(running, *pieces)

    assert words in heard
    await asyncio.wait_for(asyncio.ensure_future(ib.reqCurrentTimeAsync()), 2)
    await until(lambda: list(running.gateway.hub.sessions) == [1])


async def test_nothing_is_served_before_a_client_has_said_who_it_is(running: RunningGateway) -> None:
    heard = await said(running, HELLO, frame(["61", "1"]), frame(["3", "1"]))

    assert heard.count(b"\0\0\0") == 2  # the hello, and that the second request cannot be read
    assert running.gateway.hub.sessions == {}


async def test_a_client_that_never_says_who_it_is_is_let_go(
    running: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SECONDS_TO_GREET", 0.02)
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(reader.readexactly(1), 2)
    writer.close()

    assert running.gateway.links == set()


async def test_there_is_room_for_so_many_clients_and_no_more(
    running: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LINKS_AT_MOST", 2)
    writers = [(await asyncio.open_connection("127.0.0.1", running.port))[1] for _ in range(2)]
    await until(lambda: len(running.gateway.links) == 2)
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(reader.readexactly(1), 2)
    for each in (*writers, writer):
        each.close()


async def test_a_client_that_does_not_read_is_dropped(
    running: RunningGateway, ib: IB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "UNREAD_AT_MOST", 1000)
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", running.port))
    _, writer = await asyncio.open_connection(sock=deaf, limit=1024)
    writer.write(HELLO + START)
    await until(lambda: 9 in running.gateway.hub.sessions)
    many = frame(["9", "8", "7", "1001", *[""] * 11, "0", "", "", ""])
    async with asyncio.timeout(5):
        while 9 in running.gateway.hub.sessions:
            writer.write(many * 500)
            await asyncio.sleep(0)
    writer.transport.abort()

    assert ib.isConnected()


CONTRACT = ["1001", "", "", "", "", "", "", "SMART", "", "", "", ""]
# One of each kind that reads its fields closely; chance then spoils some of them.
SOUND = [
    ["1", "11", "7", *CONTRACT, "0", "233", "0", "0", ""],
    ["7", "3", "7", "0", "", "", "", "", "", ""],
    ["9", "8", "7", *CONTRACT, "0", "", "", ""],
    ["20", "7", *CONTRACT, "0", "", "1 day", "3 D", "1", "TRADES", "1", "0", ""],
    ["50", "3", "7", *CONTRACT, "5", "TRADES", "1", ""],
    ["62", "1", "7", "All", "NetLiquidation"],
    ["87", "7", *CONTRACT, "0", "1", "TRADES", "1"],
    ["91", "26"],
    ["94", "7", "DU100", "", "1001"],
    ["97", "7", *CONTRACT, "BidAsk", "0", "0"],
    *([kind, "1", "7"] for kind in ("4", "8", "14", "59", "77")),
]
WORDS = [
    "",
    "0",
    "1",
    "-1",
    "8",
    "1002",
    "ACME",
    "BAG",
    "1e9",
    "DU200",
    "2 W",
    "1 min",
    "MIDPOINT",
    "\u00fc",
    "20261124",
]


def test_spoiled_requests_never_raise_and_leave_the_book_alone() -> None:
    chance = random.Random(7)
    hub = Hub(paper_book())
    hub.book.advance(NOW)
    before = hub.book.state()
    conversation = Conversation(hub)
    conversation.receive(HELLO + START, NOW)
    told = 0
    for number in range(1500):
        fields = list(chance.choice(SOUND))
        for _ in range(chance.randrange(3)):
            fields[chance.randrange(len(fields))] = chance.choice(WORDS)
        conversation.receive(frame(fields), NOW)
        if number % 50 == 0:
            conversation.pulse(NOW)
        told += len(conversation.session.take())

    assert told > 1500
    assert not conversation.session.is_over
    assert hub.book.state() == before


def test_random_bytes_end_their_own_conversation_alone() -> None:
    chance = random.Random(7)
    hub = Hub(paper_book())
    endings = set()
    for _ in range(300):
        conversation = Conversation(hub)
        conversation.receive(HELLO + chance.randbytes(chance.randrange(1, 60)), NOW)
        endings.add(conversation.session.is_over)
        conversation.end()

    assert endings == {True, False}
    assert hub.sessions == {}
