"""Counting attempts in a sliding window, atomically, so that a crowd of requests cannot slip past a limit."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.cache import caches
from redis import Redis, RedisError

from common.errors import DomainError

# One script is one step for the server: nothing happens between the counting and the adding. The server's
# own clock is used, so that processes with different clocks share one window.
ADMIT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return math.max(oldest[2] + window - now, 1)
end
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], window)
return 0
"""

# The same look without the counting.
LOOK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[2]) then return 0 end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return math.max(oldest[2] + window - now, 1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `attempts` in any `seconds`, counted for each subject by itself."""

    name: str
    attempts: int
    seconds: float


@dataclass
class TooManyAttempts(DomainError):
    """The limit is used up; `retry_after` is in whole seconds."""

    retry_after: int = 1


class ThrottleUnavailable(DomainError):
    """Attempts cannot be counted just now, so none is admitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One admitted attempt; releasing it gives its place in the window back."""

    key: str
    member: str

    def release(self) -> None:
        """Take the attempt out of the window: it turned out not to be one to count."""
        try:
            _client(settings.REDIS_URL).zrem(self.key, self.member)
        except RedisError:
            # The attempt then counts until its window is over: too strict, never too lax.
            return


def attempt_admit(limit: Limit, subject: str) -> Attempt:
    """Count an attempt of `subject` before it is made.

    Raises TooManyAttempts when the window is full, and ThrottleUnavailable when it cannot be read: a limit
    that protects passwords fails closed.
    """
    key = _key(limit, subject)
    member = secrets.token_hex(8)
    script: Any = _client(settings.REDIS_URL).register_script(ADMIT)
    try:
        wait = int(script(keys=[key], args=[int(limit.seconds * 1000), limit.attempts, member]))
    except RedisError as error:
        raise ThrottleUnavailable(
            detail="Signing in is not possible for the moment. Try again in a minute.",
            code="throttle-unavailable",
        ) from error
    _refuse_if(wait)
    return Attempt(key=key, member=member)


def attempt_count(limit: Limit, subject: str) -> None:
    """Count an attempt that protects no password: where attempts cannot be counted, it is admitted.

    Raises TooManyAttempts when the window is full.
    """
    with suppress(ThrottleUnavailable):
        attempt_admit(limit, subject)


def attempts_check(limit: Limit, subject: str) -> None:
    """Look whether the window is full and count nothing, where only what fails is an attempt.

    It protects no password either: what cannot be read is not full. Raises TooManyAttempts.
    """
    script: Any = _client(settings.REDIS_URL).register_script(LOOK)
    try:
        wait = int(script(keys=[_key(limit, subject)], args=[int(limit.seconds * 1000), limit.attempts]))
    except RedisError:
        return
    _refuse_if(wait)


def attempts_clear(limit: Limit, subject: str) -> None:
    """Forget the attempts of `subject` (after a password was reset by mail)."""
    try:
        _client(settings.REDIS_URL).delete(_key(limit, subject))
    except RedisError:
        # The window then empties by itself.
        return


def _refuse_if(wait: int) -> None:
    """Raises TooManyAttempts where somebody has to wait, for so many milliseconds."""
    if wait:
        raise TooManyAttempts(
            detail="Too many attempts. Wait a little, then try again.",
            code="too-many-attempts",
            retry_after=-(-wait // 1000),
        )


def _key(limit: Limit, subject: str) -> str:
    # Subjects are addresses of people: the store sees only their digest.
    digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
    return f"{caches['default'].key_prefix}:throttle:{limit.name}:{digest}"


@lru_cache(maxsize=4)
def _client(url: str) -> "Redis":
    return Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
