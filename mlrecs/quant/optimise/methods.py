"""The methods of weighing assets: least variance, least tail loss, equal risk, hierarchical, own views."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from skfolio import RiskMeasure
from skfolio.exceptions import OptimizationError
from skfolio.moments import EquilibriumMu
from skfolio.optimization import HierarchicalRiskParity, MeanRisk, ObjectiveFunction, RiskBudgeting
from skfolio.prior import BlackLitterman, EmpiricalPrior

from mlrecs.quant.optimise.constraints import (
    PRECISION,
    cost_expression,
    group_rows,
    has_costs,
    nearest,
    settled,
    turnover_rule,
)
from mlrecs.quant.optimise.problem import (
    DAYS_A_YEAR,
    Floats,
    InfeasibleError,
    NoAnswerError,
    NotConvergedError,
    Problem,
    problem_checked,
)

# How much return a year a person gives up for variance (U = return - RISK_AVERSION / 2 x variance): at six, a
# volatility of .20 costs .12 of return. Costs of trading are paid once and are to be earned in a year.
RISK_AVERSION = 6.0
COST_IN_VARIANCE = 2 / (RISK_AVERSION * DAYS_A_YEAR)
# The same in daily tail loss, at a volatility of 20 % a year and normal tails (the mean loss beyond 95 % is
# 2.06 standard deviations).
COST_IN_TAIL = 2.06 / (RISK_AVERSION * 0.2 * DAYS_A_YEAR**0.5)
TAIL = 0.95
# Of a daily return: the far end of the frontier is a single point, which a solver meets only nearly.
SLACK = 1e-8


class Method(StrEnum):
    """How weights are found."""

    MINIMUM_VARIANCE = "minimum_variance"
    MINIMUM_CVAR = "minimum_cvar"
    RISK_BUDGET = "risk_budget"
    HRP = "hrp"
    BLACK_LITTERMAN = "black_litterman"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A return a year beyond what the market implies, and how sure somebody is of it, up to 1."""

    beyond: float
    confidence: float


def optimise(problem: Problem, method: Method, *, views: Mapping[int, View] | None = None) -> Floats:
    """The weights of a method, within every constraint of the problem.

    `views` are those of Black-Litterman, by the place of the asset. Raises UnfitHistoryError, InfeasibleError
    and NotConvergedError, each with a sentence for people.
    """
    problem_checked(problem)
    if method is Method.BLACK_LITTERMAN:
        return _fitted(problem, _with_views(problem, views or {}))
    return METHODS[method](problem)


def frontier(problem: Problem, points: int = 12) -> list[Floats]:
    """Weights from the least variance to the most return that the constraints allow, in equal steps.

    Returns are those of the sample: the picture is of the past. A point that the solver did not reach is
    left out. Raises as `optimise`.
    """
    problem_checked(problem)
    # A drawing needs no more than the solver's own precision, which it reaches at both ends.
    rules = _rules(problem) | {"solver_params": None}
    ends = [
        _weights(MeanRisk(objective_function=goal, **rules), problem)
        for goal in (ObjectiveFunction.MINIMIZE_RISK, ObjectiveFunction.MAXIMIZE_RETURN)
    ]
    means = problem.returns.mean(axis=0)
    found = []
    for least in np.linspace(float(means @ ends[0]), float(means @ ends[1]), points):
        try:
            row = _weights(MeanRisk(min_return=float(least) - SLACK, **rules), problem)
            found.append(settled(problem, row))
        except NoAnswerError:
            continue
    return found


def _minimum_variance(problem: Problem) -> Floats:
    return _fitted(problem, MeanRisk(**_rules(problem), **_costs(problem, COST_IN_VARIANCE)))


def _minimum_cvar(problem: Problem) -> Floats:
    model = MeanRisk(
        risk_measure=RiskMeasure.CVAR,
        cvar_beta=TAIL,
        **_rules(problem),
        **_costs(problem, COST_IN_TAIL),
    )
    return _fitted(problem, model)


