"""What every piece of a daemon knows: which gateway it owns, under which epoch, and with what."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from trading.daemon.lanes import Lanes
from trading.daemon.pace import Pace
from trading.engine.maintenance import NORTH_AMERICA, MaintenanceWindow, window_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The owner of a gateway since `epoch`; every write of orders carries that number."""

    gateway_id: UUID
    epoch: int
    client_id: int
    pace: Pace
    lanes: Lanes
    windows: tuple[MaintenanceWindow, ...] = ()
    now: Callable[[], datetime] = timezone.now
    chance: Callable[[], float] = field(default=random.random)

    def a_chance(self) -> Decimal:
        """A random number from 0 to below 1, for jitter."""
        return Decimal(self.chance())


def windows_of(words: str) -> tuple[MaintenanceWindow, ...]:
    """The maintenance windows that a gateway's row names: none, the broker's, or one of its own.

    Raises ValueError for words that name nothing.
    """
    if not words:
        return ()
    if words == "north_america":
        return NORTH_AMERICA
    return (window_named(words, name="maintenance"),)
