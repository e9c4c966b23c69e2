"""The nets themselves, in torch: what they read, what they are asked for, and how wrong they are."""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.nets.spec import Form, NetSpec
from mlrecs.quant.precision import precision_of
from mlrecs.quant.volatilities import standardised

# How many windows are scored at once.
CHUNK = 2048


class ReturnsNet(Protocol):
    """A net over returns, days by assets."""

    def learn_scale(self, returns: FloatArray) -> None:
        """Freeze what standardises returns, as the days learnt have it."""
        ...

    def samples(self, returns: FloatArray) -> tuple[Tensor, ...]:
        """What is learnt from, one sample for each position of the first axis, in order of time."""
        ...

    def loss(self, *batch: Tensor) -> Tensor:
        """How wrong the net is on some samples."""
        ...

    def residuals(self, returns: FloatArray) -> FloatArray:
        """The difference of each return from what the net says, standardised; NaN without a whole window."""
        ...


class Autoencoder(nn.Module):
    """A window of all assets through a narrow code and back; returns in a frozen scale."""

    centre: Tensor
    scale: Tensor

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        self.window = spec.window
        self.encoder = nn.LSTM(spec.assets, spec.hidden, batch_first=True)
        self.squeeze = nn.Linear(spec.hidden, spec.code)
        self.decoder = nn.LSTM(spec.code, spec.hidden, batch_first=True)
        self.spread = nn.Linear(spec.hidden, spec.assets)
        self.register_buffer("centre", torch.zeros(spec.assets))
        self.register_buffer("scale", torch.ones(spec.assets))

    def learn_scale(self, returns: FloatArray) -> None:
        """Mean and standard deviation of each asset."""
        self.centre.copy_(_tensor(returns.mean(axis=0)))
        self.scale.copy_(_tensor(returns.std(axis=0)))

    def samples(self, returns: FloatArray) -> tuple[Tensor, ...]:
        """Every window of the days."""
        usual = (_tensor(returns) - self.centre) / self.scale
        return (usual.unfold(0, self.window, 1).transpose(1, 2),)

    def loss(self, *batch: Tensor) -> Tensor:
        """The mean square of what is not reconstructed."""
        (windows,) = batch
        loss: Tensor = (self(windows) - windows).square().mean()
        return loss

    def forward(self, windows: Tensor) -> Tensor:
        """The windows as the net reconstructs them."""
        _, (state, _) = self.encoder(windows)
        code = self.squeeze(state[-1])
        unrolled, _ = self.decoder(code[:, None, :].expand(-1, self.window, -1))
        spread: Tensor = self.spread(unrolled)
        return spread

    def residuals(self, returns: FloatArray) -> FloatArray:
        """What is not reconstructed of the last day of each window: the mean over the window would lag."""
        (windows,) = self.samples(returns)
        with torch.no_grad():
            parts = [(self(some) - some)[:, -1] for some in torch.split(windows, CHUNK)]
        return _led(torch.cat(parts), self.window - 1)


class MaskedAsset(nn.Module):
    """What an asset should return today, by the others' returns of today and everybody's past.

    One LSTM serves every asset, so that a net learnt on some assets reads others as well. For each asset and
    day it reads what the others say linearly (by the precision of standardised returns), the mean of the
    others, their energy, and the asset's own return and surprise of the day before; it answers with a
    correction and with the size of surprise to expect. It learns by the likelihood of Student's t with five
    degrees.
    """

    start: Tensor
    precision: Tensor

    FEATURES = 6
    DEGREES = 5.0

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        self.window = spec.window
        self.lstm = nn.LSTM(self.FEATURES, spec.hidden, batch_first=True)
        self.head = nn.Linear(spec.hidden, 2)
        self.register_buffer("start", torch.ones(spec.assets, dtype=torch.float64))
        self.register_buffer("precision", torch.eye(spec.assets, dtype=torch.float64))

    def learn_scale(self, returns: FloatArray) -> None:
        """Variances, and the precision of standardised returns."""
        start = returns.var(axis=0)
        self.start.copy_(torch.from_numpy(start))
        self.precision.copy_(torch.from_numpy(precision_of(standardised(returns, start))))

    def samples(self, returns: FloatArray) -> tuple[Tensor, ...]:
        """Stretches of `window` days, half of each in common with the next, of each asset."""
        features, target = self._read(returns)
        step = max(self.window // 2, 1)
        read = features.unfold(0, self.window, step).permute(0, 1, 3, 2).flatten(0, 1)
        asked = target.unfold(0, self.window, step).flatten(0, 1)
        return read, asked

    def loss(self, *batch: Tensor) -> Tensor:
        """The negative log likelihood, but for a constant."""
        features, target = batch
        size, surprise = self(features, target)
        tail = (self.DEGREES + 1) / 2 * torch.log1p(surprise.square() / self.DEGREES)
        loss: Tensor = (tail + size).mean()
        return loss

    def forward(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """The logarithm of the size that is expected, and the surprise over that size."""
        states, _ = self.lstm(features)
        correction, size = self.head(states).unbind(-1)
        return size, (target - features[..., 0] - correction) / size.exp()

    def residuals(self, returns: FloatArray) -> FloatArray:
        """The surprise of each asset and day over its expected size."""
        features, target = self._read(returns)
        with torch.no_grad():
            _, surprise = self(features.transpose(0, 1), target.transpose(0, 1))
        surprise[:, : self.window - 1] = torch.nan
        return np.asarray(surprise.transpose(0, 1).numpy(), dtype=np.float64)

    def _read(self, returns: FloatArray) -> tuple[Tensor, Tensor]:
        """Features as days by assets by features, and the standardised returns that are asked for."""
        usual = standardised(returns, self.start.numpy())
        precision = self.precision.numpy()
        said = usual - usual @ precision / np.diag(precision)
        surprise = usual - said
        features = [
            said,
            _mean_of_others(usual),
            np.log1p(_mean_of_others(usual**2)),
            _day_before(usual),
            _day_before(surprise),
            np.log1p(_day_before(surprise) ** 2),
        ]
        return _tensor(np.stack(features, axis=-1)), _tensor(usual)


FORMS: dict[Form, type[Autoencoder | MaskedAsset]] = {
    Form.AUTOENCODER: Autoencoder,
    Form.MASKED: MaskedAsset,
}


def _tensor(values: FloatArray) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


def _led(rows: Tensor, missing: int) -> FloatArray:
    values = rows.double().numpy()
    return np.vstack([np.full((missing, values.shape[1]), np.nan), values])


def _mean_of_others(values: FloatArray) -> FloatArray:
    count = values.shape[1]
    return np.asarray((values.sum(axis=1, keepdims=True) - values) / (count - 1), dtype=np.float64)


def _day_before(values: FloatArray) -> FloatArray:
    return np.vstack([np.zeros((1, values.shape[1])), values[:-1]])
