"""What the tests of the daemon share: a paper gateway and the rows of those who trade on it."""

from collections.abc import AsyncIterator

import pytest

from tests.trading.daemon.daemon_world import Household, household_make, rows
from tests.trading.papergateway.gateway_fixture import RunningGateway, running_gateway


@pytest.fixture
async def paper() -> AsyncIterator[RunningGateway]:
    """ACME at 100, GLBX at 40; a Wednesday morning that stands still."""
    async with running_gateway() as running:
        yield running


@pytest.fixture
async def household(transactional_db: None, paper: RunningGateway) -> Household:
    """Rows for the paper gateway."""
    return await rows(household_make, paper.port)
