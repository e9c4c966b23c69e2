"""The doors of the sockets: who may come in, how many at once, and whether they may stay."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from channels.db import database_sync_to_async

from accounts.models import User
from accounts.selectors.sessions import session_user
from trading.selectors.live import QUOTES_HASH, WANTED_SET, Hearing, hearing_of, symbols_known

SOCKETS_OF_ONE = 5
# A process that was killed cannot give the places of its sockets back: they run out. Kept ones are renewed
# well before.
PLACE_SECONDS = 90
WANTED_SECONDS = 90

# One script is one step for the server, and its clock is the one that all processes share.
ADMIT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
RENEW = """
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who opened a socket, and whose events they may hear."""

    user: User
    hearing: Hearing


class Guest(Protocol):
    """What the doors need to know of an open socket."""

    id: str
    session_key: str
    user_id: str


async def visitor_of(session_key: str | None) -> Visitor | None:
    """The person of a sign-in that holds, or None."""
    return (await visitors_of([session_key]))[0]


async def visitors_of(session_keys: Sequence[str | None]) -> list[Visitor | None]:
    """The same for many sockets, in one visit to the database's thread."""

    def ask() -> list[Visitor | None]:
        known = {key: _visitor(key) for key in set(session_keys)}
        return [known[key] for key in session_keys]

    found: list[Visitor | None] = await database_sync_to_async(ask)()
    return found


def _visitor(session_key: str | None) -> Visitor | None:
    user = session_user(session_key)
    return None if user is None else Visitor(user=user, hearing=hearing_of(user))


async def known_symbols(user: User, symbols: Sequence[str]) -> frozenset[str]:
    """Those symbols that name an instrument which the person may see."""
    found: frozenset[str] = await database_sync_to_async(symbols_known)(user, symbols)
    return found


class Places:
    """Places and wishes of this process, kept in Valkey for all. Every verb may raise RedisError."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._admit = client.register_script(ADMIT)

    async def admit(self, guest: Guest) -> bool:
        """Take one of the person's places; False when all are taken."""
        arguments = [guest.id, SOCKETS_OF_ONE, PLACE_SECONDS * 1000]
        return bool(await self._admit(keys=[_key(guest)], args=arguments))

    async def leave(self, guest: Guest) -> None:
        """Give the place back."""
        await self._client.zrem(_key(guest), guest.id)

    async def renew(self, guests: Iterable[Guest], watched: Iterable[str]) -> None:
        """Keep the places of these sockets, and say again which symbols are watched."""
        until = time.time() + WANTED_SECONDS
        async with self._client.pipeline(transaction=False) as pipeline:
            for guest in guests:
                pipeline.eval(RENEW, 1, _key(guest), guest.id, PLACE_SECONDS * 1000)
            self._want(pipeline, watched, until)
            pipeline.zremrangebyscore(WANTED_SET, "-inf", time.time())
            await pipeline.execute()

    async def want(self, symbols: Iterable[str]) -> None:
        """Tell the gateway that these symbols are watched."""
        async with self._client.pipeline(transaction=False) as pipeline:
            self._want(pipeline, symbols, time.time() + WANTED_SECONDS)
            await pipeline.execute()

    async def latest(self, symbols: Sequence[str]) -> list[bytes]:
        """The latest prices that are kept of these symbols, as they were told."""
        found = await self._client.hmget(QUOTES_HASH, symbols) if symbols else []
        return [one for one in found if one is not None]

    @staticmethod
    def _want(pipeline: Any, symbols: Iterable[str], until: float) -> None:
        if scores := dict.fromkeys(symbols, until):
            pipeline.zadd(WANTED_SET, scores)


def _key(guest: Guest) -> str:
    return f"wealthalloc:sockets:{guest.user_id}"
