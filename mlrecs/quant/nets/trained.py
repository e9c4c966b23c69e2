"""A net with its weights: how it is made, how it is kept as bytes, and how it comes back."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mlrecs.quant.arrays import LEAST_DAYS, FloatArray, UnfitReturns, checked
from mlrecs.quant.nets.forms import FORMS, Autoencoder, MaskedAsset
from mlrecs.quant.nets.spec import NetSpec
from mlrecs.quant.nets.tensors import CorruptWeights, tensors_from, tensors_to


@dataclass(frozen=True, slots=True)
class TrainedNet:
    """A net, the epochs it has been through, and its loss on the days held out (None before the first)."""

    spec: NetSpec
    module: Autoencoder | MaskedAsset
    epochs: int
    loss: float | None

    def residuals(self, returns: FloatArray) -> FloatArray:
        """Standardised differences from what the net says, days by assets; NaN without a whole window.

        Refused with `UnfitReturns` where returns are missing, or are of another number of assets.
        """
        if returns.shape[1] != self.spec.assets:
            raise UnfitReturns(f"The model reads {self.spec.assets} assets; these are {returns.shape[1]}.")
        one_thread()
        return self.module.residuals(checked(returns, least_days=self.spec.window))


def untrained(spec: NetSpec, returns: FloatArray, *, seed: int) -> TrainedNet:
    """The net before its first epoch: its scale is that of `returns`, its weights are chance.

    Refused with `UnfitReturns` where the returns are too few, too narrow, missing or still.
    """
    one_thread()
    checked(returns, least_days=max(LEAST_DAYS, 3 * spec.window), least_assets=2)
    if returns.shape[1] != spec.assets:
        raise UnfitReturns(f"The model is for {spec.assets} assets; these are {returns.shape[1]}.")
    module = _module(spec, seed)
    module.learn_scale(returns)
    return TrainedNet(spec, module, 0, None)


def weights_bytes(net: TrainedNet) -> bytes:
    """The net as safetensors: weights and frozen scales. Equal nets give equal bytes."""
    facts: dict[str, Any] = {"epochs": net.epochs, "form": net.spec.form.value, "loss": net.loss}
    return tensors_to(net.module.state_dict(), facts)


def net_from(data: bytes, spec: NetSpec) -> TrainedNet:
    """The net that `weights_bytes` wrote.

    Refused with `CorruptWeights` where the bytes cannot be read or are of a net of another make. Whether they
    are the bytes that were kept is for whoever kept their digest.
    """
    one_thread()
    tensors, facts = tensors_from(data)
    module = _module(spec, 0)
    weights_load(module, tensors)
    return TrainedNet(spec, module, int(facts.get("epochs", 0)), facts.get("loss"))


def weights_load(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Put weights into a net. Refused with `CorruptWeights` where names, sizes or kinds are others."""
    wanted = {name: (value.shape, value.dtype) for name, value in module.state_dict().items()}
    if {name: (value.shape, value.dtype) for name, value in tensors.items()} != wanted:
        raise CorruptWeights("The weights are those of a net of another make.")
    if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
        raise CorruptWeights("Some of the weights are no numbers.")
    module.load_state_dict(tensors)


def one_thread() -> None:
    """Let torch use one thread: more gain little, lose much on a busy machine, and make sums differ."""
    torch.set_num_threads(1)


def _module(spec: NetSpec, seed: int) -> Autoencoder | MaskedAsset:
    """The net with the weights that the seed gives; the generator of the process stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = FORMS[spec.form](spec)
    module.eval()
    return module
