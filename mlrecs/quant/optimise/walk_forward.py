"""Methods walked forward: fitted on the past, traded at a cost, beside doing nothing and equal weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlrecs.quant.optimise.measures import volatility
from mlrecs.quant.optimise.methods import Method, optimise
from mlrecs.quant.optimise.problem import DAYS_A_YEAR, Floats, NoAnswerError, Problem, plain_problem

# Three years to fit on, a quarter to live with the answer.
FIT_DAYS, STEP_DAYS = 756, 63
# Half a spread of ten hundredths of a per cent, and a fifth of the account exchanged at a time.
COST = 0.0005
TURNOVER = 0.4
MOST = 0.20
Choose = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Daily returns net of cost from the first day that was not fitted on; what was expected of each step.

    `expected` and `realised` are the volatilities a year of each step, `still` what it was for weights left
    alone, `traded` the sum of all changes a year, `failed` the steps whose problem had no answer.
    """

    returns: Floats
    expected: Floats
    realised: Floats
    still: Floats
    traded: float
    failed: int = 0


def walk(
    returns: Floats, choose: Choose, *, fit: int = FIT_DAYS, step: int = STEP_DAYS, cost: float = COST
) -> Walk:
    """Let `choose(past returns, weights held)` choose anew at every step; it sees nothing of the days after.

    A step without an answer keeps the weights held.
    """
    held = np.full(returns.shape[1], 1 / returns.shape[1])
    daily, expected, realised, still = [], [], [], []
    traded, failed = 0.0, 0
    for start in range(fit, len(returns), step):
        past, after = returns[start - fit : start], returns[start : start + step]
        try:
            weights = choose(past, held)
        except NoAnswerError:
            weights, failed = held, failed + 1
        change = float(np.abs(weights - held).sum())
        lived, drifted = _lived(after, weights)
        if len(after) == step > 1:
            expected.append(volatility(past @ weights))
            realised.append(volatility(lived))
            still.append(volatility(_lived(after, held)[0]))
        lived[0] -= cost * change
        daily.append(lived)
        held, traded = drifted, traded + change
    found = np.concatenate(daily)
    return Walk(
        returns=found,
        expected=np.array(expected),
        realised=np.array(realised),
        still=np.array(still),
        traded=traded / (len(found) / DAYS_A_YEAR),
        failed=failed,
    )


def walk_method(returns: Floats, method: Method, *, fit: int = FIT_DAYS, step: int = STEP_DAYS) -> Walk:
    """A method under the caps, turnover and costs that advice is given under."""
    usual = plain_problem(returns)

    def choose(past: Floats, held: Floats) -> Floats:
        return optimise(_problem(usual, past, held), method)

    return walk(returns, choose, fit=fit, step=step)


def nothing(returns: Floats, *, fit: int = FIT_DAYS) -> Floats:
    """Equal weights bought once and left alone."""
    return _lived(returns[fit:], np.full(returns.shape[1], 1 / returns.shape[1]))[0]


def equal_weights(returns: Floats, *, fit: int = FIT_DAYS, step: int = STEP_DAYS) -> Walk:
    """Equal weights, brought back at every step: 1/N."""
    even = np.full(returns.shape[1], 1 / returns.shape[1])
    return walk(returns, lambda _past, _held: even, fit=fit, step=step)


def _problem(usual: Problem, past: Floats, held: Floats) -> Problem:
    """Caps never ask for more than one step can trade: what has grown beyond them may stay."""
    return replace(
        usual,
        returns=past,
        held=held,
        most=np.maximum(MOST, held),
        turnover=TURNOVER,
        cost=np.full(usual.size, COST),
    )


def _lived(returns: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Daily returns of weights that are left alone, and what they have drifted to."""
    values = np.vstack([np.ones(len(weights)), np.cumprod(1 + returns, axis=0)]) * weights
    wealth = values.sum(axis=1)
    return wealth[1:] / wealth[:-1] - 1, values[-1] / wealth[-1]


def hit_rate(walked: Walk) -> float:
    """In how many of the steps the volatility came out below that of the weights left alone."""
    return float((walked.realised < walked.still).mean())


def forecast_ratio(walked: Walk, levels: Sequence[float] = (10, 50, 90)) -> tuple[float, ...]:
    """Realised volatility over the expected one: its percentiles over the steps."""
    return tuple(float(one) for one in np.percentile(walked.realised / walked.expected, levels))
