"""The convex plan: two solves, then whole shares and every rule again; and how far a plan leaves it off."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import numpy as np

from taxharvest.engine.rebalance.checked import checked_plan
from taxharvest.engine.rebalance.desk import Desk, Pair
from taxharvest.engine.rebalance.goals import goal_values
from taxharvest.engine.rebalance.greedy import GREEDY, is_due
from taxharvest.engine.rebalance.records import Closes, Optimised, Plan, RebalanceFacts
from taxharvest.quant.rebalance.numbers import Numbers, numbers_of
from taxharvest.quant.rebalance.risk import RiskModel, risk_model
from taxharvest.quant.rebalance.stages import NotSolvedError, Trades, signs, trades
from trading.engine.records import Side

CONVEX = "convex"
FRACTION_UNIT = Decimal("0.000001")
SHARE_UNIT = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvexAnswer:
    """The convex plan, or None with the reason."""

    plan: Plan | None
    reason: str = ""


def optimised(facts: RebalanceFacts, closes: Closes, greedy: Plan) -> Optimised:
    """The convex plan beside the greedy one, with the tracking error of doing nothing and of both."""
    ids = [one.id for one in facts.assets if one.price is not None]
    model = risk_model(closes, ids)
    answer = convex_plan(facts, model)
    plans = {GREEDY: greedy} | ({CONVEX: answer.plan} if answer.plan else {})
    tracking = {name: tracking_error(facts, plan, model) for name, plan in plans.items()}
    symbols = {one.id: one.symbol for one in facts.assets}
    return Optimised(
        plan=answer.plan,
        reason=answer.reason,
        tracking_now=tracking_error(facts, None, model),
        tracking=tracking,
        days=model.days,
        stand_ins=tuple(symbols[key] for key in model.stand_ins),
    )


def convex_plan(facts: RebalanceFacts, model: RiskModel) -> ConvexAnswer:
    """The plan that trades risk against the targets, costs and tax off over all assets at once.

    What the solver answers is put through the rules of every plan: whole shares, cash, budget, windows,
    sizes. Where there is no answer, or nothing is due, the reason says so.
    """
    desk = Desk(facts)
    if not is_due(desk):
        return ConvexAnswer(plan=None, reason="Every target is inside its band: nothing is due.")
    numbers = numbers_of(desk)
    if not numbers.accounts or not numbers.assets or numbers.wealth <= 0:
        return ConvexAnswer(plan=None, reason="There is nothing to trade with.")
    try:
        found = _solved(numbers, model)
    except NotSolvedError as failure:
        return ConvexAnswer(plan=None, reason=str(failure))
    return ConvexAnswer(plan=checked_plan(facts, _wanted(numbers, found), CONVEX))


def tracking_error(facts: RebalanceFacts, plan: Plan | None, model: RiskModel) -> Decimal:
    """The volatility a year of the difference between what `plan` leaves and the targets, as a fraction.

    None is no plan: how things stand.
    """
    desk = Desk(facts)
    if desk.wealth <= 0:
        return Decimal(0)
    goals, held = goal_values(desk), _held_after(desk, plan)
    distance = np.array(
        [float((held.get(key, Decimal(0)) - goals.get(key, Decimal(0))) / desk.wealth) for key in model.ids]
    )
    variance = float(distance @ model.matrix @ distance)
    return Decimal(repr(max(variance, 0.0) ** 0.5)).quantize(FRACTION_UNIT)


def _solved(numbers: Numbers, model: RiskModel) -> Trades:
    order = [model.ids.index(key) for key in numbers.assets]
    covariance = model.matrix[np.ix_(order, order)]
    net = signs(numbers, covariance)
    try:
        return trades(numbers, covariance, net)
    except NotSolvedError:
        # Accounts do not share their cash: one that must raise money may have to sell what others would buy.
        raising = {one.asset for one in numbers.segments if numbers.cash[one.account] < 0}
        if not raising:
            raise
        net[sorted(raising)] = -1.0
        return trades(numbers, covariance, net)


def _wanted(numbers: Numbers, found: Trades) -> dict[Pair, Decimal]:
    """Changes in shares by account and asset, rounded to millionths."""
    units: defaultdict[Pair, float] = defaultdict(float)
    for row, account in enumerate(numbers.accounts):
        for column, asset in enumerate(numbers.assets):
            units[account, asset] += found.bought[row, column] * numbers.wealth / numbers.prices[column]
    for segment, sold in zip(numbers.segments, found.sold, strict=False):
        pair = numbers.accounts[segment.account], numbers.assets[segment.asset]
        units[pair] -= sold * numbers.wealth / numbers.prices[segment.asset]
    return {pair: Decimal(repr(float(value))).quantize(SHARE_UNIT) for pair, value in units.items()}


def _held_after(desk: Desk, plan: Plan | None) -> dict[UUID, Decimal]:
    """What each asset is worth after the plan."""
    held: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for (_, key), units in desk.held.items():
        held[key] += units * (desk.assets[key].price or Decimal(0))
    for trade in plan.trades if plan else ():
        held[trade.asset_id] += trade.value if trade.side is Side.BUY else -trade.value
    return dict(held)
