"""A broker's gateway that knows one thing: it sends prices as fast as they are taken, and hangs up.

Arguments: how many messages, and of how many lines of market data; prints the port it listens on.
"""

import asyncio
import random
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator

SERVER_VERSION = 176
SEGMENT = 1000  # messages written at once
BID, ASK, LAST = 1, 2, 4
SUBSCRIBE = "1"


async def main(count: int, lines: int) -> None:
    """Serves one client, then ends."""
    served = asyncio.Event()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await _serve(reader, writer, count, lines)
        served.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await served.wait()
    server.close()


async def _serve(reader: StreamReader, writer: StreamWriter, count: int, lines: int) -> None:
    await reader.readexactly(4)
    await _received(reader)
    writer.write(_frame(SERVER_VERSION, "20261124 17:29:54 UTC"))
    await _received(reader)
    writer.write(_frame(15, 1, "DU1") + _frame(9, 1, 1))
    numbers = [await _subscribed(reader) for _ in range(lines)]
    for segment in _segments(numbers, count):
        writer.write(segment)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def _received(reader: StreamReader) -> list[str]:
    length = int.from_bytes(await reader.readexactly(4), "big")
    return (await reader.readexactly(length)).decode().split("\0")


async def _subscribed(reader: StreamReader) -> str:
    """The number of the next question for market data."""
    while (fields := await _received(reader))[0] != SUBSCRIBE:
        pass
    return fields[2]


def _segments(numbers: list[str], count: int) -> Iterator[bytes]:
    """Bids, offers and trades that walk at random, line by line."""
    source = random.Random(1)  # noqa: S311 - the same ticks each time
    prices = dict.fromkeys(numbers, 10_000)
    for start in range(0, count, SEGMENT):
        frames = []
        for number in source.choices(numbers, k=min(SEGMENT, count - start)):
            prices[number] += source.randint(-5, 5)
            kind = source.choice((BID, ASK, LAST))
            frames.append(_frame(1, 6, number, kind, prices[number] / 100, source.randint(1, 9), 0))
        yield b"".join(frames)


def _frame(*fields: object) -> bytes:
    payload = "".join(f"{field}\0" for field in fields).encode()
    return len(payload).to_bytes(4, "big") + payload


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
