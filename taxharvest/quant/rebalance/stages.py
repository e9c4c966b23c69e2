"""The two convex problems: the first tells which assets are sold and which bought, the second how much.

Moehle, Kochenderfer, Boyd and Ang, "Tax-Aware Portfolio Construction via Convex Optimization", arXiv
2008.04985: minimise risk against the targets, trading costs and tax. With the sign of every asset's trade
fixed that is a quadratic program; a relaxation gives the signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import cvxpy as cp
import numpy as np

from taxharvest.quant.rebalance.envelope import envelope
from taxharvest.quant.rebalance.numbers import Numbers
from taxharvest.quant.rebalance.risk import Floats

# Of the wealth: less than this is no trade.
TOLERANCE = 1e-7
# Of the smallest eigenvalue, so that what is left of the covariance stays positive.
BORROWED = 0.999


class NotSolvedError(Exception):
    """A problem has no answer; its words say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trades:
    """What the second stage buys (accounts by assets) and sells (by segment), as fractions of the wealth."""

    bought: Floats
    sold: Floats


def signs(numbers: Numbers, covariance: Floats) -> Floats:
    """The net trade of every asset in the relaxation, over all accounts together; its signs are what counts.

    Each asset's own part is replaced by its convex envelope, and accounts share their cash. Raises
    NotSolvedError.
    """
    curvature = BORROWED * float(np.linalg.eigvalsh(covariance)[0])
    lines = [
        (asset, *line) for asset in range(len(numbers.assets)) for line in envelope(numbers, asset, curvature)
    ]
    places = [line[0] for line in lines]
    slopes, intercepts = np.array([line[1] for line in lines]), np.array([line[2] for line in lines])
    size = len(numbers.assets)
    trade, sold, own = cp.Variable(size), cp.Variable(len(numbers.segments) or 1), cp.Variable(size)
    distance = numbers.held + trade - numbers.goals
    rest = covariance - curvature * np.eye(size)
    sales = _by_asset(numbers) @ sold
    constraints = [
        own[places] >= cp.multiply(slopes, trade[places]) + intercepts,
        *_segment_bounds(numbers, sold),
        sales >= -trade,
        trade >= -np.array([sum(one.most for one in numbers.sellable(i)) for i in range(size)]),
        trade <= np.where(numbers.buyable, 10.0, 0.0),
        float(numbers.cash.sum()) - cp.sum(trade) - numbers.cost @ cp.abs(trade) >= numbers.floor,
        *_budget(numbers, sold),
    ]
    risk = numbers.risk_weight * cp.quad_form(distance, cp.psd_wrap(rest))
    _solve(cp.Minimize(risk + cp.sum(own)), constraints)
    return _value(trade)


def trades(numbers: Numbers, covariance: Floats, net: Floats) -> Trades:
    """How much is bought where and sold of which lot, each group one way. Raises NotSolvedError."""
    size, accounts = len(numbers.assets), len(numbers.accounts)
    bought, sold = cp.Variable((accounts, size)), cp.Variable(len(numbers.segments) or 1)
    whole = group_trades(numbers, net)
    may_buy = np.array([numbers.buyable[i] and whole[i] >= -TOLERANCE for i in range(size)])
    barred = {numbers.groups[i] for i in range(size) if may_buy[i]}
    may_sell = np.array([numbers.groups[one.asset] not in barred for one in numbers.segments] or [False])
    by_asset, by_account = _by_asset(numbers), _by_account(numbers)
    segment_cost = np.array([numbers.cost[one.asset] for one in numbers.segments] or [0.0])
    taxes = np.array([one.tax for one in numbers.segments] or [0.0])
    distance = numbers.held + cp.sum(bought, axis=0) - by_asset @ sold - numbers.goals
    spent = bought @ (1 + numbers.cost)
    gained = by_account @ cp.multiply(1 - segment_cost, sold)
    cash = numbers.cash - spent + gained
    constraints = [
        bought >= 0,
        bought <= np.tile(np.where(may_buy, 10.0, 0.0), (accounts, 1)),
        *_segment_bounds(numbers, sold, may_sell),
        cash >= 0,
        cp.sum(cash) >= numbers.floor - TOLERANCE,
        *_budget(numbers, sold),
    ]
    objective = (
        numbers.risk_weight * cp.quad_form(distance, cp.psd_wrap(covariance))
        + cp.sum(bought @ numbers.cost)
        + segment_cost @ sold
        + numbers.tax_weight * (taxes @ sold)
    )
    _solve(cp.Minimize(objective), constraints)
    return Trades(bought=_value(bought), sold=_value(sold))


def group_trades(numbers: Numbers, net: Floats) -> Floats:
    """For each asset the net trade of everything substantially identical with it: one sign holds for all.

    Selling one at a loss and buying another would wash the loss (IRC 1091).
    """
    totals: dict[UUID, float] = {}
    for group, trade in zip(numbers.groups, net, strict=True):
        totals[group] = totals.get(group, 0.0) + float(trade)
    return np.array([totals[group] for group in numbers.groups])


def _segment_bounds(
    numbers: Numbers, sold: Any, may_sell: Sequence[bool] | Floats | None = None
) -> list[Any]:
    most = np.array([one.most for one in numbers.segments] or [0.0])
    if may_sell is not None:
        most = np.where(may_sell, most, 0.0)
    return [sold >= 0, sold <= most]


def _budget(numbers: Numbers, sold: Any) -> list[Any]:
    """The gain budget: gains net of losses that count, of what is sold."""
    if numbers.budget is None or not numbers.segments:
        return []
    return [np.array([one.gain for one in numbers.segments]) @ sold <= numbers.budget]


def _by_asset(numbers: Numbers) -> Floats:
    """Adds segments up by asset."""
    return _sums([one.asset for one in numbers.segments], len(numbers.assets))


def _by_account(numbers: Numbers) -> Floats:
    """Adds segments up by account."""
    return _sums([one.account for one in numbers.segments], len(numbers.accounts))


def _sums(places: list[int], rows: int) -> Floats:
    matrix = np.zeros((rows, len(places) or 1))
    for column, row in enumerate(places):
        matrix[row, column] = 1.0
    return matrix


def _solve(objective: Any, constraints: list[Any]) -> None:
    """Solve with CLARABEL, an interior-point solver for quadratic programs. Raises NotSolvedError."""
    problem = cp.Problem(objective, constraints)
    try:
        problem.solve(solver=cp.CLARABEL)
    except cp.SolverError as failure:
        raise NotSolvedError("The solver gave up: the problem is too badly scaled.") from failure
    if problem.status in {cp.INFEASIBLE, cp.INFEASIBLE_INACCURATE}:
        raise NotSolvedError(
            "No trades keep every rule at once: the money to be taken out, the gain budget and what may be "
            "sold do not go together."
        )
    if problem.status != cp.OPTIMAL:
        raise NotSolvedError(f"The solver did not converge ({str(problem.status).replace('_', ' ')}).")


def _value(variable: Any) -> Floats:
    found: Floats = np.asarray(variable.value, dtype=np.float64)
    return found
