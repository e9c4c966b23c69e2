"""Sealing secrets with AES-256-GCM, so that a copy of the database tells none of them.

A sealed text is `v1|key|nonce|ciphertext|tag`. It is bound to its place, the table, column and row it
belongs to: moved anywhere else it does not open.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "v1"
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
KEY_NAME = re.compile(r"[A-Za-z0-9._-]{1,32}")
PARTS = 5


class SealError(Exception):
    """A sealed text does not open: changed, moved, or sealed with a key that is not there."""


class KeyringError(ValueError):
    """The keys cannot be used. The words never repeat a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Keys by name: `current` seals, all of them open."""

    current: str
    keys: Mapping[str, AESGCM] = field(repr=False)


def keyring_read(text: str) -> Keyring:
    """The keyring written as `name:key,name:key`, the current one first; a key is 32 bytes in base64.

    Raises KeyringError, naming the key by its place, when one cannot be used.
    """
    keys: dict[str, AESGCM] = {}
    for place, entry in enumerate((one.strip() for one in text.split(",")), 1):
        name, separator, written = entry.partition(":")
        if not separator or not KEY_NAME.fullmatch(name):
            raise KeyringError(f"key {place} is not written as name:key")
        if name in keys:
            raise KeyringError(f"key {place} has the name of another one")
        keys[name] = AESGCM(_key_bytes(written, place))
    return Keyring(current=next(iter(keys)), keys=keys)


def key_make() -> str:
    """A new key as `keyring_read` reads it, without its name."""
    return _encoded(secrets.token_bytes(KEY_BYTES))


def seal(keyring: Keyring, text: str, place: str) -> str:
    """`text` sealed for `place` (table.column:id) with the current key."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    made = keyring.keys[keyring.current].encrypt(nonce, text.encode(), _bound(place, keyring.current))
    parts = (nonce, made[:-TAG_BYTES], made[-TAG_BYTES:])
    return "|".join((VERSION, keyring.current, *map(_encoded, parts)))


def unseal(keyring: Keyring, sealed: str, place: str) -> str:
    """The text that was sealed for `place`. Raises SealError when this is not exactly what was sealed."""
    parts = sealed.split("|")
    if len(parts) != PARTS or parts[0] != VERSION:
        raise SealError("this is no sealed text")
    name = parts[1]
    if name not in keyring.keys:
        raise SealError("the key that sealed this is not in the keyring")
    nonce, content, tag = map(_decoded, parts[2:])
    if len(nonce) != NONCE_BYTES or len(tag) != TAG_BYTES:
        raise SealError("this is no sealed text")
    try:
        return keyring.keys[name].decrypt(nonce, content + tag, _bound(place, name)).decode()
    except (InvalidTag, UnicodeDecodeError):
        raise SealError("this was changed since it was sealed, or belongs to another place") from None


def is_current(keyring: Keyring, sealed: str) -> bool:
    """Whether a sealed text was sealed with the current key."""
    return sealed.startswith(f"{VERSION}|{keyring.current}|")


def reseal(keyring: Keyring, sealed: str, place: str) -> str:
    """The same text under the current key. Raises SealError as `unseal` does."""
    return sealed if is_current(keyring, sealed) else seal(keyring, unseal(keyring, sealed, place), place)


def place_of(table: str, column: str, row_id: object) -> str:
    """The place of one value: what its sealed text is bound to."""
    return f"{table}.{column}:{row_id}"


def _bound(place: str, name: str) -> bytes:
    # Version and key name too: no part of a sealed text is outside of its seal.
    return f"{VERSION}|{name}|{place}".encode()


def _key_bytes(written: str, place: int) -> bytes:
    try:
        key = base64.b64decode(written.strip() + "=" * (-len(written.strip()) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise KeyringError(f"key {place} is not base64") from None
    if len(key) != KEY_BYTES:
        raise KeyringError(f"key {place} has {len(key)} bytes, not {KEY_BYTES}")
    return key


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise SealError("this is no sealed text") from None
    # Some texts decode to the same bytes as another one; only the one that was written is taken.
    if _encoded(content) != text:
        raise SealError("this is no sealed text")
    return content
