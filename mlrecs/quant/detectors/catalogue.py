"""Every detector by name: the models, and the baselines that they have to beat."""

from collections.abc import Callable
from functools import partial

from mlrecs.quant.detectors.base import Detector
from mlrecs.quant.detectors.joint import (
    ConditionalResidual,
    PrincipalComponents,
    Turbulence,
    ZeroReconstruction,
)
from mlrecs.quant.detectors.learned import NetDetector
from mlrecs.quant.detectors.whole import AbsoluteReturn, RandomScore, VolatilitySurprise
from mlrecs.quant.nets import Form


def _seedless(make: Callable[[], Detector]) -> Callable[[int], Detector]:
    return lambda _seed: make()


# Each is made with a seed, whether it draws anything or not.
DETECTORS: dict[str, Callable[[int], Detector]] = {
    "volatility": _seedless(VolatilitySurprise),
    "co_movement": _seedless(ConditionalResidual),
    "turbulence": _seedless(Turbulence),
    "pca": _seedless(PrincipalComponents),
    "absolute": _seedless(AbsoluteReturn),
    "zero": _seedless(ZeroReconstruction),
    "random": RandomScore,
    "untrained": partial(NetDetector, "untrained", Form.AUTOENCODER, is_trained=False),
    "lstm": partial(NetDetector, "lstm", Form.AUTOENCODER),
    "untrained_masked": partial(NetDetector, "untrained_masked", Form.MASKED, is_trained=False),
    "lstm_masked": partial(NetDetector, "lstm_masked", Form.MASKED),
}