def _risk_budget(problem: Problem) -> Floats:
    """Equal parts of the risk, then the nearest weights within the constraints."""
    return settled(problem, nearest(problem, _weights(RiskBudgeting(), problem) * problem.invested))


def _hrp(problem: Problem) -> Floats:
    """Lopez de Prado's hierarchical risk parity, then the nearest weights within the constraints."""
    return settled(problem, nearest(problem, _weights(HierarchicalRiskParity(), problem) * problem.invested))


def _with_views(problem: Problem, views: Mapping[int, View]) -> MeanRisk:
    """Most utility under the posterior of Black and Litterman.

    The prior holds the weights that are held for the market's, so without a view nothing speaks for a change.
    Confidence goes in by Idzorek's method.
    """
    weights = problem.held
    risk_aversion = RISK_AVERSION
    covariance = np.cov(problem.returns, rowvar=False)
    implied = risk_aversion * covariance @ weights
    said = [
        f"{problem_columns(problem)[at]} == {implied[at] + one.beyond / DAYS_A_YEAR:.10f}"
        for at, one in views.items()
    ]
    market = EmpiricalPrior(mu_estimator=EquilibriumMu(risk_aversion=risk_aversion, weights=weights))
    prior: Any = market
    if said:
        sure = [one.confidence for one in views.values()]
        prior = BlackLitterman(views=said, view_confidences=sure, prior_estimator=market)
    # Utility is maximised, so costs are taken off it.
    costs = {"add_objective": cost_expression(problem, -1 / DAYS_A_YEAR)} if has_costs(problem) else {}
    return MeanRisk(
        objective_function=ObjectiveFunction.MAXIMIZE_UTILITY,
        risk_aversion=risk_aversion / 2,
        prior_estimator=prior,
        **_rules(problem),
        **costs,
    )


METHODS: Mapping[Method, Callable[[Problem], Floats]] = {
    Method.MINIMUM_VARIANCE: _minimum_variance,
    Method.MINIMUM_CVAR: _minimum_cvar,
    Method.RISK_BUDGET: _risk_budget,
    Method.HRP: _hrp,
}


def problem_columns(problem: Problem) -> list[str]:
    """Names that the parser of views can read, whatever the symbols are."""
    return [f"A{place}" for place in range(problem.size)]


def _rules(problem: Problem) -> dict[str, Any]:
    rules: dict[str, Any] = {
        "min_weights": 0.0,
        "max_weights": problem.most,
        "budget": problem.invested,
        "solver": "CLARABEL",
        "solver_params": PRECISION,
    }
    if (rows := group_rows(problem)) is not None:
        rules["left_inequality"], rules["right_inequality"] = rows
    if problem.turnover is not None:
        rules["add_constraints"] = turnover_rule(problem)
    return rules


def _costs(problem: Problem, weight: float) -> dict[str, Any]:
    return {"add_objective": cost_expression(problem, weight)} if has_costs(problem) else {}


def _fitted(problem: Problem, model: Any) -> Floats:
    return settled(problem, _weights(model, problem))


def _weights(model: Any, problem: Problem) -> Floats:
    """What the library answers. Its refusals become ours."""
    table = pd.DataFrame(problem.returns, columns=problem_columns(problem))
    try:
        with warnings.catch_warnings():
            # The solver's "may be inaccurate": what comes out is held against the constraints anyway.
            warnings.simplefilter("ignore")
            return np.asarray(model.fit(table).weights_, dtype=np.float64)
    except (OptimizationError, ValueError, ArithmeticError) as failure:
        raise _refusal(problem) from failure


def _refusal(problem: Problem) -> InfeasibleError | NotConvergedError:
    """Whether no weights keep to the constraints, or some do and the solver gave up."""
    try:
        nearest(problem, problem.held)
    except InfeasibleError as none:
        return none
    except NotConvergedError:
        pass
    return NotConvergedError("The solver found no answer, though the constraints allow some.")
