"""Where a gateway stands: what it can be asked now, told from its connection and the broker's own links."""

from dataclasses import dataclass, replace
from enum import StrEnum

from trading.engine.records import LinkState


class GatewayState(StrEnum):
    """What a gateway is good for. Only one that is ready takes new orders."""

    DOWN = "down"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    READY = "ready"
    DEGRADED = "degraded"
    MAINTENANCE = "maintenance"

    @property
    def takes_orders(self) -> bool:
        """Whether a new order, or the change of one, may be sent."""
        return self is GatewayState.READY

    @property
    def takes_questions(self) -> bool:
        """Whether the broker can be asked, and a cancellation be sent."""
        return self in {GatewayState.SYNCING, GatewayState.READY, GatewayState.DEGRADED}


class GatewayStep(StrEnum):
    """What the owner of a connection does to it or learns about it."""

    DIALLED = "dialled"
    CONNECTED = "connected"
    SYNCED = "synced"
    SYNC_DOUBTED = "sync_doubted"
    MAINTENANCE_BEGAN = "maintenance_began"
    MAINTENANCE_ENDED = "maintenance_ended"


GatewayEvent = GatewayStep | LinkState


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLink:
    """What is known of a gateway. It begins down.

    `is_lost` is the broker's word that its gateway cannot reach it (1100), `is_data_broken` that a data
    farm cannot be reached; `is_synced` that open and completed orders, executions and positions were compared
    with the book since the last loss.
    """

    is_dialling: bool = False
    is_connected: bool = False
    is_lost: bool = False
    is_data_broken: bool = False
    is_synced: bool = False
    is_in_maintenance: bool = False

    @property
    def state(self) -> GatewayState:
        """What follows from all of it; maintenance outranks the rest, so that nothing is sent into it."""
        if self.is_in_maintenance:
            return GatewayState.MAINTENANCE
        if not self.is_connected:
            return GatewayState.CONNECTING if self.is_dialling else GatewayState.DOWN
        if self.is_lost:
            return GatewayState.DEGRADED
        if not self.is_synced:
            return GatewayState.SYNCING
        return GatewayState.DEGRADED if self.is_data_broken else GatewayState.READY


def gateway_step(link: GatewayLink, event: GatewayEvent) -> GatewayLink:
    """The link after `event`; the same record when the event tells nothing new.

    Words about the links of a connection that is closed are late and change nothing; a broker that repeats
    that its link is lost is heard once.
    """
    is_late = not link.is_connected and event not in HEARD_WHEN_CLOSED
    # What was compared while the broker was out of reach was compared with yesterday's answers.
    is_hollow = event is GatewayStep.SYNCED and (link.is_lost or link.is_in_maintenance)
    if is_late or is_hollow:
        return link
    after = replace(link, **CHANGES[event])
    return link if after == link else after


NOTHING_KNOWN = {
    "is_dialling": False,
    "is_connected": False,
    "is_lost": False,
    "is_data_broken": False,
    "is_synced": False,
}
HEARD_WHEN_CLOSED = frozenset(
    {
        GatewayStep.DIALLED,
        GatewayStep.CONNECTED,
        GatewayStep.MAINTENANCE_BEGAN,
        GatewayStep.MAINTENANCE_ENDED,
        LinkState.CLOSED,
    }
)
CHANGES: dict[GatewayEvent, dict[str, bool]] = {
    GatewayStep.DIALLED: {"is_dialling": True},
    GatewayStep.CONNECTED: {**NOTHING_KNOWN, "is_connected": True},
    GatewayStep.SYNCED: {"is_synced": True},
    GatewayStep.SYNC_DOUBTED: {"is_synced": False},
    GatewayStep.MAINTENANCE_BEGAN: {"is_in_maintenance": True},
    # The servers behind the gateway were restarted: what was compared before says nothing any more.
    GatewayStep.MAINTENANCE_ENDED: {"is_in_maintenance": False, "is_synced": False},
    LinkState.LOST: {"is_lost": True, "is_synced": False},
    # Fills during the loss are told by nobody: both kinds of return need the comparison.
    LinkState.RESTORED: {"is_lost": False},
    LinkState.RESTORED_DATA_LOST: {"is_lost": False},
    LinkState.DATA_BROKEN: {"is_data_broken": True},
    LinkState.DATA_RESTORED: {"is_data_broken": False},
    LinkState.CLOSED: NOTHING_KNOWN,
}
