"""Bytes and fields: frames in any pieces, values as text, and what cannot be meant."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.papergateway.wire import (
    LONGEST_FRAME,
    BadField,
    BadFrame,
    FrameReader,
    check_hello,
    fields_of,
    frame,
    message,
)

FIELD = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)


def test_values_become_text_as_the_protocol_writes_them() -> None:
    values = (None, True, False, 7, Decimal("1E+3"), Decimal("0.0000001"), "a\0b", "ü")

    assert message(*values) == ("", "1", "0", "7", "1000", "0.0000001", "ab", "ü")


def test_a_frame_is_a_length_and_fields_each_with_its_end() -> None:
    assert frame(("9", "1", "7")) == b"\0\0\0\x069\x001\x007\x00"
    assert frame(("ü",)) == b"\0\0\0\x03\xc3\xbc\0"


@given(st.lists(st.lists(FIELD, min_size=1, max_size=6), max_size=6), st.data())
def test_frames_come_out_whole_whatever_the_pieces_they_came_in(
    messages: Sequence[Sequence[str]], data: st.DataObject
) -> None:
    sent = b"API\0" + b"".join(frame(each) for each in messages)
    reader, heard, at = FrameReader(), [], 0
    while at < len(sent):
        size = data.draw(st.integers(1, 9))
        heard += [fields_of(payload) for payload in reader.feed(sent[at : at + size])]
        at += size

    assert heard == [tuple(each) for each in messages]


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\n", b"\0\0\0\x05hello", b"APX", b"\xff"])
def test_whoever_does_not_begin_with_the_preamble_is_no_client(start: bytes) -> None:
    with pytest.raises(BadFrame):
        list(FrameReader().feed(start))


@pytest.mark.parametrize("length", [0, LONGEST_FRAME + 1, 2**32 - 1])
def test_a_length_that_cannot_be_meant_ends_the_reading(length: int) -> None:
    with pytest.raises(BadFrame, match=str(length)):
        list(FrameReader().feed(b"API\0" + length.to_bytes(4, "big")))


def test_the_longest_frame_is_read() -> None:
    payload = b"x" * (LONGEST_FRAME - 1) + b"\0"

    assert list(FrameReader().feed(b"API\0" + len(payload).to_bytes(4, "big") + payload)) == [payload]


@pytest.mark.parametrize("payload", [b"\xff\xfe\0", b"9\x001", b"\xc3\0"])
def test_fields_that_are_no_text_or_have_no_end_are_refused(payload: bytes) -> None:
    with pytest.raises(BadField):
        fields_of(payload)


@pytest.mark.parametrize(
    "hello", [b"v157..176", b"v157..178", b"v100..200 +PACEAPI", b"v176", b"v157..176\0"]
)
def test_a_client_that_knows_version_176_is_let_in(hello: bytes) -> None:
    check_hello(hello)


@pytest.mark.parametrize(
    "hello",
    [b"v157..175", b"v177..180", b"v100", b"", b"vX..Y", b"v157..176..9", b"v999999..1", b"v157..176 \xff"],
)
def test_a_client_that_does_not_is_refused(hello: bytes) -> None:
    with pytest.raises(BadFrame):
        check_hello(hello)
