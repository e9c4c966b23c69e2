"""Measures against cases worked by hand."""

import math

import numpy as np
import pytest

from mlrecs.quant.evaluation.measures import average_precision, roc_area, softened, vus_pr

ROOT_HALF = math.sqrt(0.5)


def days(text: str) -> np.typing.NDArray[np.bool_]:
    return np.array([letter == "x" for letter in text])


def test_average_precision_is_the_mean_precision_where_labelled_days_are_found() -> None:
    assert average_precision(days("x.x."), np.array([4.0, 3, 2, 1])) == pytest.approx((1 + 2 / 3) / 2)


def test_days_of_equal_score_are_found_together() -> None:
    assert average_precision(days("x.x."), np.array([2.0, 2, 1, 1])) == pytest.approx(0.5)
    assert average_precision(days("x..."), np.array([1.0, 1, 1, 1])) == pytest.approx(0.25)


def test_without_a_labelled_day_there_is_no_measure() -> None:
    scores = np.array([1.0, 2.0])
    assert math.isnan(average_precision(days(".."), scores))
    assert math.isnan(roc_area(days(".."), scores))
    assert math.isnan(vus_pr(days(".."), scores))


def test_the_roc_area_counts_pairs_and_equal_scores_for_half() -> None:
    assert roc_area(days("x.x."), np.array([4.0, 3, 2, 1])) == 0.75
    assert roc_area(days("x."), np.array([1.0, 1])) == 0.5


def test_labels_fall_with_the_root_of_the_distance_up_to_half_the_buffer() -> None:
    assert softened(days("..x.."), 0).tolist() == [0, 0, 1, 0, 0]
    assert softened(days("..x.."), 1).tolist() == [0, 0, 1, 0, 0]
    assert softened(days("..x.."), 2) == pytest.approx([0, ROOT_HALF, 1, ROOT_HALF, 0])
    assert softened(days("x...x"), 4) == pytest.approx([1, math.sqrt(0.75), ROOT_HALF, math.sqrt(0.75), 1])


def test_the_volume_of_a_perfect_score_without_buffer_is_one() -> None:
    assert vus_pr(days("..xx."), np.array([0.0, 1, 5, 4, 2]), widest=0) == 1.0


def test_a_stretch_that_is_not_touched_takes_recall_away() -> None:
    # Thresholds find day 0, day 1, day 3: recall .5 x .5, the same, 1 x 1; precision 1, 1/2, 2/3.
    scores = np.array([0.9, 0.5, 0.2, 0.3])
    assert vus_pr(days("x..x"), scores, widest=0) == pytest.approx(0.25 * 1 + 0.75 * 2 / 3)


def test_the_volume_is_the_mean_over_the_buffers() -> None:
    # Buffers 0 and 1 widen nothing and give 1. Buffer 2 wants 1 + sqrt(1/2): the first threshold finds 1 of
    # it, the second all, at a precision of (1 + sqrt(1/2)) / 2.
    scores = np.array([0.0, 0.1, 1.0, 0.2, 0.05])
    area = 1 / (1 + ROOT_HALF) + ROOT_HALF / 2
    assert vus_pr(days("..x.."), scores, widest=2) == pytest.approx((1 + 1 + area) / 3)


def test_a_score_that_is_always_the_same_reaches_the_base_rate() -> None:
    assert vus_pr(days("x..."), np.ones(4), widest=0) == pytest.approx(0.25)


def test_chance_reaches_the_base_rate_and_is_not_helped_by_long_stretches() -> None:
    labels = np.zeros(4000, dtype=np.bool_)
    labels[1000:1100] = labels[3000:3100] = True
    chance = np.random.default_rng(1).random(4000)
    assert vus_pr(labels, chance) == pytest.approx(labels.mean(), abs=0.02)
