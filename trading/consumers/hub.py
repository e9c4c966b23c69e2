"""One listener for all sockets of a process: one subscription, each frame written once, handed to many."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from redis import RedisError

from common.outbox import events_channel
from common.valkey import valkey_async
from trading.consumers.doors import Places, Visitor, visitors_of
from trading.consumers.members import CloseCode, Member
from trading.consumers.wire import RESYNC, batch_read, frame_bytes, prices_frame
from trading.selectors.live import PRICES_CHANNEL

log = logging.getLogger(__name__)

QUIET_SECONDS = 10.0
PAUSES = (0.1, 0.5, 1.0, 2.0)
CHECK_SECONDS = 30.0
BLOCKED_SECONDS = 10.0
LOOK_SECONDS = 1.0
NOTHING: frozenset[str] = frozenset()


class Hub:
    """What the sockets of one event loop share. It begins with the first socket and ends with the last."""

    def __init__(self) -> None:
        self.client = valkey_async()
        self.places = Places(self.client)
        self.members: set[Member] = set()
        self.watched: Counter[str] = Counter()
        # The newest price that was handed over of each watched symbol.
        self._seen: dict[str, str] = {}
        self._groups: dict[frozenset[str], set[Member]] = {}
        self._listeners: dict[str, set[Member]] = {}
        self._subscription: Any = None
        self._tasks: list[asyncio.Task[None]] = []
        self.listening = asyncio.Event()

    def start(self) -> None:
        """Begin to listen and to look after the members."""
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._look_after())]

    async def stop(self) -> None:
        """End both and let the connections go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.aclose()

    # Who is here ----------------------------------------------------------------------------------

    async def join(self, member: Member) -> None:
        """Take a socket in; its events begin at once."""
        self.members.add(member)
        member.checked_at = asyncio.get_running_loop().time()
        if member.hears:
            await self._hear(member, member.visitor)

    def leave(self, member: Member) -> None:
        """Let a socket go."""
        self.members.discard(member)
        self.watch(member, NOTHING)
        for channel in list(self._listeners):
            self._unhear(channel, member)

    def watch(self, member: Member, symbols: frozenset[str]) -> None:
        """From now on a socket gets the prices of exactly these symbols."""
        group = self._groups.get(member.symbols)
        if group is not None:
            group.discard(member)
            if not group:
                del self._groups[member.symbols]
        self.watched.subtract(member.symbols)
        self.watched.update(symbols)
        for symbol in member.symbols - symbols:
            if not self.watched[symbol]:
                del self.watched[symbol]
                self._seen.pop(symbol, None)
        member.symbols = symbols
        if symbols:
            self._groups.setdefault(symbols, set()).add(member)

    async def _hear(self, member: Member, visitor: Visitor) -> None:
        wanted = {events_channel(key) for key in visitor.hearing.households}
        for channel in [one for one, members in self._listeners.items() if member in members]:
            if channel not in wanted:
                self._unhear(channel, member)
        new = [channel for channel in wanted if channel not in self._listeners]
        for channel in wanted:
            self._listeners.setdefault(channel, set()).add(member)
        if new and self._subscription is not None:
            await _tried(self._subscription.subscribe(*new))

    def _unhear(self, channel: str, member: Member) -> None:
        members = self._listeners[channel]
        members.discard(member)
        if not members:
            # The subscription is given up when the next one is made anew: an unheard channel costs little.
            del self._listeners[channel]

    # What comes in --------------------------------------------------------------------------------

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                async with self.client.pubsub() as subscription:
                    await subscription.subscribe(PRICES_CHANNEL, *self._listeners)
                    await _answered(subscription)
                    self._subscription = subscription
                    if failures:
                        log.warning("The subscription to live prices and events stands again.")
                        await self._catch_up()
                    failures = 0
                    self.listening.set()
                    await self._hear_all(subscription)
            except (RedisError, OSError) as error:
                if not failures:
                    log.warning("Live prices and events are cut off: %s", error)
            self._subscription = None
            self._seen.clear()
            self.listening.clear()
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    async def _hear_all(self, subscription: Any) -> None:
        """Hand over every message until the connection is lost; raises then, or when the server is silent."""
        silent = 0
        while True:
            # Confirmations of subscriptions are not ignored: they would look like silence.
            message = await subscription.get_message(timeout=QUIET_SECONDS)
            if message is None:
                silent = await _ask(subscription, silent)
                continue
            silent = 0
            if message["type"] == "message":
                self.hand_over(message["channel"].decode(), message["data"])
                # The writers it woke run before the next one is read, so that a burst does not conflate.
                await asyncio.sleep(0)

    def hand_over(self, channel: str, data: bytes) -> None:
        """Put a message into the slots of those it is for. What cannot be read is noted and dropped."""
        try:
            if channel == PRICES_CHANNEL:
                self._prices(batch_read(data, self.watched))
            else:
                self._event(self._listeners.get(channel, ()), channel, data)
        except (ValueError, KeyError, TypeError) as error:
            log.warning("A message on %s cannot be read: %r", channel, error)

    def _prices(self, texts: Mapping[str, str]) -> None:
        self._seen.update(texts)
        for symbols, members in self._groups.items():
            chosen = {symbol: text for symbol, text in texts.items() if symbol in symbols}
            if chosen:
                text = prices_frame(chosen.values())
                frame = frame_bytes(text)
                for member in members:
                    if not member.written(frame):
                        member.slot.offer(text, chosen)

    def _event(self, members: Any, channel: str, data: bytes) -> None:
        event = json.loads(data)
        text, household = data.decode(), channel.rpartition(":")[2]
        for member in members:
            if member.may_hear(household, event["topic"], event["payload"].get("portfolio")):
                member.slot.say(text)

    async def _catch_up(self) -> None:
        """After a gap: the latest prices to everybody, and a word that events may have been missed."""
        texts = await self.latest(list(self.watched))
        self._prices(texts)
        for member in self.members:
            if member.hears:
                member.slot.say(RESYNC)

    async def latest(self, symbols: Sequence[str]) -> dict[str, str]:
        """The latest prices that are kept, as texts of a frame.

        A price that came by the subscription meanwhile is newer than the kept one that was asked for before.
        """
        entries = await self.places.latest(symbols)
        kept = batch_read(b'{"prices":[%s]}' % b",".join(entries), set(symbols))
        return {**kept, **{symbol: self._seen[symbol] for symbol in symbols if symbol in self._seen}}

    # Who may stay ---------------------------------------------------------------------------------

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look(asyncio.get_running_loop().time())
            except Exception:
                # Whatever it was, the next look comes: nobody may stay unchecked because one look failed.
                log.exception("Looking after the sockets failed")

    async def look(self, now: float) -> None:
        """End what has been blocked too long, and check again those who are due."""
        for member in self.members:
            if member.blocked_since is not None and now - member.blocked_since > BLOCKED_SECONDS:
                member.end(CloseCode.SLOW)
        due = [one for one in self.members if now - one.checked_at >= CHECK_SECONDS]
        if not due:
            return
        visitors = await visitors_of([one.session_key for one in due])
        for member, visitor in zip(due, visitors, strict=True):
            member.checked_at = now
            await self._check(member, visitor)
        await _tried(self.places.renew([one for one in due if one in self.members], self.watched))

    async def _check(self, member: Member, visitor: Visitor | None) -> None:
        if visitor is None or str(visitor.user.pk) != member.user_id:
            member.end(CloseCode.SIGNED_OUT)
            return
        member.visitor = visitor
        if member.hears and member in self.members:
            await self._hear(member, visitor)


async def _answered(subscription: Any) -> None:
    if await subscription.get_message(timeout=QUIET_SECONDS) is None:
        raise OSError("the server does not answer")


async def _ask(subscription: Any, silent: int) -> int:
    if silent:
        raise OSError("the server does not answer")
    await subscription.ping()
    return silent + 1


async def _tried(action: Any) -> None:
    """Do what the listener does again by itself once it is connected again."""
    try:
        await action
    except (RedisError, OSError) as error:
        log.warning("Valkey cannot be reached: %s", error)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[Hub, list[object]]] = WeakKeyDictionary()


@asynccontextmanager
async def hub_shared() -> AsyncIterator[Hub]:
    """The hub of this event loop, which lives while somebody is inside."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = (Hub(), [])
        _hubs[loop][0].start()
    hub, inside = _hubs[loop]
    mark = object()
    inside.append(mark)
    try:
        yield hub
    finally:
        inside.remove(mark)
        if not inside:
            del _hubs[loop]
            await hub.stop()
