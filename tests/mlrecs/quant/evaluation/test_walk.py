"""Walking forward: what is scored was never learnt from, and thresholds are frozen before."""

from datetime import date
from itertools import pairwise
from typing import Self

import numpy as np

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.evaluation.crises import CRISES, crisis_days
from mlrecs.quant.evaluation.walk import Step, walk, yearly_steps
from mlrecs.quant.universe import universe_returns

DAYS = universe_returns()[0]


class Remembering:
    """Scores a day by its first return, and remembers what it was given."""

    name = "remembering"

    def __init__(self, given: list[FloatArray]) -> None:
        self.given = given

    def fit(self, returns: FloatArray) -> Self:
        self.given.append(returns)
        return self

    def score(self, returns: FloatArray) -> FloatArray:
        return np.asarray(returns[:, 0], dtype=np.float64)

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        return np.asarray(returns[row], dtype=np.float64)


def test_each_year_is_scored_once_after_an_embargo() -> None:
    steps = list(yearly_steps(DAYS))
    years = [DAYS[step.scored.start].year for step in steps]
    assert years == list(range(1996, 2023))
    assert all(step.scored.start - step.learnt.stop == 60 for step in steps)
    assert all(1260 <= step.learnt.stop - step.learnt.start <= 2520 for step in steps)
    assert [step.scored.stop for step in steps[:-1]] == [step.scored.start for step in steps[1:]]
    assert steps[-1].scored.stop == len(DAYS)


def test_the_scored_days_are_those_of_the_steps_and_the_learnt_ones_end_before() -> None:
    returns = np.arange(1000.0)[:, None]
    given: list[FloatArray] = []
    steps = [Step(slice(0, 300), slice(400, 500)), Step(slice(100, 440), slice(500, 600))]
    walked = walk(lambda: Remembering(given), returns, steps, budget=0.01)
    assert walked.scores.tolist() == list(range(400, 600))
    assert [float(table[-1, 0]) for table in given] == [299.0, 439.0]
    assert walked.thresholds[[0, 99, 100, 199]].tolist() == [
        np.quantile(np.arange(0, 300), 0.99),
        np.quantile(np.arange(0, 300), 0.99),
        np.quantile(np.arange(100, 440), 0.99),
        np.quantile(np.arange(100, 440), 0.99),
    ]


def test_crises_are_in_order_apart_and_on_days_of_trading() -> None:
    assert len(CRISES) == 18
    assert all(one.first <= one.last for one in CRISES)
    assert all(one.last < later.first for one, later in pairwise(CRISES))
    assert {one.first for one in CRISES} | {one.last for one in CRISES} <= set(DAYS)


def test_a_crisis_reaches_from_its_first_day_to_its_last() -> None:
    days = [date(2020, 2, 21), date(2020, 2, 24), date(2020, 4, 9), date(2020, 4, 13)]
    assert crisis_days(days).tolist() == [False, True, True, False]
