"""The bucket of tokens that paces requests for history."""

import time

from trading.brokers.ibkr.pacing import TokenBucket


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_full_bucket_gives_its_tokens_at_once_and_then_one_at_a_time() -> None:
    bucket = TokenBucket(size=3, seconds=30, clock=Clock())
    assert [bucket.wait() for _ in range(5)] == [0.0, 0.0, 0.0, 10.0, 20.0]


def test_tokens_come_back_with_time_up_to_the_size() -> None:
    clock = Clock()
    bucket = TokenBucket(size=3, seconds=30, clock=clock)
    for _ in range(3):
        bucket.wait()
    clock.now += 20
    assert [bucket.wait() for _ in range(3)] == [0.0, 0.0, 10.0]
    clock.now += 1000
    assert [bucket.wait() for _ in range(4)] == [0.0, 0.0, 0.0, 10.0]


async def test_who_comes_too_early_waits() -> None:
    bucket = TokenBucket(size=1, seconds=0.02)
    started = time.monotonic()
    await bucket.take()
    await bucket.take()
    assert time.monotonic() - started >= 0.02
