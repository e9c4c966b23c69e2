"""What is said on a socket."""

import json

import pytest

from trading.consumers.wire import (
    BadRequest,
    batch_read,
    frame_bytes,
    prices_frame,
    request_read,
    symbols_frame,
)

ENTRY = {
    "symbol": "VTI", "price": "250.10", "bid": "250.09", "ask": "250.11", "change": "-1.20",
    "as_of": "2026-11-27T15:00:00+00:00", "source": "ibkr", "delayed": False,
}  # fmt: skip
TEXT = (
    '{"symbol":"VTI","price":"250.10","change":"-1.20","as_of":"2026-11-27T15:00:00+00:00",'
    '"source":"ibkr","delayed":false}'
)


def test_symbols_are_taken_in_capitals_once_and_in_order() -> None:
    request = request_read(
        '{"action": "subscribe", "symbols": [" vti", "BRK B", "VTI", "^SPX", "<b>"]}', most=5
    )

    assert (request.action, request.symbols, request.strange) == (
        "subscribe",
        ("VTI", "BRK B", "^SPX"),
        ("<B>",),
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "malformed"),
        ("{", "malformed"),
        ("[]", "malformed"),
        ('"subscribe"', "malformed"),
        ("[" * 50_000, "malformed"),
        ("{}", "unknown-action"),
        ('{"action": "trade", "symbols": []}', "unknown-action"),
        ('{"action": ["subscribe"], "symbols": []}', "unknown-action"),
        ('{"action": "subscribe"}', "invalid-symbols"),
        ('{"action": "subscribe", "symbols": "VTI"}', "invalid-symbols"),
        ('{"action": "subscribe", "symbols": ["VTI", 7]}', "invalid-symbols"),
        ('{"action": "subscribe", "symbols": ["A", "B", "C"]}', "too-many-symbols"),
    ],
)
def test_what_cannot_be_used_is_refused_by_code(text: str, code: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        request_read(text, most=2)
    assert refusal.value.code == code


def test_of_a_batch_only_what_somebody_wants_is_kept_and_the_offer_is_left_out() -> None:
    batch = json.dumps({"prices": [ENTRY, ENTRY | {"symbol": "VOO"}, "noise"]}).encode()
    assert batch_read(batch, {"VTI"}) == {"VTI": TEXT}


@pytest.mark.parametrize("message", [b"", b"[]", b'{"prices": 1}', b"\xff"])
def test_what_is_no_batch_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        batch_read(message, {"VTI"})


def test_frames_are_json() -> None:
    assert prices_frame([TEXT, TEXT]) == f'{{"type":"prices","prices":[{TEXT},{TEXT}]}}'
    assert json.loads(symbols_frame("subscribed", ["VTI"], ["X"])) == {
        "type": "subscribed",
        "symbols": ["VTI"],
        "unknown": ["X"],
    }


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_whole_frame_says_its_length_as_the_protocol_wants_it(size: int, head: bytes) -> None:
    assert frame_bytes("a" * size) == head + b"a" * size
