"""Optimisers against closed forms, an independent solver, hand cases, and the figures measured before."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from mlrecs.quant.optimise.constraints import binding, nearest, worst_breach
from mlrecs.quant.optimise.measures import tail_loss, volatility
from mlrecs.quant.optimise.methods import Method, View, frontier, optimise
from mlrecs.quant.optimise.problem import (
    Floats,
    GroupCap,
    InfeasibleError,
    NotConvergedError,
    Problem,
    SalePiece,
    UnfitHistoryError,
    plain_problem,
    trading_cost,
)
from tests.mlrecs.quant.optimise.series import factor_returns, real_between, wave


def closed_form(returns: Floats) -> Floats:
    """S^-1 1 / (1' S^-1 1)."""
    inverse = np.linalg.solve(np.cov(returns, rowvar=False), np.ones(returns.shape[1]))
    return np.asarray(inverse / inverse.sum())


def limited(seed: int) -> Problem:
    """Twelve assets in three groups, with caps, a turnover, a spread and lots to tax, drawn at random."""
    draw = np.random.default_rng(seed)
    held = draw.dirichlet(np.ones(12))
    caps = np.maximum(draw.uniform(0.1, 0.4, size=12), held)
    groups = tuple(
        GroupCap(
            name=f"group {place}",
            members=tuple(range(4 * place, 4 * place + 4)),
            most=max(0.5, float(held[4 * place : 4 * place + 4].sum())),
        )
        for place in range(3)
    )
    return Problem(
        names=tuple(f"A{place}" for place in range(12)),
        returns=factor_returns(12, 300, seed),
        held=held,
        most=caps,
        groups=groups,
        turnover=float(draw.uniform(0.05, 0.6)),
        cost=np.full(12, 0.0005),
        taxes={0: (SalePiece(most=0.02, rate=0.01), SalePiece(most=0.5, rate=0.08))},
    )


def test_minimum_variance_is_the_closed_form_where_no_limit_binds() -> None:
    returns = factor_returns(5, 500, seed=3) + np.random.default_rng(1).normal(0, 0.03, size=(500, 5))
    expected = closed_form(returns)

    found = optimise(plain_problem(returns), Method.MINIMUM_VARIANCE)

    assert expected.min() > 0
    assert np.abs(found - expected).max() < 1e-6


def test_least_tail_loss_is_that_of_an_independent_linear_program() -> None:
    """Rockafellar and Uryasev 2000: minimise a + mean of what lies beyond a, over .05."""
    returns = factor_returns(6, 200, seed=5)
    days, assets = returns.shape
    objective = np.concatenate([np.zeros(assets), [1.0], np.full(days, 1 / (0.05 * days))])
    beyond = np.hstack([-returns, -np.ones((days, 1)), -np.eye(days)])
    one = np.concatenate([np.ones(assets), np.zeros(1 + days)])[None, :]
    bounds = [(0, 1)] * assets + [(None, None)] + [(0, None)] * days
    answer = linprog(objective, A_ub=beyond, b_ub=np.zeros(days), A_eq=one, b_eq=[1.0], bounds=bounds)

    found = optimise(plain_problem(returns), Method.MINIMUM_CVAR)

    assert tail_loss(returns @ found) == pytest.approx(answer.fun, abs=1e-7)


def test_two_uncorrelated_assets_get_weights_by_inverse_variance() -> None:
    returns = np.column_stack([wave(1), 2 * wave(2)]) / 100

    assert optimise(plain_problem(returns), Method.HRP) == pytest.approx([0.8, 0.2], abs=1e-6)
    assert optimise(plain_problem(returns), Method.MINIMUM_VARIANCE) == pytest.approx([0.8, 0.2], abs=1e-6)


def test_two_pairs_share_by_pair_and_then_within_each_pair() -> None:
    """Each pair moves together; as inverse-variance pairs they have variances 1 and 4, so 4/5 and 1/5."""
    first, second, third, fourth = wave(1), wave(2), wave(4), wave(8)
    returns = (
        np.column_stack(
            [
                first + 0.2 * second,
                first - 0.2 * second,
                2 * (third + 0.2 * fourth),
                2 * (third - 0.2 * fourth),
            ]
        )
        / 100
    )

    assert optimise(plain_problem(returns), Method.HRP) == pytest.approx([0.4, 0.4, 0.1, 0.1], abs=1e-6)


def test_equal_risk_of_uncorrelated_assets_goes_by_inverse_volatility() -> None:
    returns = np.column_stack([wave(1), 2 * wave(2), 4 * wave(4)]) / 100

    found = optimise(plain_problem(returns), Method.RISK_BUDGET)

    assert found == pytest.approx([4 / 7, 2 / 7, 1 / 7], abs=1e-4)


@pytest.mark.parametrize(
    ("method", "expected"),
    [(Method.MINIMUM_VARIANCE, 0.162), (Method.HRP, 0.178), (Method.BLACK_LITTERMAN, 0.205)],
)
def test_the_volatility_of_2022_after_a_fit_on_four_years_is_the_one_measured_before(
    method: Method, expected: float
) -> None:
    fit, after = real_between("2018-01-01", "2021-12-31"), real_between("2022-01-01", "2022-12-31")

    found = optimise(plain_problem(fit), method)

    assert volatility(after @ found) == pytest.approx(expected, abs=0.0005)
    assert volatility(after.mean(axis=1)) == pytest.approx(0.205, abs=0.0005)


def test_without_a_view_nothing_speaks_for_a_change() -> None:
    problem = replace(plain_problem(factor_returns(5, 300, seed=2)), held=np.array([0.4, 0.3, 0.1, 0.1, 0.1]))

    found = optimise(problem, Method.BLACK_LITTERMAN)

    assert np.abs(found - problem.held).max() < 1e-3


def test_a_view_moves_its_asset_the_more_the_surer_it_is() -> None:
    problem = plain_problem(factor_returns(5, 300, seed=2))
    weights = [
        optimise(problem, Method.BLACK_LITTERMAN, views={2: View(beyond=beyond, confidence=sure)})[2]
        for beyond, sure in ((-0.05, 0.5), (0.05, 0.1), (0.05, 0.9))
    ]

    assert weights[0] < 0.2 < weights[1] < weights[2]


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("seed", range(8))
def test_no_method_ever_breaks_a_constraint(method: Method, seed: int) -> None:
    problem = limited(seed)

    found = optimise(problem, method, views={1: View(beyond=0.1, confidence=0.6)})

    assert worst_breach(problem, found) < 1e-5
    assert found.sum() == pytest.approx(1.0, abs=1e-9)


def test_an_expensive_lot_is_kept_where_a_cheap_one_is_sold() -> None:
    returns = np.column_stack([2 * wave(1), wave(2)]) / 100
    free = replace(plain_problem(returns), cost=np.zeros(2))
    dear = replace(free, taxes={0: (SalePiece(most=0.1, rate=0.0), SalePiece(most=0.4, rate=0.9))})

    assert optimise(free, Method.MINIMUM_VARIANCE)[0] == pytest.approx(0.2, abs=1e-4)
    assert optimise(dear, Method.MINIMUM_VARIANCE)[0] == pytest.approx(0.4, abs=1e-3)


def test_the_cost_of_trading_is_spread_and_the_tax_of_the_cheapest_lots() -> None:
    problem = replace(
        plain_problem(factor_returns(2, 100, seed=1)),
        cost=np.array([0.001, 0.001]),
        taxes={0: (SalePiece(most=0.3, rate=0.2), SalePiece(most=0.1, rate=0.05))},
    )

    assert trading_cost(problem, np.array([0.3, 0.7])) == pytest.approx(0.0004 + 0.1 * 0.05 + 0.1 * 0.2)
    assert trading_cost(problem, np.array([0.7, 0.3])) == pytest.approx(0.0004)


def test_the_frontier_climbs_in_risk_and_return_within_the_caps() -> None:
    problem = replace(plain_problem(factor_returns(6, 400, seed=4)), most=np.full(6, 0.4))

    found = frontier(problem, 6)
    risks = [volatility(problem.returns @ weights) for weights in found]
    means = [float((problem.returns @ weights).mean()) for weights in found]

    assert len(found) == 6
    assert risks == sorted(risks)
    assert means == sorted(means)
    assert max(worst_breach(problem, weights) for weights in found) < 1e-5


def test_what_binds_is_said() -> None:
    problem = replace(
        plain_problem(np.column_stack([wave(1), 2 * wave(2), 4 * wave(4)]) / 100, ["CALM", "MIDDLE", "WILD"]),
        most=np.array([0.5, 1.0, 1.0]),
        groups=(GroupCap(name="Energy", members=(0, 1), most=0.8),),
    )

    found = optimise(problem, Method.MINIMUM_VARIANCE)

    assert binding(problem, found) == ("Energy may be 80 % at most", "CALM may be 50 % at most")


def test_caps_that_cannot_add_up_are_infeasible() -> None:
    problem = replace(plain_problem(factor_returns(4, 100, seed=1)), most=np.full(4, 0.2))

    for method in Method:
        with pytest.raises(InfeasibleError, match="No weights meet all constraints at once"):
            optimise(problem, method)


def test_a_solver_that_gives_up_is_told_from_no_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: object, **_more: object) -> None:
        raise ValueError("no luck")

    monkeypatch.setattr("skfolio.optimization.MeanRisk.fit", fails)

    with pytest.raises(NotConvergedError, match="though the constraints allow some"):
        optimise(plain_problem(factor_returns(4, 100, seed=1)), Method.MINIMUM_VARIANCE)


def test_weights_that_keep_to_every_rule_are_their_own_nearest() -> None:
    problem = limited(1)

    assert nearest(problem, problem.held) == pytest.approx(problem.held, abs=1e-6)


@pytest.mark.parametrize(
    ("returns", "words"),
    [
        (factor_returns(4, 59, seed=1), "59 days of common history; at least 60"),
        (factor_returns(1, 100, seed=1), "one asset"),
        (np.column_stack([wave(1), np.full(128, 0.01)]), "The price of A1 never moves"),
        (np.column_stack([wave(1), np.full(128, np.nan)]), "missing or are not numbers"),
    ],
)
def test_a_history_that_tells_nothing_is_refused_with_its_reason(returns: Floats, words: str) -> None:
    with pytest.raises(UnfitHistoryError, match=words):
        optimise(plain_problem(returns), Method.MINIMUM_CVAR)
