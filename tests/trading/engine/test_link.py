"""Where a gateway stands after what happened to its links."""

import pytest

from trading.engine.link import GatewayEvent, GatewayLink, GatewayState, GatewayStep, gateway_step
from trading.engine.records import LinkState

DIALLED, CONNECTED, SYNCED = GatewayStep.DIALLED, GatewayStep.CONNECTED, GatewayStep.SYNCED
BEGAN, ENDED = GatewayStep.MAINTENANCE_BEGAN, GatewayStep.MAINTENANCE_ENDED
LOST, RESTORED, CLOSED = LinkState.LOST, LinkState.RESTORED, LinkState.CLOSED
UP = (DIALLED, CONNECTED, SYNCED)


def after(*events: GatewayEvent) -> GatewayLink:
    """A gateway that was down, after the events."""
    link = GatewayLink()
    for event in events:
        link = gateway_step(link, event)
    return link


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((), GatewayState.DOWN),
        ((DIALLED,), GatewayState.CONNECTING),
        ((DIALLED, CLOSED), GatewayState.DOWN),
        ((DIALLED, CONNECTED), GatewayState.SYNCING),
        (UP, GatewayState.READY),
        ((*UP, LOST), GatewayState.DEGRADED),
        ((*UP, LOST, SYNCED), GatewayState.DEGRADED),
        ((*UP, LOST, SYNCED, RESTORED), GatewayState.SYNCING),
        ((*UP, LOST, RESTORED), GatewayState.SYNCING),
        ((*UP, LOST, LinkState.RESTORED_DATA_LOST), GatewayState.SYNCING),
        ((*UP, LOST, RESTORED, SYNCED), GatewayState.READY),
        ((*UP, LinkState.DATA_BROKEN), GatewayState.DEGRADED),
        ((*UP, LinkState.DATA_BROKEN, LinkState.DATA_RESTORED), GatewayState.READY),
        ((*UP, GatewayStep.SYNC_DOUBTED), GatewayState.SYNCING),
        ((*UP, CLOSED), GatewayState.DOWN),
        ((*UP, CLOSED, DIALLED), GatewayState.CONNECTING),
        ((*UP, LOST, CLOSED, DIALLED, CONNECTED, SYNCED), GatewayState.READY),
        ((*UP, BEGAN), GatewayState.MAINTENANCE),
        ((*UP, BEGAN, SYNCED, ENDED), GatewayState.SYNCING),
        ((*UP, BEGAN, CLOSED), GatewayState.MAINTENANCE),
        ((*UP, BEGAN, CLOSED, ENDED), GatewayState.DOWN),
        ((BEGAN, DIALLED, CONNECTED), GatewayState.MAINTENANCE),
    ],
)
def test_a_gateway_stands_where_its_links_put_it(
    events: tuple[GatewayEvent, ...], state: GatewayState
) -> None:
    assert after(*events).state is state


@pytest.mark.parametrize(
    ("events", "event"),
    [
        ((*UP, LOST), LOST),
        (UP, SYNCED),
        (UP, RESTORED),
        ((), CLOSED),
        ((), SYNCED),
        ((), LOST),
        ((CONNECTED, CLOSED), LinkState.DATA_BROKEN),
    ],
)
def test_what_is_repeated_or_late_changes_nothing(
    events: tuple[GatewayEvent, ...], event: GatewayEvent
) -> None:
    link = after(*events)

    assert gateway_step(link, event) is link


def test_only_a_ready_gateway_takes_orders() -> None:
    assert [state for state in GatewayState if state.takes_orders] == [GatewayState.READY]


def test_questions_and_cancellations_need_less() -> None:
    assert {state for state in GatewayState if state.takes_questions} == {
        GatewayState.SYNCING,
        GatewayState.READY,
        GatewayState.DEGRADED,
    }
