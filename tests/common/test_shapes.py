"""The geometry of small drawings."""

import pytest

from common import shapes


@pytest.mark.parametrize(("fraction", "at"), [(0.5, 75.0), (0.0, 0.0), (1.7, 150.0), (-0.2, 0.0)])
def test_a_length_is_held_inside_its_track(fraction: float, at: float) -> None:
    assert shapes.along(fraction, 150) == at


def test_a_gain_grows_right_of_the_axis_and_a_loss_left_of_it() -> None:
    assert shapes.diverging(0.5, 120) == (60, 30.0)
    assert shapes.diverging(-0.5, 120) == (30.0, 30.0)
    assert shapes.diverging(-4, 120) == (0.0, 60.0)


def test_a_ring_of_two_halves_turns_at_the_bottom() -> None:
    first, second = shapes.ring([2, 2], radius=10, thickness=4, centre=10)
    assert first.path == "M10.00 0.00A10 10 0 0 1 10.00 20.00L10.00 16.00A6 6 0 0 0 10.00 4.00Z"
    assert second.path.startswith("M10.00 20.00A10 10 0 0 1 10.00 0.00")
    assert (first.series, second.series) == (1, 2)


def test_what_is_not_positive_takes_no_slice_but_keeps_its_colour_free() -> None:
    arcs = shapes.ring([0.5, 0.0, -0.1, 0.5])
    assert [arc.series for arc in arcs] == [1, 4]


def test_a_single_slice_is_a_ring_that_draws() -> None:
    (arc,) = shapes.ring([1.0], radius=10, thickness=4, centre=10)
    assert " 0 1 1 " in arc.path


def test_a_ring_of_nothing_is_empty() -> None:
    assert shapes.ring([0.0, 0.0]) == []


def test_a_line_falls_where_values_fall() -> None:
    assert shapes.line([1, 2], width=10, height=24) == "M0.0 22.0L10.0 2.0"


def test_a_line_breaks_where_a_value_is_missing() -> None:
    path = shapes.line([1, None, 3, 2], width=30, height=24)
    assert path == "M0.0 22.0M20.0 2.0L30.0 12.0"


def test_a_line_needs_two_values() -> None:
    assert shapes.line([1, None], width=10, height=24) == ""
