"""The real adapter before a paper gateway, and a thread that answers questions as the daemon does."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.trading.brokers.ibkr.conftest import address
from tests.trading.papergateway.gateway_fixture import RunningGateway, call_in_loop, threaded_gateway
from trading.brokers.base import Broker
from trading.brokers.ibkr.client import IbkrBroker
from trading.daemon.sync_questions import sync_answer
from trading.engine.records import OrderTicket
from trading.papergateway.exchange.book import PaperBook
from trading.services.questions import question_answer, questions_take


async def answer_questions(broker: Broker, gateway_id: UUID, stopped: threading.Event) -> None:
    """Answer what is asked of a gateway until told to stop."""
    while not stopped.is_set():
        for question in await asyncio.to_thread(questions_take, gateway_id):
            answer = await sync_answer(broker, question)
            await asyncio.to_thread(question_answer, question["name"], answer)
        await asyncio.sleep(0.002)


@dataclass(slots=True)
class SyncDesk:
    """A paper gateway with an adapter on it that answers, and hands to trade with."""

    paper: RunningGateway
    broker: IbkrBroker
    loop: asyncio.AbstractEventLoop

    def place(self, ticket: OrderTicket, *, symbol: str = "ACME", account: str, order_ref: str = "") -> None:
        """Place an order and wait until the gateway has dealt with it."""

        async def placed() -> None:
            contract = await self.broker.contract(symbol, "USD")
            assert contract is not None
            await self.broker.place(
                contract=contract, ticket=ticket, account=account, order_id=self.broker.next_order_id(0),
                order_ref=order_ref,
            )  # fmt: skip
            await self.broker.ping()

        asyncio.run_coroutine_threadsafe(placed(), self.loop).result(10)

    def correct(self, exec_id: str, **changes: Any) -> None:
        """Tell a fill anew."""
        call_in_loop(self.paper, self.paper.operator.correct, exec_id, **changes)

    def exec_ids(self) -> list[str]:
        """The numbers of all fills, as the gateway tells them now."""
        return [report.exec_id for report, _ in self.paper.book.executions(None)]


@contextmanager
def sync_desk(gateway_id: UUID, book: PaperBook | None = None) -> Iterator[SyncDesk]:
    """A desk that answers the questions to `gateway_id`."""
    stopped = threading.Event()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with threaded_gateway(book) as paper:
        broker = asyncio.run_coroutine_threadsafe(_connected(paper.port), loop).result(20)
        answering = asyncio.run_coroutine_threadsafe(answer_questions(broker, gateway_id, stopped), loop)
        try:
            yield SyncDesk(paper=paper, broker=broker, loop=loop)
        finally:
            stopped.set()
            answering.result(10)
            asyncio.run_coroutine_threadsafe(broker.disconnect(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


async def _connected(port: int) -> IbkrBroker:
    broker = IbkrBroker(address(port))
    await broker.connect()
    return broker
