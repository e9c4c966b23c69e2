"""Answers that are sent while they are written, by a server of either kind (WSGI and ASGI)."""

from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.http import FileResponse, StreamingHttpResponse

# Parts of an answer that are fetched at a time: lines of a table, or blocks of 4 KB of a file.
AT_A_TIME = 256

if TYPE_CHECKING:
    _Streaming = StreamingHttpResponse
else:
    _Streaming = object


class _FetchedInTurn(_Streaming):
    """Hands an ordinary iterator to an asynchronous server as it goes.

    Left to itself, Django warns there and writes the whole answer into memory before it sends the first byte.
    """

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The answer in pieces, each fetched in the thread of the view, where its cursor is open."""
        parts: Iterator[bytes] = iter(self)
        while some := await sync_to_async(_next_of)(parts):
            yield b"".join(some)


class StreamedAnswer(_FetchedInTurn, StreamingHttpResponse):
    """Text or bytes from an iterator."""


class StreamedFile(_FetchedInTurn, FileResponse):
    """An open file, closed once it is sent."""


def _next_of(parts: Iterator[bytes]) -> list[bytes]:
    return list(islice(parts, AT_A_TIME))
