"""Verdicts on drift."""

from decimal import Decimal

from mlrecs.engine.drift_verdict import DriftFigure, drift_verdict

D = Decimal


def figure(value: str, limit: str) -> DriftFigure:
    return DriftFigure(name="psi", label="Shape of returns", value=D(value), limit=D(limit))


def test_a_window_that_is_too_short_is_not_judged() -> None:
    verdict = drift_verdict([figure("0.9", "0.1")], days=249)

    assert not verdict.has_drifted
    assert verdict.words == "Not judged: 249 days are known, 250 are needed."


def test_figures_at_their_limit_are_within_chance() -> None:
    verdict = drift_verdict([figure("0.093", "0.093")], days=250)

    assert not verdict.has_drifted
    assert verdict.words == "No drift over 250 days: every figure is within what chance shows."


def test_a_figure_beyond_its_limit_has_drifted_and_is_named() -> None:
    verdict = drift_verdict([figure("0.01", "0.093"), figure("0.0941", "0.093")], days=500)

    assert verdict.has_drifted
    assert verdict.words == "Drifted over 500 days: Shape of returns 0.094, limit 0.093."
