"""A state that processes share changes one step at a time, whoever comes at once."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from common.shared_state import StateUnavailable, state_change
from common.valkey import valkey


@pytest.fixture
def key() -> str:
    return f"wealthalloc:test:{secrets.token_hex(8)}"


def count(before: bytes, _: int) -> tuple[bytes, int]:
    after = int(before or 0) + 1
    return str(after).encode(), after


def test_eight_threads_lose_no_step(key: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: state_change(key, count, seconds=60), range(200)))

    assert sorted(outcomes) == list(range(1, 201))
    assert valkey().get(key) == b"200"
    assert valkey().ttl(key) in range(50, 61)


def test_what_does_not_change_is_not_written(key: str) -> None:
    assert state_change(key, lambda before, _: (before, "same"), seconds=60) == "same"
    assert valkey().exists(key) == 0


def test_all_reckon_with_the_servers_clock_in_milliseconds(key: str) -> None:
    whole, micro = valkey().time()
    now = state_change(key, lambda before, now: (before, now), seconds=60)
    assert 0 <= now - (whole * 1000 + micro // 1000) < 5000


def test_without_the_store_nothing_is_decided(key: str, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(StateUnavailable, match="cannot be reached"):
        state_change(key, count, seconds=60)


def test_a_state_that_never_holds_still_is_given_up(key: str) -> None:
    def meddled(before: bytes, _: int) -> tuple[bytes, None]:
        valkey().set(key, secrets.token_bytes(8), ex=60)
        return before + b"x", None

    with pytest.raises(StateUnavailable, match="changes too often"):
        state_change(key, meddled, seconds=60)
