"""The socket and the questions on it: opened once, every question with a time limit, then thrown away.

The package reads and writes the messages. Which of them ends a question, and what a code means for it, is
decided here, so that both packages behave alike: they differ in which codes they take for an answer.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from trading.brokers.base import BrokerError, BrokerRefusal
from trading.brokers.ibkr.codes import (
    CONNECTION_REFUSED,
    NOT_CONNECTED,
    TOO_MANY_MESSAGES,
    CodeKind,
    ends_request,
    kind_of,
)
from trading.brokers.ibkr.package import IB

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

SLOWEST = 5  # messages a second that are left when the broker keeps finding them too many
FLUSH_SECONDS = 2.0
TAKEOVER_CLIENT = 0  # the client whose orders include those placed by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class IbkrAddress:
    """Where a gateway listens and who we are there; times in seconds.

    `client_id` is one of our own, never shared: a second connection with it is refused. `order_id_floor` is
    the highest order number this client has ever used; a restarted gateway may start below it. A what-if
    whose figures are unset waits `what_if_seconds` for the ones that usually follow.
    """

    host: str = "127.0.0.1"
    port: int = 4002
    client_id: int = 1
    order_id_floor: int = 0
    connect_seconds: float = 15.0
    what_if_seconds: float = 2.0
    answer_seconds: float = 10.0
    history_seconds: float = 60.0
    requests_per_second: int = 45


class Wire:
    """One connection. `on_code` hears every message with a code, `on_lost` the end, once."""

    def __init__(
        self,
        address: IbkrAddress,
        *,
        on_code: Callable[[int, int, str], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self.address = address
        self.ib = IB()
        self._on_code = on_code
        self._on_lost = on_lost
        self._pending: dict[int | str, asyncio.Future[Any]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._overdue: set[str] = set()
        self._last_words = ""
        self._was_open = False
        self._is_over = False
        self._written = asyncio.Event()
        self._written.set()
        self._listen()

    def _listen(self) -> None:
        self.ib.errorEvent.clear()  # the package would ask for account values by itself after 1102
        self.ib.wrapper.error = self._error
        self.ib.wrapper.nextValidId = self.ib.client.updateReqId
        self.ib.disconnectedEvent += self._disconnected
        self.ib.client.apiError += self._api_error
        self.ib.client.throttleStart += self._written.clear
        self.ib.client.throttleEnd += self._written.set
        self.ib.client.MaxRequests = self.address.requests_per_second

    async def open(self) -> None:
        """Shake hands. Raises BrokerError when that does not come about, BrokerRefusal when it is refused.

        Nothing is asked for yet: what the package would fetch by itself differs between the two, and stays
        incomplete without a word when the broker is slow.
        """
        if self._was_open or self._is_over:
            raise BrokerError("A connection is made once; make a new one.")
        asyncio.set_event_loop(asyncio.get_running_loop())  # where the package looks for its loop
        self.ib.wrapper.clientId = self.address.client_id
        self.ib.client.updateReqId(self.address.order_id_floor + 1)
        handshake = asyncio.ensure_future(
            self.ib.client.connectAsync(self.address.host, self.address.port, self.address.client_id, 0)
        )
        refusal = self._pending["handshake"] = asyncio.get_running_loop().create_future()
        try:
            await self._first(handshake, refusal)
        except BaseException:
            self.close("The connection did not come about.")
            raise
        finally:
            self._pending.pop("handshake", None)
        self._was_open = True
        if self.address.client_id == TAKEOVER_CLIENT:
            self.ib.client.reqAutoOpenOrders(True)

    async def _first(self, handshake: asyncio.Future[Any], refusal: asyncio.Future[Any]) -> None:
        """Waits for the handshake, for the broker's no, or for the time to pass."""
        limit = self.address.connect_seconds
        try:
            await asyncio.wait({handshake, refusal}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if refusal.done():
                refusal.result()
            if not handshake.done():
                raise BrokerError(self._failure(f"no answer in {limit:g} seconds"))
            handshake.result()
        except OSError as error:
            raise BrokerError(self._failure(str(error))) from error
        finally:
            handshake.cancel()
            await asyncio.wait({handshake})
            for one in (handshake, refusal):
                if one.done() and not one.cancelled():
                    one.exception()  # asked for, so that nobody complains that it was not

    def _failure(self, reason: str) -> str:
        place = f"{self.address.host}:{self.address.port}"
        return f"The gateway at {place} cannot be reached: {self._last_words or reason}"

    def close(self, words: str = "") -> None:
        """Close the socket, and tell everyone who waits; never raises."""
        transport = self.ib.client.conn.transport
        with suppress(OSError):
            self.ib.client.disconnect()
        self.ib.client.reset()
        if transport is not None and transport.get_write_buffer_size():
            # The other side has stopped reading: what it does not take soon it never will.
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, transport.abort)
        self._over(words)

    @property
    def is_ready(self) -> bool:
        """Whether questions can be asked."""
        return bool(self.ib.client.isReady())

    def number(self, floor: int = 0) -> int:
        """The next number for a question or an order, above `floor`. BrokerError without a connection."""
        self.ib.client.updateReqId(floor + 1)
        try:
            return int(self.ib.client.getReqId())
        except ConnectionError as error:
            raise BrokerError(f"There is no connection: {error}") from error

    async def ask(
        self, number: int, send: Callable[[], object], *, contract: Any = None, seconds: float | None = None
    ) -> Any:
        """The answer to the question that `send` writes under a number of its own."""
        answer = self.ib.wrapper.startReq(number, contract)
        return await self._answer(number, answer, send, seconds)

    async def alone(self, name: str, verb: Callable[[], Awaitable[Answer]]) -> Answer:
        """What `verb` answers, one caller of a name at a time: nothing tells two such answers apart."""
        async with self._locks[name]:
            return await verb()

    async def ask_unnumbered(
        self, name: str, send: Callable[[], Awaitable[Any]], *, may_be_late: bool = False
    ) -> Any:
        """The answer to a question without a number.

        When one was not answered in time, its answer may still come and be taken for the next one's, in
        parts: an order that lives would be missing. So it is not asked again on this connection, unless
        `may_be_late` says that an old answer is as good.
        """
        if name in self._overdue:
            raise BrokerError(f"{name} was not answered before: a new connection is due.")
        try:
            answer = asyncio.ensure_future(send())
        except ConnectionError as error:
            raise BrokerError(f"There is no connection: {error}") from error
        try:
            return await self._answer(name, answer, lambda: None, None)
        finally:
            if answer.cancelled() and not may_be_late:
                self._overdue.add(name)

    async def _answer(
        self, key: int | str, answer: asyncio.Future[Any], send: Callable[[], object], seconds: float | None
    ) -> Any:
        limit = self.address.answer_seconds if seconds is None else seconds
        self._pending[key] = answer
        try:
            send()
            # Not `wait_for`: before Python 3.12 it forgets a cancellation that comes with the answer.
            async with asyncio.timeout(limit):
                return await answer
        except TimeoutError:
            raise BrokerError(f"The broker did not answer in {limit:g} seconds.") from None
        except ConnectionError as error:
            raise BrokerError(f"The connection was lost: {error}") from error
        finally:
            self._pending.pop(key, None)

    def settle(self, number: int, result: object) -> None:
        """Ends a question whose answer does not come as one of its own kind (what-if)."""
        answer = self._pending.get(number)
        if answer is not None and not answer.done():
            answer.set_result(result)

    async def write(self, send: Callable[[], object]) -> None:
        """Writes a message that has no answer of its own, and returns when it has left our queue.

        Raises BrokerRefusal when there is no connection (then nothing was written), BrokerError when the
        connection was lost or the time passed while the message waited for its turn.
        """
        try:
            send()
        except ConnectionError as error:
            raise BrokerRefusal(NOT_CONNECTED, str(error)) from error
        try:
            async with asyncio.timeout(self.address.answer_seconds):
                await self._written.wait()
        except TimeoutError:
            raise BrokerError("The message waits behind others; whether it left is not known.") from None
        if self._is_over:
            raise BrokerError("The connection was lost; whether the message left is not known.")

    def _error(self, number: int, code: int, words: str, _more: str = "") -> None:
        """In the place of the package's own handler, which would end orders and questions by itself."""
        logger.log(_level(code), "Broker says %s about %s: %s", code, number, words)
        answer = self._pending.get(number)
        if answer is not None and not answer.done():
            if ends_request(code):
                answer.set_exception(BrokerRefusal(code, words))
        elif code in CONNECTION_REFUSED:
            self._refused(BrokerRefusal(code, words))
        if code == TOO_MANY_MESSAGES:
            self.ib.client.MaxRequests = max(SLOWEST, self.ib.client.MaxRequests // 2)
        self._on_code(number, code, words)

    def _refused(self, error: BrokerError) -> None:
        refusal = self._pending.get("handshake")
        if refusal is not None and not refusal.done():
            refusal.set_exception(error)

    def _api_error(self, words: str) -> None:
        self._last_words = words
        self._refused(BrokerError(self._failure(words)))

    def _disconnected(self) -> None:
        self._over(self._last_words)

    def _over(self, words: str) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._written.set()
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(BrokerError(f"The connection was lost. {words}".strip()))
        self._on_lost(words)


def _level(code: int) -> int:
    return logging.INFO if kind_of(code) in {CodeKind.INFO, CodeKind.CONNECTIVITY} else logging.WARNING
