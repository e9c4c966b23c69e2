"""Bytes and fields of the TWS API wire protocol: frames, values and the client's first words; no I/O.

A frame is a length in four bytes, highest first, and that many bytes of fields, each ended by a zero byte.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

SERVER_VERSION = 176
PREAMBLE = b"API\0"
# No request comes near this; a longer length is a broken frame, not a long one.
LONGEST_FRAME = 65_536
PREFIX = 4

UNSET_DOUBLE = "1.7976931348623157E308"
UNSET_INTEGER = "2147483647"
UNSET_LONG = "9223372036854775807"

# Fields of one message, as text.
Message = tuple[str, ...]
Value = str | int | bool | Decimal | None


class BadFrame(Exception):
    """The bytes cannot be cut into frames any more: the conversation is over."""


class BadField(Exception):
    """A frame whose fields are not what its kind holds; the frames after it can still be read."""


def text(value: Value) -> str:
    """A value as a field; None is an unset one. Zero bytes would end the field and are left out."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value).replace("\0", "")


def message(*values: Value) -> Message:
    """The fields of a message."""
    return tuple(text(value) for value in values)


def frame(fields: Iterable[str]) -> bytes:
    """The bytes of a message."""
    payload = "".join(f"{field}\0" for field in fields).encode()
    return len(payload).to_bytes(PREFIX, "big") + payload


def fields_of(payload: bytes) -> Message:
    """The fields of a frame. Raises BadField when it is not UTF-8 or its last field has no end."""
    try:
        words = payload.decode()
    except UnicodeDecodeError as error:
        raise BadField("not UTF-8") from error
    *fields, rest = words.split("\0")
    if rest:
        raise BadField("the last field has no end")
    return tuple(fields)


def escaped(words: str) -> str:
    r"""Words as the name of a contract travels: ASCII, what is beyond it and backslashes as escapes."""
    return words.encode("unicode_escape").decode("ascii")


def check_hello(hello: bytes) -> None:
    """Make sure that a client which says `v157..176`, options behind a space, knows the version spoken here.

    Raises BadFrame when it does not, or says something else.
    """
    found = re.fullmatch(rb"v(\d{1,5})(?:\.\.(\d{1,5}))?(?: [ -~]*)?\0?", hello)
    if found is None:
        raise BadFrame("not the first words of a client")
    oldest, newest = int(found[1]), int(found[2] or found[1])
    if not oldest <= SERVER_VERSION <= newest:
        raise BadFrame(f"no common version with {oldest}..{newest}")


class FrameReader:
    """Cuts what a client sends into payloads, whatever the pieces it comes in."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._is_greeted = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The payloads that `data` completes, the first being the client's hello.

        Raises BadFrame when a length cannot be meant or the preamble is missing.
        """
        self._held += data
        if not self._greeted():
            return
        while (payload := self._next()) is not None:
            yield payload

    def _greeted(self) -> bool:
        if not self._is_greeted:
            start = bytes(self._held[: len(PREAMBLE)])
            if not PREAMBLE.startswith(start):
                raise BadFrame("not a client of this protocol")
            if start == PREAMBLE:
                del self._held[: len(PREAMBLE)]
                self._is_greeted = True
        return self._is_greeted

    def _next(self) -> bytes | None:
        if len(self._held) < PREFIX:
            return None
        length = int.from_bytes(self._held[:PREFIX], "big")
        if not 0 < length <= LONGEST_FRAME:
            raise BadFrame(f"a frame of {length} bytes")
        if len(self._held) < PREFIX + length:
            return None
        payload = bytes(self._held[PREFIX : PREFIX + length])
        del self._held[: PREFIX + length]
        return payload
