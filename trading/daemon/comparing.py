"""Comparing: the broker is asked for everything, and what it answers settles doubts and shows differences."""

import asyncio
import logging
from collections.abc import Sequence
from decimal import Decimal

from trading.brokers.base import Broker, BrokerError
from trading.daemon.owner import Owner
from trading.daemon.pace import SYNC_ROUNDS
from trading.daemon.sending import Sending
from trading.daemon.standing import Standing
from trading.daemon.waking import Bell
from trading.engine.differences import BrokerState
from trading.engine.link import GatewayState, GatewayStep
from trading.engine.records import AccountValue, BrokerOrder, ExecutionFacts
from trading.selectors.broker_books import HeldInstrument, instruments_held
from trading.services.account_values import account_values_record, amount_of
from trading.services.comparisons import (
    REGULAR,
    Comparison,
    ComparisonResult,
    comparison_begin,
    comparison_fail,
    comparison_finish,
)
from trading.services.contracts import contract_keep

logger = logging.getLogger(__name__)
LEDGER_TAG, BASE = "CashBalance", "BASE"
# Answers are asked again when fills came between them, but not for ever: where orders never rest, positions
# and cash are compared once they do.
MOST_READINGS = 2


class Comparing:
    """The comparisons of one connection. `doubted` asks for one soon."""

    def __init__(
        self, owner: Owner, standing: Standing, broker: Broker, sending: Sending, *, doubted: Bell, work: Bell
    ) -> None:
        self._owner = owner
        self._standing = standing
        self._broker = broker
        self._sending = sending
        self._doubted = doubted
        self._work = work

    async def sync(self) -> None:
        """Compare until nothing is in doubt that questions can settle, then call the gateway ready.

        An order that stays in doubt does not hold up the others for ever: it is asked for on and on.
        """
        await self._contracts_learn()
        for _ in range(SYNC_ROUNDS):
            result = await self.compare("connected")
            if not result.unsettled:
                break
            await asyncio.sleep(self._owner.pace.quiet)
        await self._standing.hear(GatewayStep.SYNCED)
        self._work.ring()

    async def run(self) -> None:
        """Compare when the links come back, when an order is in doubt, and every few seconds anyway."""
        pause = self._owner.pace.compare
        while True:
            await self._doubted.wait(pause)
            state = self._standing.state
            if state is GatewayState.SYNCING:
                await self.sync()
            elif state.takes_questions and not self._standing.link.is_lost:
                result = await self.compare(REGULAR)
                pause = self._next_pause(pause, result)

    def _next_pause(self, pause: float, result: ComparisonResult) -> float:
        """Soon while something is in doubt, then ever less often."""
        pace = self._owner.pace
        if not result.unsettled:
            return pace.compare
        return pace.quiet if pause >= pace.compare else min(2 * pause, pace.compare / 2)

    async def compare(self, cause: str) -> ComparisonResult:
        """One comparison. Raises BrokerError when the broker does not answer: the connection is then over."""
        comparison: Comparison = await self._owner.lanes.comparisons.run(
            comparison_begin, gateway_id=self._owner.gateway_id, epoch=self._owner.epoch, cause=cause,
            now=self._owner.now(),
        )  # fmt: skip
        try:
            broker, values = await broker_ask(self._broker)
        except BrokerError as error:
            await self._owner.lanes.comparisons.run(
                comparison_fail, comparison=comparison, words=str(error), now=self._owner.now()
            )
            raise
        result = await self._finish(comparison, broker, values)
        await self._cancel_strays(result.stray)
        # An order that was proven absent waits to be sent again.
        self._work.ring()
        return result

    async def _finish(
        self, comparison: Comparison, broker: BrokerState, values: Sequence[AccountValue]
    ) -> ComparisonResult:
        lane, gateway_id, now = self._owner.lanes.comparisons, self._owner.gateway_id, self._owner.now()
        await lane.run(account_values_record, gateway_id=gateway_id, told=values, now=now)
        return await lane.run(
            comparison_finish, gateway_id=gateway_id, epoch=self._owner.epoch, comparison=comparison,
            broker=broker, now=now,
        )  # fmt: skip

    async def _cancel_strays(self, stray: Sequence[BrokerOrder]) -> None:
        """All lives of an order that should not live; those of another client are a person's to end."""
        for told in stray:
            if told.client_id == self._owner.client_id and told.broker_order_id:
                logger.warning("An order lives at the broker that should not: it is cancelled.")
                await self._sending.cancel(told.broker_order_id)

    async def _contracts_learn(self) -> None:
        """Ask the broker what it calls the instruments that the accounts hold, each once."""
        held: list[HeldInstrument] = await self._owner.lanes.comparisons.run(
            instruments_held, self._owner.gateway_id
        )
        for one in held:
            if one.con_id is None:
                facts = await self._broker.contract(one.symbol, one.currency)
                if facts is not None:
                    await self._owner.lanes.comparisons.run(
                        contract_keep, gateway_id=self._owner.gateway_id, instrument_id=one.instrument_id,
                        facts=facts,
                    )  # fmt: skip


async def broker_ask(broker: Broker) -> tuple[BrokerState, Sequence[AccountValue]]:
    """Everything the broker knows, as of one moment: nothing was filled between its answers.

    Where something was, in spite of asking again, the account is told to be in motion.

    Raises BrokerError when one of them does not come.
    """
    fills = await broker.executions()
    for _ in range(MOST_READINGS):
        opened, completed = await broker.open_orders(), await broker.completed_orders()
        positions, values = await broker.positions(), await broker.account_values()
        before, fills = fills, await broker.executions()
        moved = _tellings(before) ^ _tellings(fills)
        if not moved:
            break
    state = BrokerState(
        accounts=frozenset(broker.accounts),
        in_motion=frozenset(account for account, *_ in moved),
        open_orders=tuple(opened),
        completed_orders=tuple(completed),
        executions=tuple(fills),
        positions=tuple(positions),
        cash=_cash(values),
    )
    return state, values


def _tellings(fills: Sequence[ExecutionFacts]) -> frozenset[tuple[str, str, int, bool]]:
    return frozenset(
        (fill.account, fill.exec_id, fill.revision, fill.commission is not None) for fill in fills
    )


def _cash(values: Sequence[AccountValue]) -> dict[tuple[str, str], Decimal]:
    """Cash by account and currency; the line that adds all currencies up is left out."""
    lines = [line for line in values if line.tag == LEDGER_TAG and line.currency != BASE]
    amounts = {(line.account, line.currency): amount_of(line) for line in lines}
    return {key: amount for key, amount in amounts.items() if amount is not None}
