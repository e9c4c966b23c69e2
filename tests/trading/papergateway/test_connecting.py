"""A client comes: what it is told, whom it may be, and what the gateway says to those it cannot serve."""

from ib_insync import IB

from tests.trading.papergateway.gateway_fixture import ALICE, BOB, RunningGateway


async def test_a_client_connects_and_knows_version_accounts_and_its_first_number(
    running: RunningGateway, ib: IB
) -> None:
    assert ib.client.serverVersion() == 176
    assert ib.managedAccounts() == [ALICE, BOB]
    assert running.book.next_order_id(1) == 1
    assert list(running.gateway.hub.sessions) == [1]
