"""One training as the product asks for it: a named net on returns, to weights, thresholds and figures."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.nets import Form, NetSpec, net_from, spec_of, train, weights_bytes
from mlrecs.quant.scoring import BUDGET, threshold_of

FORMS = {"lstm": Form.AUTOENCODER, "lstm_masked": Form.MASKED}
PLACES = 6

# Tells of an epoch: its number, how many there are, the loss on the days held out, the state to go on from.
OnEpoch = Callable[[int, int, float, bytes], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A trained net as a model version keeps it; figures are text."""

    weights: bytes
    settings: dict[str, Any]
    metrics: dict[str, str]
    thresholds: dict[str, str]


def learn(
    name: str,
    returns: FloatArray,
    *,
    seed: int,
    epochs: int | None = None,
    start: bytes | None = None,
    on_epoch: OnEpoch | None = None,
) -> Learnt:
    """Train the net of that name on returns, days by assets, oldest first; `start` goes on where one stopped.

    Refused with `UnfitReturns` or `CorruptWeights`, as the nets refuse.
    """
    spec = spec_of(FORMS[name], returns.shape[1])
    if epochs is not None:
        spec = replace(spec, epochs=epochs)

    def told(epoch: int, loss: float, state: bytes) -> bool:
        return on_epoch is None or on_epoch(epoch, spec.epochs, loss, state)

    net = train(spec, returns, seed=seed, start=start, on_epoch=told)
    weights = weights_bytes(net)
    energy = (residuals_of(weights, spec.to_json(), returns) ** 2).mean(axis=1)
    held_out = energy[-held_out_days(spec, len(returns)) :]
    return Learnt(
        weights=weights,
        settings=spec.to_json(),
        metrics={
            "epochs": str(net.epochs),
            "held_out_loss": _text(net.loss),
            "held_out_days": str(len(held_out)),
            "mean_square_surprise": _text(float(np.nanmean(held_out))),
            "days": str(len(returns)),
        },
        thresholds={"budget": str(BUDGET), "score": _text(threshold_of(held_out))},
    )


def residuals_of(weights: bytes, settings: dict[str, Any], returns: FloatArray) -> FloatArray:
    """What the net of these weights cannot explain, days by assets; NaN without a whole window."""
    return net_from(weights, NetSpec.from_json(settings)).residuals(returns)


def held_out_days(spec: NetSpec, days: int) -> int:
    """How many of the latest days a training is judged on and does not learn from."""
    return max(round(days * spec.held_out), spec.window)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.{PLACES}f}"
