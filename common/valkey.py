"""Connections to Valkey: one shared by the threads of a process, and one for each event loop that asks."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

SECONDS = 2
TURN_SECONDS = 10
CONNECTIONS = 16


def valkey() -> Redis:
    """The connection pool of this process. A command that waits longer than two seconds fails."""
    return _shared(settings.REDIS_URL)


@lru_cache(maxsize=4)
def _shared(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)


def valkey_async() -> Any:
    """A new connection pool for the running event loop; whoever asks for it closes it.

    It does not try again by itself: a lost subscription must be noticed, not mended silently. When many ask
    at once, as after a restart when all sockets come back, they share a few connections and wait their turn.
    """
    pool = BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        max_connections=CONNECTIONS,
        timeout=TURN_SECONDS,
        socket_timeout=SECONDS,
        socket_connect_timeout=SECONDS,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
    )
    return AsyncRedis.from_pool(pool)
