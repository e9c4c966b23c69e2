"""Scores by year: nothing looks ahead, thresholds keep their budget, drivers and refusals."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import numpy as np
import pytest

from mlrecs.quant.arrays import UnfitReturns
from mlrecs.quant.detectors import DETECTORS
from mlrecs.quant.scoring import BUDGET, Learned, Table, scores_of, threshold_of

MAKERS = {name: partial(DETECTORS[name], 0) for name in ("volatility", "co_movement")}


def table(count: int = 1000, assets: int = 4, *, seed: int = 3) -> Table:
    """Correlated made-up returns on weekdays from 2018 on."""
    generator = np.random.default_rng(seed)
    common = generator.normal(0, 0.006, (count, 1))
    days = [date(2018, 1, 1) + timedelta(days=place) for place in range(2 * count)]
    return Table(
        days=tuple([day for day in days if day.weekday() < 5][:count]),
        symbols=tuple("ABCDEFGH"[:assets]),
        returns=common + generator.normal(0, 0.008, (count, assets)),
        weights=np.ones(assets),
    )


def test_scores_begin_after_the_warm_up_and_know_each_part() -> None:
    scores = scores_of(table(), MAKERS)

    assert len(scores) == 1000 - 250
    assert scores[0].day == table().days[250]
    assert set(scores[0].parts) == {"volatility", "co_movement"}


def test_what_comes_later_changes_no_score() -> None:
    whole = table()
    spoilt = whole.returns.copy()
    spoilt[700:] = np.random.default_rng(9).permutation(spoilt[700:]) * 30

    before = {score.day: score for score in scores_of(whole, MAKERS)}
    after = {score.day: score for score in scores_of(replace(whole, returns=spoilt), MAKERS)}

    assert all(before[day] == after[day] for day in whole.days[250:700])
    assert before[whole.days[701]] != after[whole.days[701]]


def test_a_threshold_is_frozen_through_its_year_and_set_anew_with_the_next() -> None:
    by_year: dict[int, set[Decimal]] = {}
    for score in scores_of(table(), MAKERS):
        by_year.setdefault(score.day.year, set()).add(score.parts["co_movement"].threshold)

    assert sorted(by_year) == [2018, 2019, 2020, 2021]
    assert [len(found) for found in by_year.values()] == [1, 1, 1, 1]
    assert len(set.union(*by_year.values())) == 4


def test_the_threshold_leaves_its_budget_above_it() -> None:
    scores = np.arange(1000, dtype=np.float64)

    assert (scores > threshold_of(scores)).mean() == BUDGET
    assert threshold_of(np.array([np.nan, 2.0, 2.0])) == 2.0


def test_quiet_days_cross_the_threshold_about_as_often_as_budgeted() -> None:
    found = [score.parts["co_movement"].ratio >= 1 for score in scores_of(table(3000), MAKERS)]

    assert 0.004 < np.mean(found) < 0.02


def test_a_shock_in_one_holding_is_an_alarm_that_it_drives() -> None:
    whole = table()
    returns = whole.returns.copy()
    returns[900, 2] += 0.2
    [score] = [
        one for one in scores_of(replace(whole, returns=returns), MAKERS) if one.day == whole.days[900]
    ]

    assert score.parts["co_movement"].ratio > 10
    assert score.parts["co_movement"].drivers[0].symbol == "C"
    assert score.parts["co_movement"].drivers[0].share > Decimal("0.7")
    assert score.parts["volatility"].ratio > 1


def test_shares_of_drivers_add_up_to_one_at_most() -> None:
    part = scores_of(table(assets=8), MAKERS)[-1].parts["volatility"]

    assert len(part.drivers) == 5
    assert sum(driver.share for driver in part.drivers) <= 1
    assert list(part.drivers) == sorted(part.drivers, key=lambda one: -one.share)


def test_a_heavier_holding_drives_more_of_the_volatility() -> None:
    heavy = replace(table(), weights=np.array([10.0, 1.0, 1.0, 1.0]))

    assert scores_of(heavy, MAKERS)[-1].parts["volatility"].drivers[0].symbol == "A"


def test_days_before_the_first_asked_for_are_left_out_and_the_others_are_the_same() -> None:
    whole = table()
    late = scores_of(whole, MAKERS, since=whole.days[995])

    assert [score.day for score in late] == list(whole.days[995:])
    assert late == [score for score in scores_of(whole, MAKERS) if score.day >= whole.days[995]]


def test_too_short_a_history_is_refused_with_its_length() -> None:
    with pytest.raises(UnfitReturns, match="250 days of returns are known; scores begin after 250"):
        scores_of(table(250), MAKERS)


def test_the_learned_part_is_scored_on_days_that_the_net_had_not_seen() -> None:
    whole = table()
    residuals = np.ones((1000, 2))
    residuals[:60] = np.nan
    residuals[999] = [3.0, 1.0]
    learned = Learned(residuals=residuals, weights=np.array([3.0, 1.0]), symbols=("A", "C"), first=260)

    scores = scores_of(whole, MAKERS, learned=learned)
    with_part = [score for score in scores if "learned" in score.parts]

    # A year is scored once 180 days that the net had not seen set its threshold.
    assert with_part[0].day.year == 2020
    last = with_part[-1].parts["learned"]
    assert (last.raw, last.threshold, last.ratio) == (Decimal("7.0000"), Decimal("1.0000"), Decimal("7.0000"))
    assert [(one.symbol, one.share) for one in last.drivers] == [
        ("A", Decimal("0.9643")),
        ("C", Decimal("0.0357")),
    ]
