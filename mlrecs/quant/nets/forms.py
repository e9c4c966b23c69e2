"""The nets themselves, in torch: what they read, what they are asked for, and how wrong they are."""

import numpy as np
import torch
from torch import Tensor, nn

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.nets.spec import Form, NetSpec
from mlrecs.quant.precision import precision_of
from mlrecs.quant.shares import shares_of
from mlrecs.quant.surprises import (
    FAST_DECAY,
    drivers_of,
    marks_of,
    moving_level,
    part_drivers,
    surprise_parts,
)

# How many windows are scored at once.
CHUNK = 2048


class Autoencoder(nn.Module):
    """A window of all assets through a narrow code and back; returns in a frozen scale.

    A day's score is a fast moving average of the square of the mean residual of its window's last day. The
    mean over the window, which is usual elsewhere, lags by half of it.
    """

    scale: Tensor
    marks: Tensor

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        self.window = spec.window
        self.encoder = nn.LSTM(spec.assets, spec.hidden, batch_first=True)
        self.squeeze = nn.Linear(spec.hidden, spec.code)
        self.decoder = nn.LSTM(spec.code, spec.hidden, batch_first=True)
        self.spread = nn.Linear(spec.hidden, spec.assets)
        self.register_buffer("scale", torch.ones(spec.assets, dtype=torch.float64))
        self.register_buffer("marks", torch.ones(1, dtype=torch.float64))

    def learn_scale(self, returns: FloatArray) -> None:
        """The standard deviation of each asset."""
        self.scale.copy_(torch.from_numpy(returns.std(axis=0)))

    def samples(self, returns: FloatArray) -> tuple[Tensor, ...]:
        """Every second window of the days: those between are nearly the same."""
        return (self._windows(returns)[::2],)

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
        """What is not reconstructed of the last day of each window; NaN before a whole window."""
        windows = self._windows(returns)
        with torch.no_grad():
            parts = [(some - self(some))[:, -1] for some in torch.split(windows, CHUNK)]
        return _led(torch.cat(parts), self.window - 1)

    def learn_marks(self, returns: FloatArray) -> None:
        """The usual square of the mean residual."""
        self.marks[0] = float(np.nanmean(self.residuals(returns).mean(axis=1) ** 2))

    def score(self, returns: FloatArray) -> FloatArray:
        """The moving square of the mean residual over the usual one."""
        squares = self.residuals(returns).mean(axis=1) ** 2
        usual = float(self.marks[0])
        return moving_level(squares, usual) / usual

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """Each asset's part of the mean residual of the last days, in the direction of the whole."""
        known = self.residuals(returns[: row + 1])[self.window - 1 :]
        weights = FAST_DECAY ** np.arange(len(known) - 1, -1, -1)
        return shares_of((weights[:, None] * known * known.mean(axis=1, keepdims=True)).sum(axis=0))

    def _windows(self, returns: FloatArray) -> Tensor:
        usual = _tensor(returns / self.scale.numpy())
        return usual.unfold(0, self.window, 1).transpose(1, 2)


class MaskedAsset(nn.Module):
    """What an asset should return today, by the others' returns of today and everybody's past.

    One LSTM serves every asset, and starts as what the others say linearly (by the precision of standardised
    returns): it learns a correction to that, so its untrained twin is the linear residual. For each asset and
    day it reads the linear answer, the mean of the others, their energy, and the asset's own return and
    surprise of the day before. It learns by the likelihood of Student's t with five degrees, so that single
    jumps do not rule. A day's score adds the three parts of `mlrecs.quant.surprises`.
    """

    scale: Tensor
    precision: Tensor
    marks: Tensor

    FEATURES = 6
    DEGREES = 5.0

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        self.window = spec.window
        self.lstm = nn.LSTM(self.FEATURES, spec.hidden, batch_first=True)
        self.head = nn.Linear(spec.hidden, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.register_buffer("scale", torch.ones(spec.assets, dtype=torch.float64))
        self.register_buffer("precision", torch.eye(spec.assets, dtype=torch.float64))
        self.register_buffer("marks", torch.ones(3, dtype=torch.float64))

    def learn_scale(self, returns: FloatArray) -> None:
        """The standard deviation of each asset, and the precision of standardised returns."""
        scale = returns.std(axis=0)
        self.scale.copy_(torch.from_numpy(scale))
        self.precision.copy_(torch.from_numpy(precision_of(returns / scale)))

    def samples(self, returns: FloatArray) -> tuple[Tensor, ...]:
        """Stretches of `window` days, half of each in common with the next, of each asset."""
        features, surprise = self._read(returns)
        step = max(self.window // 2, 1)
        read = features.unfold(0, self.window, step).permute(0, 1, 3, 2).flatten(0, 1)
        return read, surprise.unfold(0, self.window, step).flatten(0, 1)

    def loss(self, *batch: Tensor) -> Tensor:
        """The negative log likelihood of what is left, but for a constant."""
        features, surprise = batch
        left = surprise - self(features)
        return (self.DEGREES + 1) / 2 * torch.log1p(left.square() / self.DEGREES).mean()

    def forward(self, features: Tensor) -> Tensor:
        """The correction to the linear answer, in the usual size of surprise."""
        states, _ = self.lstm(features)
        correction: Tensor = self.head(states)[..., 0]
        return correction

    def residuals(self, returns: FloatArray) -> FloatArray:
        """What is left of the surprise of each asset and day; NaN before a whole window."""
        features, surprise = self._read(returns)
        with torch.no_grad():
            left = surprise - self(features.transpose(0, 1)).transpose(0, 1)
        return _led(left[self.window - 1 :], self.window - 1)

    def learn_marks(self, returns: FloatArray) -> None:
        """What one day in a hundred exceeds, for each part."""
        self.marks.copy_(torch.from_numpy(marks_of(self._parts(returns))))

    def score(self, returns: FloatArray) -> FloatArray:
        """The sum of the parts, each over its mark."""
        return np.asarray((self._parts(returns) / self.marks.numpy()).sum(axis=1), dtype=np.float64)

    def drivers(self, returns: FloatArray, row: int) -> FloatArray:
        """Each asset's share in the parts."""
        past = returns[: row + 1]
        residuals, usual = self.residuals(past), past / self.scale.numpy()
        parts = surprise_parts(residuals, usual)[-1]
        return drivers_of(parts, self.marks.numpy(), part_drivers(residuals, usual))

    def _parts(self, returns: FloatArray) -> FloatArray:
        return surprise_parts(self.residuals(returns), returns / self.scale.numpy())

    def _read(self, returns: FloatArray) -> tuple[Tensor, Tensor]:
        """Features as days by assets by features, and the surprises that are asked for."""
        usual = returns / self.scale.numpy()
        precision = self.precision.numpy()
        own = np.diag(precision)
        surprise = usual @ precision / np.sqrt(own)
        features = [
            usual - usual @ precision / own,
            _mean_of_others(usual),
            np.log1p(_mean_of_others(usual**2)),
            _day_before(usual),
            _day_before(surprise),
            np.log1p(_day_before(surprise) ** 2),
        ]
        return _tensor(np.stack(features, axis=-1)), _tensor(surprise)


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
