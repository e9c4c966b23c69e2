"""Volumes: how much of each contract trades on a day, looked up when nobody is in a hurry."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from trading.brokers.base import Broker, BrokerError
from trading.daemon.owner import Owner
from trading.engine.records import PriceBar
from trading.selectors.contracts import UnknownVolume, contract_without_volume
from trading.services.contracts import contract_volume_keep

VOLUME_DAYS = 20
CALENDAR_DAYS = 30
# A mean of twenty days hardly moves in one.
AGE = timedelta(days=1)


class Volumes:
    """The volumes of the contracts behind one connection."""

    def __init__(self, owner: Owner, broker: Broker) -> None:
        self._owner = owner
        self._broker = broker

    async def run(self) -> None:
        """Look up one volume after the other, the oldest first, and rest when all are known; for ever."""
        while True:
            before = self._owner.now() - AGE
            due = await self._owner.lanes.questions.run(
                contract_without_volume, self._owner.gateway_id, before=before
            )
            if due is not None:
                await self._look_up(due)
            await asyncio.sleep(self._owner.pace.volume if due else self._owner.pace.volume_rest)

    async def _look_up(self, due: UnknownVolume) -> None:
        """One volume. When the broker does not answer, the earlier figure stays for another day."""
        now = self._owner.now()
        try:
            async with asyncio.timeout(self._owner.pace.question):
                bars = await self._broker.history(due.contract, last=now.date(), days=CALENDAR_DAYS)
        except (BrokerError, TimeoutError):
            bars = ()
        await self._owner.lanes.questions.run(
            contract_volume_keep,
            gateway_id=self._owner.gateway_id,
            instrument_id=due.instrument_id,
            volume=mean_volume(bars),
            now=now,
        )


def mean_volume(bars: Sequence[PriceBar]) -> Decimal | None:
    """Shares a day, the mean of the last twenty bars; None without any."""
    latest = list(bars)[-VOLUME_DAYS:]
    return sum((bar.volume for bar in latest), Decimal(0)) / len(latest) if latest else None
