"""Many sockets in one process, as cheap as can be: it counts the frames of prices and how old each was.

`python -m bench.fan_out_client HOST PORT PATH`, with one JSON line on standard input: the cookies, one for
each socket, and what each says first. It writes `ready` once all are open. Every further line asks for the
figures since the last one and is answered with them; the end of input ends it.
"""

import asyncio
import json
import sys
import time
from typing import Any

import uvloop

MARK = b'"price":"'
PRICES = b'"prices"'
LENGTH_2, LENGTH_8 = 126, 127
TEXT, PING, PONG = 1, 9, 10
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: http://{host}:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "{cookie}\r\n"
)


class Figures:
    """Ages of the frames that came, in milliseconds."""

    def __init__(self) -> None:
        self.ages: list[float] = []

    def taken(self) -> dict[str, Any]:
        """The figures since the last time."""
        ages, self.ages = sorted(self.ages), []
        if not ages:
            return {"count": 0, "p50": None, "p99": None}
        return {
            "count": len(ages),
            "p50": ages[len(ages) // 2],
            "p99": ages[min(len(ages) - 1, len(ages) * 99 // 100)],
        }


class Socket(asyncio.Protocol):
    """One socket: opens, says its first words, and counts."""

    def __init__(self, hello: bytes, first: str, figures: Figures, opened: "asyncio.Future[None]") -> None:
        self.hello, self.first, self.figures, self.opened = hello, first, figures, opened
        self.buffer = b""
        self.is_open = False
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self.transport = transport
        self.transport.write(self.hello)

    def data_received(self, data: bytes) -> None:
        """Take the frames out of what came."""
        now = time.monotonic_ns()
        buffer = self.buffer + data
        if not self.is_open:
            head, separator, buffer = buffer.partition(b"\r\n\r\n")
            if not separator:
                self.buffer = head
                return
            self._answered(head)
        at = 0
        while (frame := _frame(buffer, at)) is not None:
            kind, (start, at) = buffer[at] & 15, frame
            if kind == PING:
                self.transport.write(_masked(buffer[start:at], PONG))
            else:
                self._count(buffer[start:at], now)
        self.buffer = buffer[at:]

    def connection_lost(self, _exception: Exception | None) -> None:
        """Nobody ends a socket while it is measured."""
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the socket was closed"))

    def _answered(self, head: bytes) -> None:
        if not head.startswith(b"HTTP/1.1 101"):
            self.opened.set_exception(ConnectionError(head.decode()))
        self.is_open = True
        if self.first:
            self.transport.write(_masked(self.first.encode(), TEXT))
        else:
            self.opened.set_result(None)

    def _count(self, payload: bytes, now: int) -> None:
        if PRICES not in payload[:40]:
            if not self.opened.done():
                self.opened.set_result(None)
            return
        start = payload.find(MARK) + len(MARK)
        stamp = int(payload[start : payload.index(b'"', start)])
        self.figures.ages.append((now - stamp) / 1e6)


def _frame(buffer: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `at` begins and ends; None while it is not whole."""
    if len(buffer) < at + 2 or (len(buffer) < at + 10 and buffer[at + 1] & 127 >= LENGTH_2):
        return None
    size, start = buffer[at + 1] & 127, at + 2
    if size == LENGTH_2:
        size, start = int.from_bytes(buffer[at + 2 : at + 4]), at + 4
    elif size == LENGTH_8:
        size, start = int.from_bytes(buffer[at + 2 : at + 10]), at + 10
    return None if len(buffer) < start + size else (start, start + size)


def _masked(payload: bytes, kind: int) -> bytes:
    """A frame of a client; the mask of zeros leaves the payload as it is."""
    if kind == PONG:
        return bytes([0x80 | kind, 0x80 | len(payload)]) + bytes(4) + payload
    return bytes([0x80 | kind, 0x80 | LENGTH_2]) + len(payload).to_bytes(2) + bytes(4) + payload


async def main(host: str, port: str, path: str) -> None:
    """Open the sockets, then answer for figures until the input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    wishes = json.loads(await reader.readline())
    figures = Figures()
    for cookie in wishes["cookies"]:
        hello = HANDSHAKE.format(host=host, port=port, path=path, cookie=cookie and f"Cookie: {cookie}\r\n")
        opened: asyncio.Future[None] = loop.create_future()
        socket = Socket(hello.encode(), wishes["first"], figures, opened)
        await loop.create_connection(lambda socket=socket: socket, host, int(port))  # type: ignore[misc]
        await opened
    print("ready", flush=True)
    while await reader.readline():
        print(json.dumps(figures.taken()), flush=True)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:4]))
