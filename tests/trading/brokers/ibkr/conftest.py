"""Both ends of the wire in one loop: gateways, and the adapter connected to them."""

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.trading.brokers.ibkr.scripted_gateway import ScriptedGateway
from trading.brokers.ibkr.client import IbkrBroker
from trading.brokers.ibkr.wire import IbkrAddress


def address(port: int, **more: Any) -> IbkrAddress:
    """An address whose limits are short enough for tests."""
    limits = {"connect_seconds": 2.0, "answer_seconds": 2.0, "history_seconds": 2.0, "what_if_seconds": 0.02}
    return replace(IbkrAddress(port=port), **(limits | more))


class Decoding(logging.Handler):
    """Collects what the package could not decode: it logs and goes on, so that the message is lost."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Takes note of an error."""
        self.errors.append(self.format(record))


@pytest.fixture(autouse=True)
def decoding() -> Iterator[Decoding]:
    """Fails a test in which a message was lost in decoding; one that provokes it clears `errors`."""
    handler = Decoding()
    loggers = [logging.getLogger(f"{name}.Decoder") for name in ("ib_insync", "ib_async")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)
    assert handler.errors == []


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedGateway]:
    """A gateway that says what the test has it say."""
    gateway = ScriptedGateway()
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest.fixture
async def broker(scripted: ScriptedGateway) -> AsyncIterator[IbkrBroker]:
    """The adapter, connected to the scripted gateway as client 1."""
    broker = IbkrBroker(address(scripted.port))
    await broker.connect()
    yield broker
    await broker.disconnect()
