"""Answers that are sent while they are read or written: files, tables, archives."""

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

# Parts of an answer that are fetched at a time: lines of a table, or blocks of 4 KB of a file.
AT_A_TIME = 256


class StreamsInTurn:
    """Middleware that has an asynchronous server fetch a stream as it sends it. Stands outermost.

    Without it Django warns there, and holds the whole answer in memory before the first byte is sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, its stream made asynchronous where the server is."""
        response = self.get_response(request)
        if (
            isinstance(request, ASGIRequest)
            and isinstance(response, StreamingHttpResponse)
            and isinstance(parts := response.streaming_content, Iterator)
        ):
            response.streaming_content = in_turn(parts)
        return response


async def in_turn(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The parts in larger pieces, each fetched in the thread of the view: its cursor is open there."""

    def piece() -> list[bytes]:
        return list(islice(parts, AT_A_TIME))

    while some := await sync_to_async(piece)():
        yield b"".join(some)
