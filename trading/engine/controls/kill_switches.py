"""Control 11: switches that stop new orders and changes, while cancellations and questions go on."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from uuid import UUID

from trading.engine.controls.facts import ControlFacts, KillSwitch, SwitchScope
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.verdicts import Finding, denied, passed

REARMING_PEOPLE = 2


class OrderAction(StrEnum):
    """What is to be done with an order."""

    PLACE = "place"
    CHANGE = "change"
    CANCEL = "cancel"
    QUERY = "query"


STOPPED_ACTIONS = frozenset({OrderAction.PLACE, OrderAction.CHANGE})


def stopping_switch(
    action: OrderAction, switches: Iterable[KillSwitch], *, account_id: UUID, strategy: str
) -> KillSwitch | None:
    """The first switch that forbids `action`, or None when it is allowed."""
    if action not in STOPPED_ACTIONS:
        return None
    reached = {
        (SwitchScope.GLOBAL, ""),
        (SwitchScope.ACCOUNT, str(account_id)),
        (SwitchScope.STRATEGY, strategy),
    }
    return next((switch for switch in switches if (switch.scope, switch.key) in reached), None)


def rearming_refusal(people: Collection[UUID]) -> str | None:
    """Why trading cannot be taken up again by these people, or None: two must agree, not one twice."""
    if len(set(people)) < REARMING_PEOPLE:
        return "Two people must agree before trading is taken up again."
    return None


def kill_switch_judged(facts: ControlFacts, _limits: ControlLimits) -> Finding:
    """No order, and no change of one, while a switch that reaches it is engaged."""
    switch = stopping_switch(
        OrderAction.PLACE, facts.kill_switches, account_id=facts.account.id, strategy=facts.strategy
    )
    if switch is None:
        return passed("No kill switch is engaged.")
    return denied(
        f"Trading is stopped: {switch.reason}", scope=switch.scope.value, engaged_at=switch.engaged_at
    )
