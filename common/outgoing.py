"""Asking other servers: within a time, up to a size, and only the server that was named."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import httpx

from common.addresses import address_check

MEGABYTE = 1024 * 1024
LONGEST_WAIT = 24 * 3600


class OutgoingError(Exception):
    """There is no answer to use. The words name the host at most: an address may hold a key."""


class Unreachable(OutgoingError):
    """No connection came about, or it broke."""


class TookTooLong(OutgoingError):
    """The answer, or its next part, did not come in time."""


class AnswerTooLarge(OutgoingError):
    """The answer is larger than is taken in."""


class AnswerElsewhere(OutgoingError):
    """The server points to another address, which is never followed."""


class AnswerUnusable(OutgoingError):
    """What came is not HTTP, breaks off, or is packed although that was not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long, in seconds, and how much: to connect, between two parts, in all, and bytes of the answer.

    `total` is looked at with each part of the body; a head that never ends is bounded by its size alone.
    """

    connect: float = 5
    pause: float = 10
    total: float = 30
    most_bytes: int = 5 * MEGABYTE


USUAL = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said; `retry_after` is in seconds, None when it named no time."""

    status: int
    body: bytes
    retry_after: int | None = None


def ask(
    address: str,
    *,
    parameters: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    bounds: Bounds = USUAL,
) -> Answer:
    """What the server at `address` answers to GET, whatever its status, a redirect excepted.

    Raises OutgoingError when there is no whole answer within `bounds`, and UnsafeAddress for an address
    that is not asked.
    """
    host = address_check(address).hostname
    deadline = time.monotonic() + bounds.total
    pauses = httpx.Timeout(bounds.pause, connect=bounds.connect)
    try:
        # Not packed: a few bytes could unpack to more than there is room for.
        said = {"Accept-Encoding": "identity", **(headers or {})}
        with _client().stream("GET", address, params=parameters, headers=said, timeout=pauses) as response:
            return _answer(response, host, deadline, bounds.most_bytes)
    # What was raised holds the whole address, key included: it is not kept as the cause.
    except httpx.TimeoutException:
        raise TookTooLong(f"{host} did not answer in time") from None
    except httpx.NetworkError:
        raise Unreachable(f"{host} cannot be reached") from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise AnswerUnusable(f"{host} sent an answer that breaks off or is not HTTP") from None


def _answer(response: httpx.Response, host: str | None, deadline: float, most_bytes: int) -> Answer:
    if response.is_redirect:
        raise AnswerElsewhere(f"{host} points to another address, which is not followed")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise AnswerUnusable(f"{host} sent a packed answer, which was not asked for")
    body = bytearray()
    for part in response.iter_raw():
        body += part
        if len(body) > most_bytes:
            raise AnswerTooLarge(f"{host} sent more than {most_bytes} bytes")
        if time.monotonic() > deadline:
            raise TookTooLong(f"{host} did not finish its answer in time")
    wait = _seconds(response.headers.get("retry-after", ""))
    return Answer(status=response.status_code, body=bytes(body), retry_after=wait)


def _seconds(text: str) -> int | None:
    """The header Retry-After in seconds; the form with a date is not read (RFC 9110, 10.2.3)."""
    text = text.strip()
    is_number = text.isascii() and text.isdigit() and len(text) <= 9  # noqa: PLR2004 - beyond any wait
    return min(int(text), LONGEST_WAIT) if is_number else None


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    """The connections of this process. Nothing of the environment changes where they lead."""
    return httpx.Client(trust_env=False, follow_redirects=False)
