"""The whole daemon: it takes a gateway, keeps a connection to the broker, and gives the gateway up."""

import asyncio
import logging
import os
import socket
import uuid
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils import timezone

from common.build import build_digest
from trading.brokers.base import Broker
from trading.daemon.answering import Answering
from trading.daemon.booking import fills_book
from trading.daemon.connection import Connection, MakeBroker
from trading.daemon.lanes import Lanes
from trading.daemon.owner import Owner, windows_of
from trading.daemon.pace import Pace
from trading.daemon.pricing import Pricing
from trading.daemon.standing import Standing
from trading.daemon.waking import Bells, nudges_pass
from trading.engine.link import GatewayStep
from trading.engine.maintenance import window_at
from trading.models import Gateway
from trading.services.gateways import FencedOut, gateway_beat, gateway_release, gateway_take

logger = logging.getLogger(__name__)


class Stopped(Exception):
    """The orderly end was asked for."""


class GatewayDaemon:
    """The daemon of one gateway. `run` returns at an orderly end and raises FencedOut when overtaken."""

    def __init__(
        self, gateway_id: UUID, *, make_broker: MakeBroker, pace: Pace | None = None, holder: str = ""
    ) -> None:
        self._gateway_id = gateway_id
        self._make_broker = make_broker
        self._pace = pace or Pace()
        self._holder = holder or f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._lanes = Lanes()
        self._bells = Bells()

    async def run(self, stopping: asyncio.Event) -> None:
        """Own the gateway until `stopping`. Raises FencedOut."""
        try:
            owner = await self._take(stopping)
            if owner is not None:
                await self._own(owner, stopping)
        finally:
            await self._lanes.close()

    async def _take(self, stopping: asyncio.Event) -> Owner | None:
        """Wait until the gateway is free and take it; None when the end was asked for before."""
        while not stopping.is_set():
            epoch = await self._lanes.beats.run(
                gateway_take, gateway_id=self._gateway_id, holder=self._holder, now=timezone.now()
            )
            if epoch is not None:
                row = await self._row()
                return Owner(
                    gateway_id=row.pk, epoch=epoch, client_id=row.client_id, pace=self._pace,
                    lanes=self._lanes, windows=windows_of(row.maintenance),
                )  # fmt: skip
            logger.info("Another daemon holds the gateway, or it is not enabled.")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.poll):
                    await stopping.wait()
        return None

    async def _row(self) -> Gateway:
        return await self._lanes.beats.run(Gateway.objects.get, pk=self._gateway_id)

    async def _own(self, owner: Owner, stopping: asyncio.Event) -> None:
        standing, pricing = Standing(owner), Pricing(owner)
        answering = Answering(owner, pricing, self._bells.questions)
        connection = Connection(owner, standing, pricing, answering, self._bells, make=self._broker_make)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_stop_at(stopping))
                tasks.create_task(_beat(owner, pricing))
                tasks.create_task(_maintain(owner, standing, self._bells))
                tasks.create_task(nudges_pass(owner.gateway_id, self._bells.work, self._bells.questions))
                tasks.create_task(fills_book(owner, self._bells.filled))
                tasks.create_task(pricing.run())
                tasks.create_task(answering.run())
                tasks.create_task(connection.keep())
        except* Stopped:
            logger.info("The daemon was asked to end.")
        except* FencedOut as group:
            raise group.exceptions[0] from None
        finally:
            with suppress(DatabaseError):
                await self._lanes.beats.run(
                    gateway_release, gateway_id=owner.gateway_id, epoch=owner.epoch, now=owner.now()
                )

    async def _broker_make(self) -> Broker:
        return self._make_broker(await self._row(), self._pace)


async def _stop_at(stopping: asyncio.Event) -> None:
    await stopping.wait()
    raise Stopped


async def _beat(owner: Owner, pricing: Pricing) -> None:
    """Say that the daemon lives. A database that is away is asked again; the hold runs out meanwhile."""
    while True:
        try:
            facts: dict[str, Any] = {"build": build_digest()}
            if pricing.last_tick_at is not None:
                facts["last_tick_at"] = pricing.last_tick_at
            await owner.lanes.beats.run(
                gateway_beat, gateway_id=owner.gateway_id, epoch=owner.epoch, now=owner.now(), **facts
            )
        except DatabaseError:
            logger.exception("The daemon could not say that it lives.")
        await asyncio.sleep(owner.pace.beat)


async def _maintain(owner: Owner, standing: Standing, bells: Bells) -> None:
    """Go into maintenance and come out of it by the clock."""
    while owner.windows:
        window = window_at(owner.now(), owner.windows)
        is_in = standing.link.is_in_maintenance
        if window is not None and not is_in:
            await standing.hear(GatewayStep.MAINTENANCE_BEGAN, f"The broker's {window.name}.")
        elif window is None and is_in:
            await standing.hear(GatewayStep.MAINTENANCE_ENDED)
            bells.doubted.ring()
        await asyncio.sleep(owner.pace.beat)
