"""Asking other servers: every way in which one can misbehave has its name, and no name holds a key."""

import gzip
import time
from collections.abc import Callable

import pytest
from django.conf import settings

from common.addresses import UnsafeAddress
from common.outgoing import (
    Answer,
    AnswerElsewhere,
    AnswerTooLarge,
    AnswerUnusable,
    Bounds,
    OutgoingError,
    TookTooLong,
    Unreachable,
    ask,
)
from tests.loopback import Asked, Said, closed_port, loopback

SMALL = Bounds(most_bytes=1000)


def saying(said: Said) -> Callable[[Asked], Said]:
    return lambda _: said


def test_an_answer_comes_whole_with_its_status() -> None:
    with loopback(saying(Said(body=b'{"a":1}', status=404))) as server:
        answer = ask(f"{server.address}/v1", parameters={"q": "A B&c"}, headers={"X-One": "1"})

    assert answer == Answer(status=404, body=b'{"a":1}')
    assert server.asked[0].path == "/v1"
    assert server.asked[0].parameters == {"q": "A B&c"}
    assert server.asked[0].headers["x-one"] == "1"
    assert server.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), (" 12 ", 12), ("999999999", 86400), ("99999999999", None), ("soon", None),
     ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)],
)  # fmt: skip
def test_the_wait_that_a_server_asks_for_is_read_up_to_a_day(header: str, seconds: int | None) -> None:
    with loopback(saying(Said(status=429, headers={"Retry-After": header}))) as server:
        assert ask(server.address).retry_after == seconds


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Said(status=302, headers={"Location": "https://evil.example/"}), AnswerElsewhere,
         "127.0.0.1 points to another address, which is not followed"),
        (Said(body=b"x" * 1001), AnswerTooLarge, "127.0.0.1 sent more than 1000 bytes"),
        (Said(body=b"x" * 100, parts=11), AnswerTooLarge, "127.0.0.1 sent more than 1000 bytes"),
        (Said(body=b"half", length=8), AnswerUnusable,
         "127.0.0.1 sent an answer that breaks off or is not HTTP"),
        (Said(body=gzip.compress(b"0" * 100_000), headers={"Content-Encoding": "gzip"}), AnswerUnusable,
         "127.0.0.1 sent a packed answer, which was not asked for"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_refused_by_name(said: Said, error: type[OutgoingError], words: str) -> None:
    with loopback(saying(said)) as server, pytest.raises(error) as refused:
        ask(server.address, parameters={"apikey": "secret"}, bounds=SMALL)

    assert str(refused.value) == words
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("said", "bounds", "words"),
    [
        (Said(pause=5), Bounds(pause=0.1), "127.0.0.1 did not answer in time"),
        (
            Said(body=b"x", pause=0.02, parts=500),
            Bounds(total=0.1),
            "127.0.0.1 did not finish its answer in time",
        ),
    ],
)
def test_nobody_is_waited_for_longer_than_allowed(said: Said, bounds: Bounds, words: str) -> None:
    begun = time.monotonic()
    with loopback(saying(said)) as server, pytest.raises(TookTooLong) as refused:
        ask(server.address, parameters={"apikey": "secret"}, bounds=bounds)

    assert str(refused.value) == words
    assert time.monotonic() - begun < 4


def test_an_answer_of_exactly_the_size_is_taken() -> None:
    with loopback(saying(Said(body=b"x" * 1000))) as server:
        assert len(ask(server.address, bounds=SMALL).body) == 1000


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable, match=r"^127\.0\.0\.1 cannot be reached$"):
        ask(f"http://127.0.0.1:{closed_port()}/?apikey=secret")


def test_an_unsafe_address_is_not_asked() -> None:
    with pytest.raises(UnsafeAddress):
        ask("http://example.org/")


def test_what_is_asked_is_not_written_down(caplog: pytest.LogCaptureFixture) -> None:
    levels = settings.LOGGING["loggers"]
    with caplog.at_level("INFO"), loopback(saying(Said())) as server:
        ask(server.address, parameters={"apikey": "secret"})

    assert [levels[name]["level"] for name in ("httpx", "httpcore")] == ["WARNING", "WARNING"]
    assert "secret" not in caplog.text
