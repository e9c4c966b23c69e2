"""One socket as the hub sees it: who it is, what it watches and hears, and whether it must end."""

import asyncio
from collections.abc import Callable
from enum import IntEnum
from uuid import uuid4

from trading.consumers.doors import Visitor
from trading.consumers.slots import Slot

# Topics by their first word: what a person is told of. Settings and grants are not news for a page.
TOLD = frozenset(
    {
        "order", "execution", "gateway", "kill_switch", "difference", "harvest", "import", "job", "ledger",
        "portfolio", "sync",
    }
)  # fmt: skip


Direct = Callable[[bytes], bool]


class CloseCode(IntEnum):
    """Why the server ends a socket. Those from 4000 on are ours; the others are RFC 6455's."""

    OUR_FAULT = 1011
    TRY_LATER = 1013
    SIGNED_OUT = 4401
    UNKNOWN = 4404
    SLOW = 4408
    TOO_MANY_SOCKETS = 4429
    TOO_MANY_MESSAGES = 4430


class Member:
    """An open socket. `hears` tells whether it gets events beside prices.

    `direct` writes a frame past the writer, where the server offers that: a frame that many get is then
    neither built nor waited for by each of them. Whoever cannot take it at once has it in the slot.
    """

    def __init__(self, *, visitor: Visitor, session_key: str, hears: bool, direct: Direct | None) -> None:
        self.id = uuid4().hex
        self.visitor = visitor
        self.user_id = str(visitor.user.pk)
        self.session_key = session_key
        self.hears = hears
        self.slot = Slot()
        self._direct = direct
        self.symbols: frozenset[str] = frozenset()
        self.checked_at = 0.0
        self.blocked_since: float | None = None
        self.ended: asyncio.Future[CloseCode] = asyncio.get_running_loop().create_future()

    def end(self, code: CloseCode) -> None:
        """Have the socket closed; the first reason counts."""
        if not self.ended.done():
            self.ended.set_result(code)

    def written(self, frame: bytes) -> bool:
        """Write a whole frame at once, if nothing waits before it and the server can take it."""
        return self._direct is not None and self.slot.is_idle and self._direct(frame)

    def may_hear(self, household: str, topic: str, portfolio: str | None) -> bool:
        """Whether an event is for this socket: by its topic, and by what its person may see."""
        if topic.partition(".")[0] not in TOLD or household not in self.visitor.hearing.households:
            return False
        accounts = self.visitor.hearing.households[household]
        return accounts is None or portfolio in accounts
