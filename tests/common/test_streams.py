"""Streamed answers: the same bytes to both kinds of server, and never more in memory than a piece."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.test import AsyncRequestFactory

from common.csv_downloads import csv_response
from common.streams import AT_A_TIME, StreamedAnswer, StreamedFile

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ROWS = 2 * AT_A_TIME + 1


async def pieces(response: StreamingHttpResponse) -> list[bytes]:
    """What an asynchronous server is handed; a warning would fail the test."""
    return [piece async for piece in response]


def table() -> StreamedAnswer:
    return csv_response(
        "rows", about=["All rows"], now=NOW, header=["number"], rows=([number] for number in range(ROWS))
    )


def test_both_kinds_of_server_send_the_same_table() -> None:
    at_once = b"".join(table())
    in_turn = asyncio.run(pieces(table()))

    assert b"".join(in_turn) == at_once
    assert at_once.splitlines()[:3] == [
        b"\xef\xbb\xbfAll rows,written 2026-03-02T09:30:00+00:00",
        b"number",
        b"0",
    ]
    # Its rows, the mark and two lines of head.
    assert len(in_turn) == 3
    assert in_turn[2].splitlines()[-1] == str(ROWS - 1).encode()


def test_nothing_is_written_before_the_server_asks_for_it() -> None:
    written: list[int] = []

    def parts() -> Iterator[str]:
        for number in range(ROWS):
            written.append(number)
            yield "x"

    async def first(response: StreamedAnswer) -> bytes:
        stream: AsyncIterator[bytes] = aiter(response)
        return await anext(stream)

    assert asyncio.run(first(StreamedAnswer(parts()))) == b"x" * AT_A_TIME
    assert len(written) == AT_A_TIME


def test_it_is_written_in_the_thread_of_the_view() -> None:
    threads: set[int] = set()

    def view(request: ASGIRequest) -> StreamedAnswer:
        def parts() -> Iterator[str]:
            for _ in range(ROWS):
                threads.add(threading.get_ident())
                yield "x"

        threads.add(threading.get_ident())
        return StreamedAnswer(parts())

    async def answered() -> int:
        async with ThreadSensitiveContext():
            response = await sync_to_async(view)(AsyncRequestFactory().get("/"))
            return len(b"".join(await pieces(response)))

    assert asyncio.run(answered()) == ROWS
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


@pytest.mark.django_db  # whoever closes an answer tells the database connections
def test_a_file_comes_whole_and_is_closed_once_it_is_sent() -> None:
    content = bytes(range(256)) * 20_000
    file = io.BytesIO(content)
    response = StreamedFile(file, as_attachment=True, filename="all.zip")

    assert b"".join(asyncio.run(pieces(response))) == content
    assert response.headers["Content-Length"] == str(len(content))
    assert b"".join(StreamedFile(io.BytesIO(content))) == content

    response.close()
    assert file.closed
