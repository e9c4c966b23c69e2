"""A daemon trades against the paper gateway, and book and broker end up equal."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from tests.trading.daemon.daemon_world import (
    Household,
    accepted,
    assert_equal,
    eventually,
    household_make,
    is_booked,
    rows,
    running_daemon,
    states,
)
from tests.trading.papergateway.gateway_fixture import RunningGateway, running_gateway
from trading.models import Gateway

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def paper() -> AsyncIterator[RunningGateway]:
    """ACME at 100, GLBX at 40."""
    async with running_gateway() as running:
        yield running


@pytest.fixture
async def household(paper: RunningGateway) -> Household:
    """Rows for the paper gateway."""
    return await rows(household_make, paper.port)


async def test_an_order_is_sent_filled_and_booked(paper: RunningGateway, household: Household) -> None:
    async with running_daemon(household.gateway.pk):
        await eventually(lambda: household.state() == "ready")
        await accepted(household, quantity=Decimal(10))
        await eventually(lambda: states(household) == ["filled"])
        await eventually(lambda: is_booked(household, paper.book))
    await rows(assert_equal, household, paper.book)
    assert await rows(household.shares) == Decimal(10)
    gateway = await rows(Gateway.objects.get, pk=household.gateway.pk)
    assert (gateway.state, gateway.holder, gateway.server_version) == ("down", "", 176)
    assert gateway.reconciled_at is not None
