"""Residuals become one number a day, and its parts are told by asset."""

import numpy as np
import pytest

from mlrecs.quant.shares import shares_of
from mlrecs.quant.surprises import drivers_of, marks_of, moving_level, part_drivers, surprise_parts


def test_a_moving_level_forgets_three_tenths_a_day() -> None:
    assert moving_level(np.array([2.0, 0.0]), 1.0) == pytest.approx([0.7 + 0.6, 0.91])


def test_days_before_the_first_number_have_no_level() -> None:
    found = moving_level(np.array([np.nan, np.nan, 1.0]), 1.0)
    assert np.isnan(found).tolist() == [True, True, False]
    assert found[2] == pytest.approx(1.0)


def test_the_parts_are_of_today_of_late_and_of_all() -> None:
    residuals, usual = np.array([[1.0, -3.0]]), np.array([[2.0, 4.0]])
    assert surprise_parts(residuals, usual)[0] == pytest.approx([5.0, 0.7 * 0.5 + 0.3 * 4.0, 9.0])


def test_a_mark_is_what_one_day_in_a_hundred_exceeds_and_never_nothing() -> None:
    parts = np.column_stack([np.arange(1001.0), np.zeros(1001)])
    assert marks_of(parts) == pytest.approx([990.0, 1e-12])


def test_drivers_weigh_each_part_by_its_mark() -> None:
    shares = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert drivers_of(np.array([6.0, 1.0]), np.array([2.0, 1.0]), shares) == pytest.approx([0.75, 0.25])


def test_each_part_has_its_own_drivers() -> None:
    residuals = np.array([[np.nan, np.nan], [0.0, 2.0], [3.0, 1.0]])
    usual = np.array([[0.0, 0.0], [0.0, 0.0], [-4.0, 1.0]])
    today, late, market = part_drivers(residuals, usual)
    assert today == pytest.approx([0.9, 0.1])
    assert late == pytest.approx([3 / 5.4, 2.4 / 5.4])
    assert market == pytest.approx([1.0, 0.0])


def test_shares_are_equal_where_nobody_brings_anything() -> None:
    assert shares_of(np.array([-1.0, 0.0])).tolist() == [0.5, 0.5]
    assert shares_of(np.array([-1.0, 3.0, 1.0])).tolist() == [0.0, 0.75, 0.25]
