"""A gateway that says what a test has it say, frame by frame: for what a well-behaved one never does."""

import asyncio
import contextlib
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from typing import Any

Fields = tuple[Any, ...]
Answer = Callable[[list[str]], list[Fields]]

OPEN_TAIL = ("", "", "", "", "")
UNSET = "1.7976931348623157E308"


class ScriptedGateway:
    """Listens on a free port; `answers` holds what to say to each kind of request, by its number."""

    def __init__(self) -> None:
        self.version: Any = 176
        self.first_id = 1
        self.accounts = "DU1,DU2"
        self.answers: dict[str, Answer] = {}
        self.asked: list[list[str]] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writer: StreamWriter | None = None
        self._arrived = asyncio.Condition()

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hang up and listen no more."""
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
        if self._server is not None:
            self._server.close()

    def say(self, *messages: Fields) -> None:
        """Write messages, all in one segment."""
        self.write(b"".join(frame(*fields) for fields in messages))

    def write(self, data: bytes) -> list[Fields]:
        """Write bytes as they are; as an answer, there is nothing more to say."""
        assert self._writer is not None
        self._writer.write(data)
        return []

    def reset(self) -> None:
        """Break the connection without a goodbye (RST)."""
        assert self._writer is not None
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()

    def hang_up(self) -> list[Fields]:
        """Close the connection; as an answer, there is nothing more to say."""
        assert self._writer is not None
        self._writer.close()
        return []

    def of_kind(self, kind: str) -> list[list[str]]:
        """The requests of a kind that have come, oldest first."""
        return [fields for fields in self.asked if fields[0] == kind]

    async def until(self, kind: str, count: int = 1) -> list[list[str]]:
        """Waits until `count` requests of a kind have come, and returns them."""
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: len(self.of_kind(kind)) >= count)
        return self.of_kind(kind)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writer = writer
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readexactly(4)
            await self._received(reader)
            if self.version is None:
                return
            self.say((self.version, "20261124 17:29:54 UTC"))
            while True:
                await self._answer(await self._received(reader))

    async def _received(self, reader: StreamReader) -> list[str]:
        length = int.from_bytes(await reader.readexactly(4), "big")
        return (await reader.readexactly(length)).decode().split("\0")[:-1]

    async def _answer(self, fields: list[str]) -> None:
        async with self._arrived:
            self.asked.append(fields)
            self._arrived.notify_all()
        default = self._welcome if fields[0] == "71" else _nothing
        self.say(*self.answers.get(fields[0], default)(fields))

    def _welcome(self, _: list[str]) -> list[Fields]:
        return [(15, 1, self.accounts), (9, 1, self.first_id)]


def _nothing(_: list[str]) -> list[Fields]:
    return []


def frame(*fields: Any) -> bytes:
    """A message as it stands on the wire."""
    payload = "".join(f"{field}\0" for field in fields).encode()
    return len(payload).to_bytes(4, "big") + payload


def error(number: int, code: int, words: str = "words") -> Fields:
    """Message 4."""
    return (4, 2, number, code, words, "")


def order_status(
    number: int, status: str, *, filled: float = 0, perm_id: int = 900, client_id: int = 1
) -> Fields:
    """Message 3."""
    return (3, number, status, filled, 10 - filled, 0, perm_id, 0, 0, client_id, "", 0)


def open_order(
    number: int, status: str, *, perm_id: int = 900, client_id: int = 1, ref: str = "ref-1",
    is_what_if: bool = False, margin: str = UNSET, commission: str = UNSET,
) -> Fields:  # fmt: skip
    """Message 5: a market order for ten shares of Apple."""
    head = (
        5, number, 265598, "AAPL", "STK", "", "0", "?", "", "SMART", "USD", "AAPL", "NMS", "BUY", "10",
        "MKT", "0.0", "0.0", "DAY", "", "DU1", "O", "0", ref, client_id, perm_id, "0", "0", "0", "", "",
        "", "", "", "", "", "", "", "", "", "0", "", "-1", "0", "", "", "", "", "", "2147483647", "0",
        "0", "0", "", "3", "0", "0", "", "0", "0", "", "0", "None", "", "0", "", "", "", "?", "0", "0",
        "", "0", "0", "", "", "2147483647", "2147483647", "", "0", "0", "0", "", "", "", "", "0", "",
        "IB", "0", "0", "", "0", int(is_what_if),
    )  # fmt: skip
    state = (
        status,
        UNSET,
        UNSET,
        UNSET,
        margin,
        margin,
        UNSET,
        margin,
        margin,
        margin,
        commission,
        "",
        "",
        "USD",
        "",
    )
    tail = (
        "0", "0", "0", "None", UNSET, UNSET, UNSET, UNSET, UNSET, UNSET, "0", "", "", "", "0", "1", "0",
        "0", "0", "", "", "0", *OPEN_TAIL,
    )  # fmt: skip
    return (*head, *state, *tail)


def execution(
    number: int, exec_id: str, shares: float, *, order_id: int = 1, perm_id: int = 900, ref: str = "ref-1"
) -> Fields:
    """Message 11: shares of Apple bought at 100."""
    return (
        11, number, order_id, 265598, "AAPL", "STK", "", "0.0", "", "", "SMART", "USD", "AAPL", "NMS",
        exec_id, "20260701 09:30:00 US/Eastern", "DU1", "NASDAQ", "BOT", shares, "100", perm_id, 1, 0,
        shares, "100", ref, "", "", "", 1,
    )  # fmt: skip


def commission(exec_id: str, amount: str) -> Fields:
    """Message 59."""
    return (59, 1, exec_id, amount, "USD", UNSET, UNSET, "")


def position(account: str, shares: float) -> Fields:
    """Message 61: shares of Apple at an average cost of 100.01."""
    return (
        61, 3, account, 265598, "AAPL", "STK", "", "0.0", "", "", "NASDAQ", "USD", "AAPL", "NMS",
        shares, "100.01",
    )  # fmt: skip
