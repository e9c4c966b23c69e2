"""Every detector scores each day by that day and those before it, and says which assets drive a score."""

from dataclasses import replace

import numpy as np
import pytest

from mlrecs.quant.arrays import UnfitReturns
from mlrecs.quant.detectors import DETECTORS, Detector
from mlrecs.quant.detectors.joint import PrincipalComponents
from mlrecs.quant.detectors.learned import NetDetector
from mlrecs.quant.nets import NetSpec
from tests.mlrecs.quant.made_returns import made_returns

JOINT = [name for name in DETECTORS if name not in {"volatility", "absolute", "random", "zero"}]
SCORED = [name for name in DETECTORS if name != "random"]


def made(name: str) -> Detector:
    """A detector of the catalogue, its net a tiny one."""
    detector = DETECTORS[name](1)
    if isinstance(detector, NetDetector):
        spec = NetSpec(form=detector.form, assets=4, window=10, hidden=6, code=2, epochs=2, batch=16)
        return replace(detector, spec=spec)
    if isinstance(detector, PrincipalComponents):
        detector.components = 1
    return detector


def test_the_catalogue_holds_every_model_and_every_baseline() -> None:
    assert set(DETECTORS) >= {
        "volatility",
        "co_movement",
        "turbulence",
        "pca",
        "absolute",
        "zero",
        "untrained",
        "lstm",
        "lstm_masked",
        "random",
    }
    assert all(DETECTORS[name](1).name == name for name in DETECTORS)


@pytest.mark.parametrize("name", SCORED)
def test_the_future_changes_no_score_before_it(name: str) -> None:
    returns = made_returns()
    detector = made(name).fit(returns[:150])
    changed = returns.copy()
    changed[200:] = changed[:199:-1] * 3
    before, after = detector.score(returns)[:200], detector.score(changed)[:200]
    assert np.allclose(before, after, rtol=1e-5, equal_nan=True)
    assert np.isfinite(before[9:]).all()


@pytest.mark.parametrize("name", SCORED)
def test_a_day_on_which_one_asset_jumps_is_the_most_unusual_and_that_asset_drives_it(name: str) -> None:
    returns = made_returns()
    returns[220, 2] += 0.4
    detector = made(name).fit(returns[:150])
    assert int(np.nanargmax(detector.score(returns)[:221])) == 220
    drivers = detector.drivers(returns, 220)
    assert int(drivers.argmax()) == 2
    assert drivers[2] > 0.5
    assert drivers.sum() == pytest.approx(1.0)
    assert (drivers >= 0).all()


@pytest.mark.parametrize("name", SCORED)
def test_the_same_seed_gives_the_same_scores(name: str) -> None:
    returns = made_returns()
    one, other = (made(name).fit(returns[:150]).score(returns) for _ in range(2))
    assert np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize("name", DETECTORS)
def test_fewer_than_sixty_days_are_refused(name: str) -> None:
    with pytest.raises(UnfitReturns, match="There are 59 days of returns; at least 60 are needed"):
        made(name).fit(made_returns(59))


@pytest.mark.parametrize("name", DETECTORS)
def test_missing_returns_are_refused(name: str) -> None:
    returns = made_returns()
    detector = made(name).fit(returns)
    returns[3, 1] = np.nan
    with pytest.raises(UnfitReturns, match="1 returns are missing"):
        detector.score(returns)


@pytest.mark.parametrize("name", JOINT)
def test_one_asset_has_nobody_to_move_with(name: str) -> None:
    with pytest.raises(UnfitReturns, match=r"1 assets with returns; at least 2 are needed|for 4 assets"):
        made(name).fit(made_returns(assets=1))


def test_chance_is_seeded_and_has_no_driver() -> None:
    returns = made_returns()
    scores = [DETECTORS["random"](seed).fit(returns).score(returns) for seed in (1, 1, 2)]
    assert np.array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])
    assert DETECTORS["random"](1).drivers(returns, 5).tolist() == [0.25, 0.25, 0.25, 0.25]


def test_a_net_that_was_not_trained_scores_nothing() -> None:
    with pytest.raises(UnfitReturns, match="learnt from no returns"):
        DETECTORS["lstm"](1).score(made_returns())
