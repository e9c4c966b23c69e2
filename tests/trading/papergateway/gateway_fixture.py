"""A paper gateway for tests: in the loop of the test or in its own thread, with a clock set by hand."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.trading.papergateway.exchange.paper_market import CLOSES, CONTRACTS, MONDAY, NOW
from trading.papergateway.exchange.book import PaperAccount, PaperBook
from trading.papergateway.exchange.records import PaperPosition
from trading.papergateway.journal import Journal
from trading.papergateway.opening import Listed, book_open
from trading.papergateway.operator import Operator
from trading.papergateway.server import PaperGateway
from trading.papergateway.session import Hub

ALICE, BOB = "DU100", "DU200"
OPENING_CASH = Decimal(100_000)


@dataclass(slots=True)
class HandClock:
    """A clock that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@dataclass(slots=True)
class RunningGateway:
    """A gateway that listens on `port`, the hands on it, and its clock. `tick()` lets the market move on."""

    gateway: PaperGateway
    operator: Operator
    port: int
    clock: HandClock

    @property
    def book(self) -> PaperBook:
        """The exchange behind it."""
        return self.gateway.hub.book

    def tick(self, **span: float) -> None:
        """Let time pass and everybody be told."""
        self.clock.move(**span)
        self.gateway.tick()


def paper_book(
    *, held: tuple[tuple[str, int, str, str], ...] = (), state: dict[str, Any] | None = None, **more: Any
) -> PaperBook:
    """Two stocks and a fund, a cash account and a margin account; `held` as in the market's own tests."""
    return book_open(
        listings=[Listed(contract=each, closes=CLOSES[each.con_id]) for each in CONTRACTS],
        accounts=more.pop(
            "accounts",
            [
                PaperAccount(name=ALICE, cash=OPENING_CASH),
                PaperAccount(name=BOB, cash=OPENING_CASH, is_margin=True),
            ],
        ),
        positions=[
            PaperPosition(
                account=account, con_id=con_id, quantity=Decimal(quantity), average_cost=Decimal(cost)
            )
            for account, con_id, quantity, cost in held
        ],
        today=more.pop("today", MONDAY + timedelta(days=2)),
        state=state,
        seed=5,
        **more,
    )


def held_prices(book: PaperBook, **prices: str) -> PaperBook:
    """The book with prices that stand still, bid and ask a cent away from them."""
    numbers = {each.symbol: each.con_id for each in book.contracts()}
    for symbol, price in prices.items():
        book.set_price(numbers[symbol], Decimal(price), NOW)
    return book


@asynccontextmanager
async def running_gateway(
    book: PaperBook | None = None, *, journal: Path | None = None, clock: HandClock | None = None
) -> AsyncIterator[RunningGateway]:
    """A gateway in the running loop, on a free port; time passes only when told.

    With a `journal` the book goes on where that file left it. Without a book: ACME held at 100, GLBX at 40.
    """
    clock = clock or HandClock()
    log = None if journal is None else Journal(journal)
    state = {} if log is None else log.read()
    if book is None:
        book = paper_book(state=state) if state else held_prices(paper_book(), ACME="100", GLBX="40")
    gateway = PaperGateway(Hub(book), clock=clock, journal=log)
    port = await gateway.start(tick_seconds=None)
    try:
        yield RunningGateway(gateway, Operator(gateway), port, clock)
    finally:
        await gateway.stop()


@contextmanager
def threaded_gateway(
    book: PaperBook | None = None, *, tick_seconds: float | None = 0.02
) -> Iterator[RunningGateway]:
    """A gateway in a daemon thread with its own loop, for clients that run in another.

    Its clock stands still, so ticks tell only what was changed by hand. Call `call_in_loop` to touch it.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    clock = HandClock()
    gateway = PaperGateway(Hub(book or held_prices(paper_book(), ACME="100", GLBX="40")), clock=clock)
    port = asyncio.run_coroutine_threadsafe(gateway.start(tick_seconds=tick_seconds), loop).result(5)
    try:
        yield RunningGateway(gateway, Operator(gateway), port, clock)
    finally:
        asyncio.run_coroutine_threadsafe(gateway.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def call_in_loop(running: RunningGateway, verb: Any, *arguments: Any, **named: Any) -> Any:
    """Call something of a threaded gateway in its own loop and wait for the answer."""
    server = running.gateway._server
    if server is None:
        raise RuntimeError("the gateway does not run")

    async def call() -> Any:
        return verb(*arguments, **named)

    return asyncio.run_coroutine_threadsafe(call(), server.get_loop()).result(5)


async def until(condition: Callable[[], object], seconds: float = 2.0) -> None:
    """Let the loop turn until something holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - clients have no event for what is waited for
            await asyncio.sleep(0.002)


class DecoderWatch(logging.Handler):
    """Collects what a client could not decode: errors of its decoder, and exceptions of its wrapper."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what tells of a message that was lost."""
        if record.levelno >= logging.ERROR and (record.name.endswith("Decoder") or record.exc_info):
            self.seen.append(record.getMessage())


@contextmanager
def decodes_everything() -> Iterator[None]:
    """Fail when a client logs that it could not decode a message."""
    watch = DecoderWatch()
    loggers = [logging.getLogger(name) for name in ("ib_insync", "ib_async")]
    for logger in loggers:
        logger.addHandler(watch)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(watch)
    if watch.seen:
        raise AssertionError(f"not decoded: {watch.seen}")
