"""Every detector by name: the models, and the baselines that they have to beat."""

from collections.abc import Callable
from dataclasses import dataclass
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
from mlrecs.quant.surprises import FAST_DECAY


def _seedless(make: Callable[[], Detector]) -> Callable[[int], Detector]:
    return lambda _seed: make()


@dataclass(frozen=True, slots=True)
class Name:
    """What a detector is called on a page, what it is for, and whether its scores follow from the seed.

    A model has to earn its place; a rule serves where no model does; the others are yardsticks.
    """

    words: str
    is_model: bool = False
    is_rule: bool = True
    is_seeded: bool = False


NAMES: dict[str, Name] = {
    "lstm": Name("LSTM autoencoder", is_model=True, is_rule=False, is_seeded=True),
    "lstm_masked": Name("LSTM, masked asset", is_model=True, is_rule=False, is_seeded=True),
    "untrained": Name("Untrained twin of the autoencoder", is_rule=False, is_seeded=True),
    "untrained_masked": Name("Untrained twin of the masked form", is_rule=False),
    "volatility": Name("Volatility, EWMA 0.94"),
    "fast_volatility": Name("Volatility, EWMA 0.7"),
    "absolute": Name("Size of the portfolio's return"),
    "zero": Name("Zero reconstruction, the energy of the day"),
    "pca": Name("Principal components"),
    "turbulence": Name("Turbulence"),
    "co_movement": Name("Linear conditional residual"),
    "linear": Name("Linear conditional residual and market"),
    "random": Name("Random", is_rule=False, is_seeded=True),
}

# Each is made with a seed, whether it draws anything or not.
DETECTORS: dict[str, Callable[[int], Detector]] = {
    "volatility": _seedless(VolatilitySurprise),
    "fast_volatility": _seedless(partial(VolatilitySurprise, name="fast_volatility", decay=FAST_DECAY)),
    "co_movement": _seedless(ConditionalResidual),
    "linear": _seedless(partial(ConditionalResidual, name="linear", parts=3)),
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
