"""Streamed answers: the same bytes to both kinds of server, and never more in memory than a piece."""

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory

from common.csv_downloads import csv_response
from common.streams import AT_A_TIME, StreamsInTurn

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ROWS = 2 * AT_A_TIME + 1


def pieces(view: Callable[[Any], StreamingHttpResponse]) -> list[bytes]:
    """What an asynchronous server is handed by a view behind the middleware; a warning would fail it."""

    async def answered() -> list[bytes]:
        async with ThreadSensitiveContext():
            response: Any = await sync_to_async(StreamsInTurn(view))(AsyncRequestFactory().get("/"))
            return [piece async for piece in response]

    return asyncio.run(answered())


def table(_request: object = None) -> StreamingHttpResponse:
    return csv_response(
        "rows", about=["All rows"], now=NOW, header=["number"], rows=([number] for number in range(ROWS))
    )


def test_both_kinds_of_server_send_the_same_table() -> None:
    response: Any = StreamsInTurn(table)(RequestFactory().get("/"))
    at_once = b"".join(response)
    sent = pieces(table)

    assert b"".join(sent) == at_once
    assert at_once.splitlines()[:3] == [
        b"\xef\xbb\xbfAll rows,written 2026-03-02T09:30:00+00:00",
        b"number",
        b"0",
    ]
    # Its rows, the mark and two lines of head.
    assert len(sent) == 3
    assert sent[2].splitlines()[-1] == str(ROWS - 1).encode()


def test_nothing_is_written_before_the_server_asks_for_it() -> None:
    written: list[int] = []

    def parts() -> Iterator[str]:
        for number in range(ROWS):
            written.append(number)
            yield "x"

    async def first() -> bytes:
        middleware = StreamsInTurn(lambda _: StreamingHttpResponse(parts()))
        response: Any = middleware(AsyncRequestFactory().get("/"))
        return await anext(aiter(response))

    assert asyncio.run(first()) == b"x" * AT_A_TIME
    assert len(written) == AT_A_TIME


def test_it_is_written_in_the_thread_of_the_view() -> None:
    threads: list[int] = []

    def view(_request: object) -> StreamingHttpResponse:
        def parts() -> Iterator[str]:
            for _ in range(ROWS):
                threads.append(threading.get_ident())
                yield "x"

        threads.append(threading.get_ident())
        return StreamingHttpResponse(parts())

    assert b"".join(pieces(view)) == b"x" * ROWS
    assert len(threads) == ROWS + 1
    assert set(threads) == {threads[0]}
    assert threads[0] != threading.get_ident()


@pytest.mark.django_db  # whoever closes an answer tells the database connections
def test_a_file_comes_whole_and_is_closed_once_it_is_sent() -> None:
    content = bytes(range(256)) * 20_000
    file = io.BytesIO(content)
    response = FileResponse(file, as_attachment=True, filename="all.zip")

    assert b"".join(pieces(lambda _: response)) == content
    assert response.headers["Content-Length"] == str(len(content))
    assert not file.closed
    response.close()
    assert file.closed


def test_an_answer_that_is_no_stream_passes() -> None:
    whole = HttpResponse("x")
    assert StreamsInTurn(lambda _: whole)(AsyncRequestFactory().get("/")) is whole
    assert whole.content == b"x"


@pytest.mark.django_db
def test_both_kinds_of_server_send_the_same_static_file(client: Client) -> None:
    async def sent() -> bytes:
        response: Any = await AsyncClient().get("/static/css/app.css")
        return b"".join([piece async for piece in response])

    at_once: Any = client.get("/static/css/app.css")
    assert asyncio.run(sent()) == b"".join(at_once)
