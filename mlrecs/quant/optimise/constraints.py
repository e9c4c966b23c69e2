"""Constraints and costs of a problem as convex expressions, which of them bind, and the nearest weights."""

from collections.abc import Callable
from typing import Any

import cvxpy as cp
import numpy as np

from mlrecs.quant.optimise.problem import (
    TOLERANCE,
    Floats,
    InfeasibleError,
    NotConvergedError,
    Problem,
)

SOLVED = (cp.OPTIMAL, cp.OPTIMAL_INACCURATE)
HOPELESS = (cp.INFEASIBLE, cp.INFEASIBLE_INACCURATE)
# Daily variances are so small that the solver would be content too early.
PRECISION = {"tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-12}
# A weight so near to its cap is at it.
NEAR = 1e-3


def group_rows(problem: Problem) -> tuple[Floats, Floats] | None:
    """The caps of groups as rows and their bounds, or None without any."""
    if not problem.groups:
        return None
    rows = np.zeros((len(problem.groups), problem.size))
    for row, group in enumerate(problem.groups):
        rows[row, list(group.members)] = 1.0
    return rows, np.array([group.most for group in problem.groups])


def turnover_rule(problem: Problem) -> Callable[[Any], list[Any]]:
    """What the weights must keep to so that no more than the turnover is traded, for a solver's variable."""

    def rule(weights: Any) -> list[Any]:
        if problem.turnover is None:
            return []
        return [cp.norm1(weights - problem.held) <= problem.turnover]

    return rule


def cost_expression(problem: Problem, weight: float) -> Callable[[Any], Any]:
    """Spread and taxes of going to the weights, times `weight`, for a solver's variable.

    The tax of one asset's lots rises the more of it is sold, cheapest first, so it is the largest of the
    lines that run through its pieces: convex.
    """
    slopes, intercepts = _tax_lines(problem)

    def cost(weights: Any) -> Any:
        change = weights - problem.held
        spread = 0 if problem.cost is None else problem.cost @ cp.abs(change)
        if not len(slopes):
            return weight * spread
        lines = [cp.multiply(-slope, change) + at for slope, at in zip(slopes, intercepts, strict=True)]
        return weight * (spread + cp.sum(cp.maximum(0, *lines)))

    return cost


def has_costs(problem: Problem) -> bool:
    """Whether trading costs anything."""
    return bool(problem.taxes) or (problem.cost is not None and bool(problem.cost.any()))


def nearest(problem: Problem, target: Floats) -> Floats:
    """The weights nearest to `target` that keep to every constraint.

    Raises InfeasibleError when there are none, NotConvergedError when the solver gave up.
    """
    weights = cp.Variable(problem.size)
    rules = [weights >= 0, weights <= problem.most, cp.sum(weights) == problem.invested]
    rules += turnover_rule(problem)(weights)
    if (rows := group_rows(problem)) is not None:
        rules.append(rows[0] @ weights <= rows[1])
    solved(cp.Problem(cp.Minimize(cp.sum_squares(weights - target)), rules))
    return np.asarray(weights.value, dtype=np.float64)


def solved(question: Any) -> None:
    """Solve, or say why not. Raises InfeasibleError or NotConvergedError."""
    try:
        question.solve(solver=cp.CLARABEL, **PRECISION)
    except cp.SolverError as failure:
        raise NotConvergedError("The solver found no answer.") from failure
    if question.status in HOPELESS:
        raise InfeasibleError("No weights meet all constraints at once.")
    if question.status not in SOLVED:
        raise NotConvergedError(f"The solver stopped: {question.status}.")


def worst_breach(problem: Problem, weights: Floats) -> float:
    """By how much the weights break the constraint they break most; zero or less when they keep to all."""
    breaches = [float((weights - problem.most).max()), float((-weights).max())]
    breaches.append(abs(float(weights.sum()) - problem.invested))
    if problem.turnover is not None:
        breaches.append(float(np.abs(weights - problem.held).sum()) - problem.turnover)
    breaches += [float(weights[list(one.members)].sum()) - one.most for one in problem.groups]
    return max(breaches)


def settled(problem: Problem, weights: Floats) -> Floats:
    """A solver's weights without its dust. Raises NotConvergedError when they break a constraint."""
    if not np.isfinite(weights).all() or worst_breach(problem, weights) > TOLERANCE:
        raise NotConvergedError("The solver's answer does not keep to the constraints.")
    clean = np.where(weights < TOLERANCE, 0.0, weights)
    found: Floats = clean * (problem.invested / clean.sum())
    return found


def binding(problem: Problem, weights: Floats) -> tuple[str, ...]:
    """Which constraints stop the weights from going further, in words."""
    found = []
    traded = float(np.abs(weights - problem.held).sum())
    if problem.turnover is not None and traded > problem.turnover - NEAR:
        found.append(f"no more than {problem.turnover / 2 * 100:.0f} % is exchanged at a time")
    found += [
        f"{one.name} may be {one.most * 100:.0f} % at most"
        for one in problem.groups
        if float(weights[list(one.members)].sum()) > one.most - NEAR
    ]
    found += [
        f"{name} may be {float(most) * 100:.0f} % at most"
        for name, weight, most in zip(problem.names, weights, problem.most, strict=True)
        if weight > most - NEAR and most < problem.invested - NEAR and weight > TOLERANCE
    ]
    return tuple(found)


def _tax_lines(problem: Problem) -> tuple[Floats, Floats]:
    """Lines whose largest is the tax of what is sold of each asset: slopes, intercepts, lines by assets."""
    most = max((len(pieces) for pieces in problem.taxes.values()), default=0)
    slopes, intercepts = np.zeros((most, problem.size)), np.zeros((most, problem.size))
    for place, pieces in problem.taxes.items():
        before, paid = 0.0, 0.0
        for row, piece in enumerate(sorted(pieces, key=lambda one: one.rate)):
            slopes[row, place], intercepts[row, place] = piece.rate, paid - piece.rate * before
            before += piece.most
            paid += piece.most * piece.rate
    return slopes, intercepts
