"""Sealed text: it opens where it was sealed, with a key that is there, unchanged to the last bit."""

import base64
import re
import secrets

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from common.encryption import (
    KeyringError,
    SealError,
    is_current,
    key_make,
    keyring_read,
    place_of,
    reseal,
    seal,
    unseal,
)

OLD, NEW = key_make(), key_make()
RING = keyring_read(f"k1:{OLD}")
ROTATED = keyring_read(f"k2:{NEW},k1:{OLD}")
PLACE = place_of("external_accounts", "flex_token", "0192f0c1-0000-7000-8000-000000000001")
SEALED = seal(RING, "token-123456", PLACE)


@given(st.text())
def test_every_text_opens_as_it_was(text: str) -> None:
    sealed = seal(RING, text, PLACE)
    assert unseal(RING, sealed, PLACE) == text
    assert re.fullmatch(r"v1\|k1\|[\w-]{16}\|[\w-]*\|[\w-]{22}", sealed)


def test_ten_thousand_texts_open_and_no_two_seals_are_alike() -> None:
    seals = [seal(RING, str(count), PLACE) for count in range(10_000)]
    assert [unseal(RING, sealed, PLACE) for sealed in seals] == [str(count) for count in range(10_000)]
    assert len({sealed.split("|")[2] for sealed in seals}) == 10_000


def test_it_is_aes_256_gcm_over_text_and_place() -> None:
    _, _, nonce, content, tag = SEALED.split("|")
    raw = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in (nonce, content, tag)]
    key = base64.urlsafe_b64decode(OLD + "=")
    assert [len(part) for part in raw] == [12, 12, 16]
    assert len(key) == 32
    plain = AESGCM(key).decrypt(raw[0], raw[1] + raw[2], f"v1|k1|{PLACE}".encode())
    assert plain == b"token-123456"


def test_no_bit_of_it_can_be_changed() -> None:
    whole = SEALED.encode()
    refused = 0
    for place in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[place] ^= 1 << bit
            with pytest.raises(SealError):
                unseal(RING, changed.decode("latin-1"), PLACE)
            refused += 1
    assert refused == 8 * len(whole)


def test_no_bit_of_what_it_encodes_can_be_changed() -> None:
    version, key, *parts = SEALED.split("|")
    for index, part in enumerate(parts):
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        for place in range(8 * len(raw)):
            changed = bytearray(raw)
            changed[place // 8] ^= 1 << place % 8
            swapped = [*parts]
            swapped[index] = base64.urlsafe_b64encode(changed).decode().rstrip("=")
            with pytest.raises(SealError, match="was changed"):
                unseal(RING, "|".join((version, key, *swapped)), PLACE)


@pytest.mark.parametrize(
    "other",
    [
        place_of("external_accounts", "flex_token", "0192f0c1-0000-7000-8000-000000000002"),
        place_of("external_accounts", "flex_query", "0192f0c1-0000-7000-8000-000000000001"),
        place_of("other_accounts", "flex_token", "0192f0c1-0000-7000-8000-000000000001"),
    ],
)
def test_in_another_row_column_or_table_it_does_not_open(other: str) -> None:
    with pytest.raises(SealError, match="belongs to another place"):
        unseal(RING, SEALED, other)


def test_after_a_rotation_the_old_key_opens_and_the_new_one_seals() -> None:
    assert unseal(ROTATED, SEALED, PLACE) == "token-123456"
    assert not is_current(ROTATED, SEALED)

    again = reseal(ROTATED, SEALED, PLACE)

    assert again.startswith("v1|k2|")
    assert is_current(ROTATED, again)
    assert unseal(keyring_read(f"k2:{NEW}"), again, PLACE) == "token-123456"
    assert reseal(ROTATED, again, PLACE) == again


def test_a_key_that_was_taken_away_opens_nothing() -> None:
    with pytest.raises(SealError, match="not in the keyring"):
        unseal(keyring_read(f"k2:{NEW}"), SEALED, PLACE)
    with pytest.raises(SealError, match="was changed"):
        unseal(keyring_read(f"k1:{NEW}"), SEALED, PLACE)


@pytest.mark.parametrize(
    "text",
    ["", "token", "v1", "v1|k1|||", "v2" + SEALED[2:], SEALED + "|", SEALED + "=", SEALED[:-1], " " + SEALED,
     SEALED.replace("|", "$"), "v1|k1|AAAA|AAAA|AAAAAAAAAAAAAAAAAAAAAA", "v1|k1|é|é|é"],
    ids=["nothing", "a token", "a version", "empty parts", "another version", "a part too many", "padded",
         "cut", "a blank before it", "other bars", "made up", "not ASCII"],
)  # fmt: skip
def test_what_is_no_sealed_text_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(SealError) as refused:
        unseal(RING, text, PLACE)
    assert "token" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "key 1 is not written as name:key"),
        ("k1", "key 1 is not written as name:key"),
        (f"a b:{OLD}", "key 1 is not written as name:key"),
        (f"k|1:{OLD}", "key 1 is not written as name:key"),
        (f"k1:{OLD},", "key 2 is not written as name:key"),
        (f"k1:{OLD},k1:{NEW}", "key 2 has the name of another one"),
        ("k1:short", "key 1 is not base64"),
        ("k1:!!!!", "key 1 is not base64"),
        ("k1:" + "A" * 22, "key 1 has 16 bytes, not 32"),
        ("k1:" + "A" * 44, "key 1 has 33 bytes, not 32"),
    ],
    ids=[
        "nothing",
        "a name alone",
        "a blank in the name",
        "a bar in the name",
        "a comma at the end",
        "a name twice",
        "too short for base64",
        "not base64",
        "16 bytes",
        "33 bytes",
    ],
)
def test_keys_that_cannot_be_used_are_refused_by_their_place(text: str, words: str) -> None:
    with pytest.raises(KeyringError, match=f"^{re.escape(words)}$"):
        keyring_read(text)


def test_keys_are_read_with_and_without_padding_and_never_shown() -> None:
    raw = secrets.token_bytes(32)
    padded, plain = base64.urlsafe_b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode().rstrip("=")
    one, other = keyring_read(f"k1:{padded}"), keyring_read(f" k1:{plain} ")
    assert unseal(other, seal(one, "x", PLACE), PLACE) == "x"
    assert repr(one) == "Keyring(current='k1')"
