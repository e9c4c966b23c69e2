"""The suite with rules only, one of them in the place of a model: seconds instead of minutes."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from mlrecs.quant.detectors import DETECTORS, Detector
from mlrecs.quant.detectors.whole import VolatilitySurprise
from mlrecs.quant.evaluation.suite import Plan, evaluated
from mlrecs.quant.universe import universe_returns


def stand_in(_seed: int) -> Detector:
    """A rule in the place of a net."""
    return VolatilitySurprise(name="lstm", decay=0.6)


TINY: dict[str, Callable[[int], Detector]] = {
    "lstm": stand_in,
    **{name: DETECTORS[name] for name in ("zero", "absolute", "turbulence", "random")},
}


@lru_cache(maxsize=1)
def tiny_result() -> dict[str, Any]:
    """The result over two seeds and twenty draws."""
    days, _, returns = universe_returns()
    return evaluated(Plan(days=days, returns=returns, makers=TINY, seeds=(1, 2), draws=20))
