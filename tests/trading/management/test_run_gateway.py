"""The command of a gateway's daemon: which gateway it owns, and how long it waits for one."""

from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from tests.factories.trading import BrokerAccountFactory, GatewayFactory
from trading.management.commands import run_gateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The gateways that were run; each daemon ends at once."""
    owned: list[UUID] = []

    async def end(gateway_id: UUID) -> None:
        owned.append(gateway_id)

    monkeypatch.setattr(run_gateway, "_run", end)
    return owned


def test_a_name_that_no_gateway_has_is_an_error(run: list[UUID]) -> None:
    with pytest.raises(CommandError, match="There is no gateway called paper"):
        call_command("run_gateway", "paper")
    assert run == []


def test_a_daemon_of_an_empty_house_waits_until_its_gateway_has_an_account(
    run: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    gateway = GatewayFactory.create(name="paper")

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 2:
            BrokerAccountFactory.create(gateway=gateway)

    monkeypatch.setattr("trading.management.commands.run_gateway.time.sleep", sleep)
    monkeypatch.setattr("trading.management.commands.run_gateway.connection.close", lambda: None)
    call_command("run_gateway", "paper", "--wait")
    assert (looks, run) == ([5, 5], [gateway.pk])
