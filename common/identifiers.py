"""Identifiers: time-ordered UUIDv7 (RFC 9562) and identifiers derived from another one."""

import hashlib
import os
import time
from uuid import UUID, SafeUUID

_hash = hashlib.blake2b
_new = object.__new__
_set = object.__setattr__
# A name of its own: looking the member up in its class takes longer than all the rest of making a UUID.
_UNKNOWN = SafeUUID.unknown
_MILLISECONDS = (1 << 48) - 1
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM = (1 << 62) - 1


def uuid7() -> UUID:
    """A new UUIDv7: 48 bits of Unix milliseconds, 12 of the part of it (RFC 9562, 6.2), then 62 random."""
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    return _compose(milliseconds, fraction << 62 | int.from_bytes(os.urandom(8), "big") >> 2)


def derived_uuid(source: UUID, label: str) -> UUID:
    """The identifier of what is derived from `source` under `label`: always the same for the same pair.

    It keeps the time of `source`, so derived rows lie near each other in an index, and a rebuild of the
    book gives the same identifiers to the same lots.
    """
    number = source.int
    digest = _hash(number.to_bytes(16, "big") + label.encode(), digest_size=10).digest()
    return _compose(number >> 80, int.from_bytes(digest, "big"))


def following_uuid(source: UUID, number: int) -> UUID:
    """The identifier `number` places after a derived one: for many rows that follow from one."""
    return _made(source.int + number) if number else source


def _compose(milliseconds: int, tail: int) -> UUID:
    high = (milliseconds & _MILLISECONDS) << 80 | _VERSION | (tail >> 62 & 0xFFF) << 64
    return _made(high | _VARIANT | tail & _RANDOM)


def _made(value: int) -> UUID:
    # What UUID(int=value) does, without the checks that a value of 128 bits does not need: the derivation of
    # a book makes several of these for each disposal.
    made = _new(UUID)
    _set(made, "int", value)
    _set(made, "is_safe", _UNKNOWN)
    return made
