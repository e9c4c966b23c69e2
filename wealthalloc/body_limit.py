"""How large a request may be: one that announces too much is refused before any of it is taken in."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.errors import DomainError, LengthMissing, TooLarge
from common.problems import problem_response, status_of
from common.refusals import refusal_answer
from portfolios.engine.file_kinds import LARGEST_FILE, check_size

# Around the file of a form: its other fields, the names of all of them and the boundaries between.
FRAME = 1024 * 1024
MEGABYTE = 1024 * 1024

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Pages = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def check_body(*, length: str, content_type: str, is_chunked: bool) -> None:
    """Raises TooLarge for a body that announces more than is taken in, LengthMissing when it does not say.

    A form with a file may have the size of the largest file, everything else what Django keeps in memory.
    """
    if is_chunked:
        raise LengthMissing(
            "This request does not say how long it is. Send it with a Content-Length.", code="length-required"
        )
    size = int(length) if length.isdecimal() else 0
    if content_type.lower().startswith("multipart/"):
        if size > LARGEST_FILE + FRAME:
            check_size(size)
    elif size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MEGABYTE
        raise TooLarge(
            f"This request has {size / MEGABYTE:.0f} MB; up to {most} MB are taken in.", code="too-large"
        )


class BodyLimit:
    """Answers a request whose body is too large without reading it, in the words of page or API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, or refuse it."""
        try:
            check_body(
                length=request.META.get("CONTENT_LENGTH") or "",
                content_type=request.META.get("CONTENT_TYPE") or "",
                is_chunked="HTTP_TRANSFER_ENCODING" in request.META,
            )
        except DomainError as refusal:
            if request.path.startswith("/api/"):
                return problem_response(
                    request, status=status_of(refusal), code=refusal.code, detail=refusal.detail
                )
            return refusal_answer(request, refusal)
        return self.get_response(request)


def without_large_bodies(pages: Pages) -> Pages:
    """`pages` as an ASGI application that is not handed the bodies which `BodyLimit` refuses.

    Under ASGI Django writes a whole body to disk before any middleware sees the request.
    """

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        is_refused = False
        try:
            check_body(**_announced(scope))
        except DomainError:
            is_refused = True
        await pages(scope, _nothing_of(receive) if is_refused else receive, send)

    return application


def _announced(scope: dict[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return {
        "length": headers.get(b"content-length", ""),
        "content_type": headers.get(b"content-type", ""),
        "is_chunked": b"transfer-encoding" in headers,
    }


def _nothing_of(receive: Receive) -> Receive:
    """A body that is empty; what comes of the real one is dropped until the client hangs up."""
    is_told = False

    async def received() -> Mapping[str, Any]:
        nonlocal is_told
        if not is_told:
            is_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (event := await receive())["type"] != "http.disconnect":
            pass
        return event

    return received
