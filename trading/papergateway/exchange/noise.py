"""Seeded noise: numbers that look random and are the same for the same words."""

from hashlib import blake2b, shake_128

MIDDLE = 32768


def noise_bytes(count: int, *words: object) -> bytes:
    """`count` bytes that depend on `words` alone."""
    return shake_128(_key(words)).digest(count)


def noise_number(limit: int, *words: object) -> int:
    """A whole number from 0 to below `limit` that depends on `words` alone."""
    return int.from_bytes(blake2b(_key(words), digest_size=8).digest(), "big") % limit


def signed(pair: bytes) -> int:
    """Two bytes as a number from -32768 to 32767."""
    return int.from_bytes(pair, "big") - MIDDLE


def _key(words: tuple[object, ...]) -> bytes:
    return "/".join(map(str, words)).encode()
