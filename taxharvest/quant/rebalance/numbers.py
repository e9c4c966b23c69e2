"""The facts of a rebalancing as arrays: everything a fraction of the wealth."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import numpy as np

from taxharvest.engine.rebalance.buying import reserve
from taxharvest.engine.rebalance.desk import Desk
from taxharvest.engine.rebalance.goals import goal_values
from taxharvest.engine.rebalance.records import Asset
from taxharvest.quant.rebalance.risk import Floats

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What is left of one lot: how much of the wealth it is, its tax and its counted gain on a unit of it."""

    account: int
    asset: int
    most: float
    tax: float
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A rebalancing in numbers; rows of arrays follow `assets` and `accounts`.

    `groups` are what is substantially identical.
    `floor` is the cash that all accounts together keep, `cost` the cost of trading a unit of each asset.
    """

    wealth: float
    assets: tuple[UUID, ...]
    accounts: tuple[UUID, ...]
    prices: Floats
    held: Floats
    goals: Floats
    cash: Floats
    buyable: tuple[bool, ...]
    groups: tuple[UUID, ...]
    cost: Floats
    segments: tuple[Segment, ...]
    budget: float | None
    floor: float
    risk_weight: float
    tax_weight: float

    def sellable(self, asset: int) -> list[Segment]:
        """What may be sold of one asset, the least tax on a unit first."""
        return sorted((one for one in self.segments if one.asset == asset), key=lambda one: one.tax)


def numbers_of(desk: Desk) -> Numbers:
    """The arrays of a desk on which nothing was traded yet."""
    facts = desk.facts
    assets = [one for one in facts.assets if one.price is not None]
    accounts = [one for one in facts.accounts if one.may_trade]
    goals = goal_values(desk)
    wealth = desk.wealth
    cash = [_share(desk.cash[one.id], wealth) for one in accounts]
    keeps = reserve(desk) if facts.wish.invests_cash else max(ZERO, _idle(desk))
    return Numbers(
        wealth=float(wealth),
        assets=tuple(one.id for one in assets),
        accounts=tuple(one.id for one in accounts),
        prices=np.array([float(one.price or 0) for one in assets]),
        held=np.array([_share(_held(desk, one), wealth) for one in assets]),
        goals=np.array([_share(goals.get(one.id, ZERO), wealth) for one in assets]),
        cash=np.array(cash),
        buyable=tuple(desk.is_buyable(one) and one.target is not None for one in assets),
        groups=tuple(one.group for one in assets),
        cost=np.array([_cost(desk, one) for one in assets]),
        segments=tuple(_segments(desk, [one.id for one in accounts], [one.id for one in assets])),
        budget=None if facts.wish.gain_budget is None else _share(facts.wish.gain_budget, wealth),
        floor=max(0.0, min(_share(keeps, wealth), sum(cash))),
        risk_weight=float(facts.wish.risk_weight),
        tax_weight=float(facts.wish.tax_weight),
    )


def _segments(desk: Desk, accounts: list[UUID], assets: list[UUID]) -> list[Segment]:
    found = []
    for pair, lots in desk.lots.items():
        if pair[0] not in accounts or pair[1] not in assets or not _may_sell(desk, pair):
            continue
        price = desk.assets[pair[1]].price or ZERO
        for lot, units in lots.fragments():
            found.append(
                Segment(
                    account=accounts.index(pair[0]),
                    asset=assets.index(pair[1]),
                    most=_share(units * price, desk.wealth),
                    tax=float(lots.tax_per_unit(lot) / price),
                    gain=float(lots.counted_per_unit(lot) / price),
                )
            )
    return found


def _may_sell(desk: Desk, pair: tuple[UUID, UUID]) -> bool:
    """What no target covers is kept, unless it is to be sold or its account must raise money."""
    asset = desk.assets[pair[1]]
    if asset.target is not None or desk.facts.wish.sells_untargeted:
        return True
    return desk.cash[pair[0]] < 0


def _idle(desk: Desk) -> Decimal:
    """Cash that was there before, less what is taken out."""
    return sum((one.cash + min(one.flow, ZERO) for one in desk.facts.accounts), ZERO)


def _held(desk: Desk, asset: Asset) -> Decimal:
    units = sum((units for (_, key), units in desk.held.items() if key == asset.id), ZERO)
    return units * (asset.price or ZERO)


def _cost(desk: Desk, asset: Asset) -> float:
    """Of a unit of money traded; the least commission of an order is no part of it, for it is not convex."""
    costs = desk.facts.costs
    return float(costs.half_spread + costs.per_share / (asset.price or Decimal(1)))


def _share(value: Decimal, wealth: Decimal) -> float:
    return float(value / wealth) if wealth else 0.0
