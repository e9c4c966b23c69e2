"""What a plan aims at, asset by asset: targets of classes and sectors spread over what belongs to them."""

from decimal import Decimal
from uuid import UUID

from common.money import ARITHMETIC
from taxharvest.engine.rebalance.buying import candidates
from taxharvest.engine.rebalance.desk import Desk

ZERO = Decimal(0)


def goal_values(desk: Desk) -> dict[UUID, Decimal]:
    """The value that each asset should have.

    A target of several assets is spread in the proportion in which they are held, evenly where none is; what
    cannot be traded of it counts as it stands. What no target covers stays, unless it is to be sold.
    """
    held = {asset.id: ZERO for asset in desk.facts.assets}
    for (_, key), units in desk.held.items():
        held[key] += units * (desk.assets[key].price or ZERO)
    goals: dict[UUID, Decimal] = {}
    for asset in desk.facts.assets:
        if asset.target is None:
            goals[asset.id] = ZERO if desk.facts.wish.sells_untargeted else held[asset.id]
    for place in range(len(desk.facts.targets)):
        goals |= _spread(desk, place, held)
    return goals


def _spread(desk: Desk, place: int, held: dict[UUID, Decimal]) -> dict[UUID, Decimal]:
    members = [asset for asset in desk.facts.assets if asset.target == place and asset.price is not None]
    goal = max(ZERO, desk.goal_of(place) - desk.facts.fixed.get(place, ZERO))
    whole = sum((held[asset.id] for asset in members), ZERO)
    if whole > 0:
        return {one.id: ARITHMETIC.divide(goal * held[one.id], whole) for one in members}
    free = candidates(desk, place)
    return {one.id: ARITHMETIC.divide(goal, Decimal(len(free))) for one in free}
