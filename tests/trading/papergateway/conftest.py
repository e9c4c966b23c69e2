"""What the tests of the gateway share: a running one, and real clients that decode all they are told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from ib_insync import IB, Contract, Stock

from tests.trading.papergateway.gateway_fixture import RunningGateway, decodes_everything, running_gateway

Connect = Callable[..., Awaitable[IB]]


@pytest.fixture
def _decoded() -> Iterator[None]:
    """No client may log that it could not decode a message."""
    with decodes_everything():
        yield


@pytest.fixture
async def running(_decoded: None) -> AsyncIterator[RunningGateway]:
    """A gateway on a free port: ACME at 100, GLBX at 40, a Wednesday morning that stands still."""
    async with running_gateway() as running:
        yield running


@pytest.fixture
async def connect(running: RunningGateway) -> AsyncIterator[Connect]:
    """Connects real clients, and disconnects them at the end."""
    clients: list[IB] = []

    async def connected(client_id: int = 1, **more: Any) -> IB:
        ib = IB()
        clients.append(ib)
        await ib.connectAsync("127.0.0.1", running.port, client_id, **{"timeout": 2} | more)
        return ib

    yield connected
    for ib in clients:
        ib.disconnect()
    await asyncio.sleep(0.01)


@pytest.fixture
async def ib(connect: Connect) -> IB:
    """Client 1."""
    return await connect(1)


@pytest.fixture
async def acme(ib: IB) -> Contract:
    """A stock as the client knows it."""
    (contract,) = await ib.qualifyContractsAsync(Stock("ACME", "SMART", "USD"))
    return contract
