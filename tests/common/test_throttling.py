"""The sliding window: exactly as many attempts as the limit says, whoever comes at once."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pytest_django import Settings

from common.throttling import (
    Attempt,
    Limit,
    ThrottleUnavailable,
    TooManyAttempts,
    attempt_admit,
    attempts_check,
    attempts_clear,
)


@pytest.fixture
def subject() -> str:
    """Somebody whose window is empty."""
    return secrets.token_hex(8)


def admitted(limit: Limit, subject: str) -> Attempt | None:
    """The attempt, or None when the window is full."""
    try:
        return attempt_admit(limit, subject)
    except TooManyAttempts:
        return None


def test_of_two_hundred_attempts_at_once_exactly_sixty_are_admitted(subject: str) -> None:
    limit = Limit(name="test", attempts=60, seconds=60)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: admitted(limit, subject), range(200)))
    assert sum(answer is not None for answer in answers) == 60


def test_the_window_slides(subject: str) -> None:
    limit = Limit(name="test", attempts=2, seconds=0.3)
    assert admitted(limit, subject)
    time.sleep(0.2)
    assert admitted(limit, subject)
    assert admitted(limit, subject) is None
    time.sleep(0.15)
    assert admitted(limit, subject)
    assert admitted(limit, subject) is None


def test_a_refused_attempt_does_not_lengthen_the_wait(subject: str) -> None:
    limit = Limit(name="test", attempts=1, seconds=100)
    attempt_admit(limit, subject)
    for _ in range(3):
        with pytest.raises(TooManyAttempts) as refusal:
            attempt_admit(limit, subject)
    assert 99 <= refusal.value.retry_after <= 100


def test_a_released_attempt_makes_room(subject: str) -> None:
    limit = Limit(name="test", attempts=1, seconds=60)
    attempt = attempt_admit(limit, subject)
    assert admitted(limit, subject) is None
    attempt.release()
    assert admitted(limit, subject)


def test_a_cleared_window_is_empty(subject: str) -> None:
    limit = Limit(name="test", attempts=1, seconds=60)
    attempt_admit(limit, subject)
    attempts_clear(limit, subject)
    assert admitted(limit, subject)


def test_subjects_and_limits_are_counted_apart(subject: str) -> None:
    limit = Limit(name="test", attempts=1, seconds=60)
    assert admitted(limit, subject)
    assert admitted(limit, f"{subject}-other")
    assert admitted(Limit(name="test-other", attempts=1, seconds=60), subject)
    assert admitted(limit, subject) is None


def test_without_the_store_nothing_is_admitted_and_nothing_breaks(subject: str, settings: Any) -> None:
    limit = Limit(name="test", attempts=1, seconds=60)
    attempt = attempt_admit(limit, subject)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(ThrottleUnavailable):
        attempt_admit(limit, subject)
    attempt.release()
    attempts_clear(limit, subject)


def test_a_look_counts_nothing_and_is_refused_while_the_window_is_full(subject: str) -> None:
    limit = Limit(name="test", attempts=2, seconds=60)
    for _ in range(5):
        attempts_check(limit, subject)
    attempt_admit(limit, subject)
    attempts_check(limit, subject)
    attempt_admit(limit, subject)

    with pytest.raises(TooManyAttempts) as refusal:
        attempts_check(limit, subject)
    assert 0 < refusal.value.retry_after <= 60
    attempts_check(limit, secrets.token_hex(8))


def test_a_look_that_cannot_be_had_refuses_nobody(subject: str, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    attempts_check(Limit(name="test", attempts=0, seconds=60), subject)
