"""The assets that a detector names as drivers are those in which an anomaly was planted."""

import numpy as np
import pytest

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.detectors import DETECTORS
from mlrecs.quant.evaluation.planted import KINDS, plant
from mlrecs.quant.universe import universe_returns

LEARNT = universe_returns()[2][3000:5000]
SCORED = universe_returns()[2][5060:5360]
# The untrained twin of the masked form is the linear residual in the dress of the net: it stands for the net.
JOINT = ("co_movement", "linear", "untrained_masked")


def planted_share(name: str, kind: str) -> float:
    """The mean share that planted assets have in the drivers of the last day of each planted anomaly."""
    planted = plant(kind, SCORED, seed=4)
    detector = DETECTORS[name](1).fit(LEARNT)
    days = np.flatnonzero(planted.days & ~np.append(planted.days[1:], False)).tolist()
    shares = [detector.drivers(planted.returns, day)[planted.assets[day]].sum() for day in days if day > 60]
    return float(np.mean(shares))


@pytest.mark.parametrize("name", JOINT)
@pytest.mark.parametrize(("kind", "least"), [("spike", 0.4), ("bad_tick", 0.4), ("loud", 0.45)])
def test_planted_assets_drive_far_more_than_their_number(name: str, kind: str, least: float) -> None:
    chance = (KINDS[kind].assets or 20) / 20
    assert planted_share(name, kind) > max(least, 1.5 * chance)


@pytest.mark.parametrize("name", ["volatility", "fast_volatility", "absolute", "untrained", "zero"])
def test_the_asset_that_falls_most_drives_a_day_on_which_all_fall(name: str) -> None:
    returns = shocked()
    detector = DETECTORS[name](1).fit(LEARNT)
    drivers = detector.drivers(returns, len(returns) - 1)
    assert int(drivers.argmax()) == 7
    assert drivers.sum() == pytest.approx(1.0)


def shocked() -> FloatArray:
    """Everything falls by 3 % on the last day, asset 7 by 25 %."""
    returns = SCORED.copy()
    returns[-1] = -0.03
    returns[-1, 7] = -0.25
    return returns
