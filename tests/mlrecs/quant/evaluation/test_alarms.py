"""Crises found at a budget of false alarms, and how late."""

import math

import numpy as np

from mlrecs.quant.evaluation.alarms import (
    Alarms,
    alarms_of,
    budget_threshold,
    false_alarm_rate,
    quiet_days,
)

LABELS = np.array([False] * 50 + [True] * 5 + [False] * 50 + [True] * 3)


def test_quiet_days_are_twenty_days_away() -> None:
    quiet = quiet_days(LABELS)
    assert np.flatnonzero(quiet).tolist() == [*range(30), *range(75, 85)]
    assert quiet_days(LABELS, guard=0).tolist() == (~LABELS).tolist()


def test_a_crisis_is_found_by_its_first_alarm_and_an_alarm_before_it_counts_for_nothing() -> None:
    scores = np.zeros(len(LABELS))
    scores[49] = scores[52] = scores[54] = 1.0
    assert alarms_of(LABELS, scores, 0.5) == Alarms(found=1, crises=2, delay=2.0)


def test_a_score_at_the_threshold_is_no_alarm() -> None:
    found = alarms_of(LABELS, np.ones(len(LABELS)), 1.0)
    assert (found.found, found.crises, math.isnan(found.delay)) == (0, 2, True)


def test_the_threshold_is_exceeded_by_one_quiet_day_in_a_hundred() -> None:
    scores, quiet = np.arange(1000.0), np.ones(1000, dtype=np.bool_)
    threshold = budget_threshold(scores, quiet)
    assert (scores > threshold).sum() == 10


def test_the_rate_counts_quiet_days_alone_each_by_its_own_threshold() -> None:
    scores = np.array([1.0, 1.0, 1.0, 9.0])
    thresholds = np.array([0.5, 2.0, 2.0, 2.0])
    assert false_alarm_rate(scores, thresholds, np.array([True, True, True, False])) == 1 / 3
