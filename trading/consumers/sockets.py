"""The sockets themselves: `/ws/prices/` for prices, `/ws/portfolio/` for events and, on request, prices too.

They are plain ASGI applications behind the origin check and the sessions of Channels. What Channels offers
for sending to many, a message to each channel of a group, costs several times as much for each delivery.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from redis import RedisError

from trading.consumers.doors import known_symbols, visitor_of
from trading.consumers.hub import Hub, hub_shared
from trading.consumers.members import CloseCode, Member
from trading.consumers.wire import (
    DIRECT,
    BadRequest,
    prices_frame,
    problem_frame,
    request_read,
    symbols_frame,
    too_many_symbols,
)

log = logging.getLogger(__name__)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MOST_SYMBOLS = 500
LARGEST_FRAME = 64 * 1024
MESSAGES_A_SECOND = 20
LISTENING_SECONDS = 5.0


async def prices(scope: Message, receive: Receive, send: Send) -> None:
    """`/ws/prices/`: prices of the symbols that were subscribed."""
    await _serve(scope, receive, send, hears=False)


async def portfolio(scope: Message, receive: Receive, send: Send) -> None:
    """`/ws/portfolio/`: what happens to the person's orders, fills, harvests and jobs; prices on request."""
    await _serve(scope, receive, send, hears=True)


async def _serve(scope: Message, receive: Receive, send: Send, *, hears: bool) -> None:
    await receive()  # the wish to connect
    session_key = scope["session"].session_key
    visitor = await visitor_of(session_key)
    if visitor is None:
        # Refused before the handshake is done: the client sees 403.
        await send({"type": "websocket.close", "code": CloseCode.SIGNED_OUT})
        return
    direct = scope.get("extensions", {}).get(DIRECT)
    member = Member(visitor=visitor, session_key=session_key, hears=hears, direct=direct)
    async with hub_shared() as hub:
        code = await _admitted(hub, member, receive, send)
    if code is not None:
        await send({"type": "websocket.close", "code": code})


async def _admitted(hub: Hub, member: Member, receive: Receive, send: Send) -> CloseCode | None:
    """Serve a socket if there is a place; returns why it is to be closed, None when nobody listens any more.

    A browser learns a code only of a socket that was opened, so those are opened too that are then closed.
    """
    try:
        if not await hub.places.admit(member):
            await send({"type": "websocket.accept"})
            detail = "Too many pages of yours show live prices. Close one, then load this page again."
            await send({"type": "websocket.send", "text": problem_frame("too-many-sockets", detail)})
            return CloseCode.TOO_MANY_SOCKETS
    except (RedisError, OSError):
        await send({"type": "websocket.accept"})
        return CloseCode.TRY_LATER
    try:
        is_heard = await _joined(hub, member)
        # Opened once nothing is missed any more.
        await send({"type": "websocket.accept"})
        return await _until_the_end(hub, member, receive, send) if is_heard else CloseCode.TRY_LATER
    finally:
        hub.leave(member)
        try:
            await hub.places.leave(member)
        except (RedisError, OSError) as error:
            log.info("A place of a socket was not given back, and runs out by itself: %s", error)


async def _joined(hub: Hub, member: Member) -> bool:
    """Whether the hub takes the socket in and hears Valkey."""
    try:
        async with asyncio.timeout(LISTENING_SECONDS):
            await hub.listening.wait()
    except TimeoutError:
        return False
    await hub.join(member)
    return True


async def _until_the_end(hub: Hub, member: Member, receive: Receive, send: Send) -> CloseCode | None:
    tasks = [asyncio.create_task(_read(hub, member, receive)), asyncio.create_task(_write(member, send))]
    awaited: list[asyncio.Future[Any]] = [*tasks, member.ended]
    try:
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    if member.ended.done():
        code = member.ended.result()
        # A client that reads nothing does not read a farewell either; the server drops it.
        return None if code is CloseCode.SLOW else code
    for fault in outcomes:
        # What a server raises for a client that has gone is an OSError.
        if isinstance(fault, Exception) and not isinstance(fault, OSError):
            log.error("A socket failed", exc_info=fault)
            return CloseCode.OUR_FAULT
    return None  # the client has gone


async def _write(member: Member, send: Send) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        frame = await member.slot.take()
        member.blocked_since = clock()
        await send({"type": "websocket.send", "text": frame})
        member.blocked_since = None


async def _read(hub: Hub, member: Member, receive: Receive) -> None:
    clock = asyncio.get_running_loop().time
    recent: deque[float] = deque(maxlen=MESSAGES_A_SECOND)
    while (message := await receive())["type"] == "websocket.receive":
        now = clock()
        if len(recent) == MESSAGES_A_SECOND and now - recent[0] < 1:
            member.end(CloseCode.TOO_MANY_MESSAGES)
            return
        recent.append(now)
        text = message.get("text")
        if text is None:
            member.slot.say(problem_frame("malformed", "A message must be text."))
        elif len(text.encode()) > LARGEST_FRAME:
            detail = f"A message may have {LARGEST_FRAME} bytes. Nothing of this one was read."
            member.slot.say(problem_frame("too-large", detail))
        else:
            await _answer(hub, member, text)


async def _answer(hub: Hub, member: Member, text: str) -> None:
    try:
        request = request_read(text, most=MOST_SYMBOLS)
        if request.action == "subscribe":
            await _subscribe(hub, member, request.symbols, request.strange)
        else:
            hub.watch(member, member.symbols - set(request.symbols))
            member.slot.forget(request.symbols)
            member.slot.say(symbols_frame("unsubscribed", request.symbols))
    except BadRequest as error:
        member.slot.say(problem_frame(error.code, error.detail))


async def _subscribe(hub: Hub, member: Member, symbols: tuple[str, ...], strange: tuple[str, ...]) -> None:
    known = await known_symbols(member.visitor.user, symbols)
    wanted = member.symbols | known
    if len(wanted) > MOST_SYMBOLS:
        raise too_many_symbols(MOST_SYMBOLS)
    hub.watch(member, wanted)
    named = [symbol for symbol in symbols if symbol in known]
    unknown = [symbol for symbol in symbols if symbol not in known]
    member.slot.say(symbols_frame("subscribed", named, [*unknown, *strange]))
    try:
        await hub.places.want(named)
        latest = await hub.latest(named)
    except (RedisError, OSError):
        # The subscription stands; both come with the next look after the sockets.
        detail = "The latest prices cannot be read just now; new ones follow."
        member.slot.say(problem_frame("no-latest", detail))
        return
    if latest:
        member.slot.offer(prices_frame(latest.values()), latest)
