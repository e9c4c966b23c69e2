"""The server's side of a socket's connection, met over loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from typing import Any
from unittest.mock import patch

import uvicorn
from websockets.asyncio.client import connect

from trading.consumers.wire import DIRECT, frame_bytes
from wealthalloc import socket_protocol
from wealthalloc.socket_protocol import SocketProtocol

Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Any, Send], Awaitable[None]]
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@asynccontextmanager
async def serving(
    application: Application, *, deflate: bool = False
) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """The application under uvicorn in this loop, which keeps its signals; yields the server and its port."""
    config = uvicorn.Config(
        application, ws=SocketProtocol, ws_per_message_deflate=deflate, lifespan="off", log_level="error"
    )  # fmt: skip
    server = uvicorn.Server(config)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        patch.object(server, "capture_signals", nullcontext),
    ):
        running = asyncio.create_task(server.serve(sockets=[listener]))
        yield server, listener.getsockname()[1]
        server.should_exit = True
        await running


async def test_a_whole_frame_is_read_by_a_client_like_any_other() -> None:
    async def application(scope: dict[str, Any], receive: Any, send: Send) -> None:
        await receive()
        write = scope["extensions"][DIRECT]
        assert not write(frame_bytes("before the handshake"))
        await send({"type": "websocket.accept"})
        assert write(frame_bytes("é" * 100))
        assert write(frame_bytes("a" * 70_000))
        await send({"type": "websocket.send", "text": "last"})
        await send({"type": "websocket.close", "code": 1000})
        assert not write(frame_bytes("after the farewell"))

    async with serving(application) as (_, port), connect(f"ws://127.0.0.1:{port}/") as client:
        assert [text async for text in client] == ["é" * 100, "a" * 70_000, "last"]
        assert client.close_code == 1000


async def test_where_frames_are_compressed_whole_ones_are_not_taken() -> None:
    offers = []

    async def application(scope: dict[str, Any], receive: Any, send: Send) -> None:
        offers.append(DIRECT in scope["extensions"])
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})

    async with serving(application, deflate=True) as (_, port), connect(f"ws://127.0.0.1:{port}/") as client:
        assert [text async for text in client] == []
    assert offers == [False]


async def test_a_client_that_reads_nothing_is_refused_frames_and_dropped_in_the_end() -> None:
    written: list[int] = []
    ended = asyncio.Event()

    async def application(scope: dict[str, Any], receive: Any, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        frame = frame_bytes("a" * 60_000)
        while scope["extensions"][DIRECT](frame):
            written.append(len(frame))
            await asyncio.sleep(0)
        ended.set()

    with patch.object(socket_protocol, "FAREWELL_SECONDS", 0.05):
        async with serving(application) as (server, port):
            loop = asyncio.get_running_loop()
            with socket.socket() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.setblocking(False)
                await loop.sock_connect(client, ("127.0.0.1", port))
                await loop.sock_sendall(client, HANDSHAKE)
                await asyncio.wait_for(ended.wait(), 20)
                lost = server.server_state.connections
                while lost:  # noqa: ASYNC110 - the server tells nobody of it
                    await asyncio.sleep(0.01)
    assert sum(written) < 50_000_000
