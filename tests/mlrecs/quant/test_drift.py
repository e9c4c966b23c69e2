"""Measures of drift on hand cases, and limits from the days learnt from."""

import numpy as np
import pytest

from mlrecs.quant.arrays import UnfitReturns
from mlrecs.quant.drift import BLOCK, block_rows, correlation_change, drift_figures, stability


def returns(count: int, *, seed: int, together: float = 0.5, tail: float = 0.0) -> np.ndarray:
    """Five assets with a common part."""
    generator = np.random.default_rng(seed)
    common = generator.normal(0, 1, (count, 1))
    own = generator.normal(0, 1, (count, 5))
    jumps = tail * (generator.random((count, 1)) < 0.05) * np.sign(common)
    return 0.01 * (together * common + (1 - together) * own + jumps)


def test_the_stability_index_of_a_sample_with_itself_is_zero() -> None:
    values = np.arange(1000, dtype=np.float64)

    assert stability(values, values) == 0.0


def test_the_stability_index_of_a_hand_case() -> None:
    learnt = np.arange(100, dtype=np.float64)
    recent = np.concatenate([np.arange(5), np.arange(5), np.arange(10, 100)]).astype(float)
    doubled = np.concatenate([np.arange(10), np.arange(10), np.arange(20, 100)]).astype(float)

    assert stability(learnt, recent) == pytest.approx(0.0, abs=1e-12)
    # A tenth has twice its share, the next has none: .1 ln 2 + (.0001 - .1) ln(.0001 / .1).
    assert stability(learnt, doubled) == pytest.approx(0.1 * np.log(2) + -0.0999 * np.log(0.001), abs=1e-9)


def test_the_change_of_correlations_of_a_hand_case() -> None:
    line = np.arange(50, dtype=np.float64)
    together, against = np.column_stack([line, line]), np.column_stack([line, -line])

    assert correlation_change(together, together) == pytest.approx(0.0)
    assert correlation_change(together, against) == pytest.approx(2.0)


def test_blocks_keep_days_in_order() -> None:
    rows = block_rows(1000, 50, np.random.default_rng(1))

    assert len(rows) == 50
    assert (np.diff(rows[:BLOCK]) == 1).all()
    assert rows.max() < 1000


def test_returns_of_the_same_kind_stay_within_chance() -> None:
    figures = drift_figures(returns(2000, seed=1), returns(252, seed=2))

    assert [figure.name for figure in figures] == ["psi", "correlation"]
    assert [figure.is_beyond for figure in figures] == [False, False]


def test_a_louder_market_alone_is_no_drift_of_shape() -> None:
    [shape, _] = drift_figures(returns(2000, seed=1), 3 * returns(252, seed=2))

    assert not shape.is_beyond


def test_assets_that_move_together_more_have_drifted() -> None:
    [_, correlation] = drift_figures(returns(2000, seed=1), returns(252, seed=2, together=0.9))

    assert correlation.is_beyond
    assert correlation.value > 2 * correlation.limit


def test_the_same_seed_gives_the_same_limits() -> None:
    learnt, recent = returns(1000, seed=1), returns(252, seed=2)

    assert drift_figures(learnt, recent, seed=5) == drift_figures(learnt, recent, seed=5)


def test_missing_returns_are_refused() -> None:
    spoilt = returns(252, seed=2)
    spoilt[3, 3] = np.nan

    with pytest.raises(UnfitReturns):
        drift_figures(returns(1000, seed=1), spoilt)
