"""The commands of syncing asked the daemon itself, while it trades."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portfolios.models import Transaction
from tests.trading.daemon.daemon_world import (
    Household,
    accepted,
    eventually,
    is_booked,
    rows,
    running_daemon,
    states,
)
from tests.trading.papergateway.gateway_fixture import RunningGateway
from trading.models import Difference, Execution

pytestmark = pytest.mark.django_db(transaction=True)


def ran(command: str, *words: str) -> str:
    """What a command says, its reason for failing included."""
    out = StringIO()
    try:
        call_command(command, *words, stdout=out, stderr=out)
    except CommandError as error:
        out.write(f"failed: {error}\n")
    return out.getvalue()


async def test_the_daemon_answers_the_commands_and_both_keep_one_book(
    paper: RunningGateway, household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = household.gateway.name
    async with running_daemon(household.gateway.pk):
        await eventually(lambda: household.state() == "ready")
        await accepted(household, quantity=Decimal(10))
        await eventually(lambda: states(household) == ["filled"])
        await eventually(lambda: is_booked(household, paper.book))
        told = await rows(ran, "sync_broker", "--history", "2")
        equal = await rows(ran, "reconcile")
    assert told.startswith(f"{name}: 1 fills read, 0 news, 0 booked; 1 positions, ")
    assert f"{name}: 0 differences, 0 new, 0 closed." in told
    assert equal == f"{name} {household.account} “{household.account.portfolio.name}”: equal\n"
    assert await rows(Execution.objects.count) == 1
    assert await rows(Transaction.objects.filter(kind="buy").count) == 1
    assert await rows(Difference.objects.count) == 0
    monkeypatch.setattr("trading.services.book_checks.SECONDS", 0.02)
    silent = await rows(ran, "reconcile", "--account", household.account.code)
    assert silent.endswith("failed: The broker could not be asked, so nothing is known.\n")
