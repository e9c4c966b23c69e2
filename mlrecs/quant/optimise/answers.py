"""Answering a question about an account: weights, frontier, other methods, and what binds, as decimals."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import numpy as np

from mlrecs.engine.optimising import Point, RiskAnswer, RiskQuestion
from mlrecs.quant.optimise.constraints import binding
from mlrecs.quant.optimise.history import common_history
from mlrecs.quant.optimise.measures import tail_loss, volatility
from mlrecs.quant.optimise.methods import Method, View, frontier, optimise
from mlrecs.quant.optimise.problem import (
    DAYS_A_YEAR,
    Floats,
    GroupCap,
    InfeasibleError,
    NoAnswerError,
    Problem,
    SalePiece,
    problem_checked,
    trading_cost,
)

UNIT = Decimal("0.000001")
POINTS = 10
COMPARED = 3
OTHERS = (Method.MINIMUM_VARIANCE, Method.MINIMUM_CVAR, Method.RISK_BUDGET, Method.HRP)


def answered(question: RiskQuestion) -> RiskAnswer:
    """The answer, with its reason where there is none: it never raises for what people ask."""
    try:
        returns, keys = common_history(question.table)
        problem = problem_checked(_problem(question, returns, keys))
        return _found(question, problem, keys)
    except NoAnswerError as failure:
        return RiskAnswer(reason=str(failure))


def _found(question: RiskQuestion, problem: Problem, keys: tuple[UUID, ...]) -> RiskAnswer:
    method = Method.BLACK_LITTERMAN if question.views else Method.MINIMUM_CVAR
    views = {
        keys.index(key): View(beyond=float(one.beyond), confidence=float(one.confidence))
        for key, one in question.views.items()
        if key in keys
    }
    try:
        weights, is_relaxed = optimise(problem, method, views=views), False
    except InfeasibleError:
        # What is beyond its limit already may stay, so that a part of the way can be gone.
        problem, is_relaxed = _relaxed(problem), True
        weights = optimise(problem, method, views=views)
    return RiskAnswer(
        method=method.value,
        weights=_by_key(keys, weights),
        now=_point("Now", problem, problem.held),
        proposed=_point("Proposed", problem, weights),
        others=tuple(_others(problem, method)),
        frontier=tuple(_frontier(problem)),
        shares_now=_by_key(keys, _risk_shares(problem, problem.held)),
        shares_then=_by_key(keys, _risk_shares(problem, weights)),
        binding=binding(problem, weights),
        cost=_decimal(trading_cost(problem, weights)),
        days=len(problem.returns),
        left_out=tuple(name for key, name in question.names.items() if key not in keys),
        is_relaxed=is_relaxed,
    )


def _problem(question: RiskQuestion, returns: Floats, keys: tuple[UUID, ...]) -> Problem:
    places = {key: place for place, key in enumerate(keys)}
    held = np.array([float(question.held.get(key, Decimal(0))) for key in keys])
    return Problem(
        names=tuple(question.names[key] for key in keys),
        returns=returns,
        held=held,
        most=np.array([float(question.most[key]) for key in keys]),
        invested=float(held.sum()),
        groups=tuple(
            GroupCap(
                name=one.name,
                members=tuple(places[key] for key in keys if key in one.keys),
                most=float(one.most),
            )
            for one in question.groups
        ),
        turnover=float(question.turnover),
        cost=np.full(len(keys), float(question.half_spread)),
        taxes={
            places[key]: tuple(SalePiece(most=float(one.most), rate=float(one.rate)) for one in pieces)
            for key, pieces in question.taxes.items()
            if key in places
        },
    )


def _relaxed(problem: Problem) -> Problem:
    groups = tuple(
        replace(one, most=max(one.most, float(problem.held[list(one.members)].sum())))
        for one in problem.groups
    )
    return replace(problem, most=np.maximum(problem.most, problem.held), groups=groups)


def _others(problem: Problem, chosen: Method) -> list[Point]:
    """What three other methods make of the same limits; one without an answer is left out."""
    found = []
    for method in [one for one in OTHERS if one is not chosen][:COMPARED]:
        try:
            found.append(_point(method.value, problem, optimise(problem, method)))
        except NoAnswerError:
            continue
    return found


def _frontier(problem: Problem) -> list[Point]:
    try:
        rows = frontier(problem, POINTS)
    except NoAnswerError:
        return []
    return [_point(str(place), problem, weights) for place, weights in enumerate(rows, start=1)]


def _point(name: str, problem: Problem, weights: Floats) -> Point:
    daily = problem.returns @ weights
    return Point(
        name=name,
        volatility=_decimal(volatility(daily)),
        growth=_decimal(float(daily.mean()) * DAYS_A_YEAR),
        tail=_decimal(tail_loss(daily)),
        turnover=_decimal(float(np.abs(weights - problem.held).sum())),
    )


def _risk_shares(problem: Problem, weights: Floats) -> Floats:
    """Each asset's part of the variance; they add up to one."""
    covariance = np.cov(problem.returns, rowvar=False)
    parts = weights * (covariance @ weights)
    return np.asarray(parts / parts.sum()) if parts.sum() > 0 else np.zeros(len(weights))


def _by_key(keys: tuple[UUID, ...], values: Floats) -> Mapping[UUID, Decimal]:
    return {key: _decimal(float(value)) for key, value in zip(keys, values, strict=True)}


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(UNIT)
