"""The value of waiting with a loss, by dynamic programming over price to basis and age of the lot.

Each month a lot may be harvested, which earns its rate on the loss less the cost and starts a new lot at the
price of the day, or left. `x` is price over basis, and everything is counted as a fraction of the basis:

    V(x, a, n) = max( rate(a) (1 - x) - cost + x d E[V(u, 1, n-1)],  d E[V(x u, a+1, n-1)] )

with `a` the months held, `n` the months left, `u` the month's factor of the price and `d` its discount. The
rate is that of a short-term loss until twelve months and that of a long-term loss after (IRC 1222). A gain is
never taken.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MONTHS_A_YEAR = 12
# Held for this many months, a lot is long-term and stays so; twelve months to the day are still short.
LONG = 13
FIVE_PLACES = Decimal("0.00001")
NODES = 15
TIE = 1e-12
_NEVER = -1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceMoves:
    """What a month may do to a price: factors as logarithms, with their probabilities."""

    steps: tuple[float, ...]
    chances: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingModel:
    """A lot to decide about: rates on a loss by term, cost as a fraction of the basis, months to go.

    `discount` is what an amount is worth one month earlier. The grid of x is even in logarithms, from
    `lowest` on in `points` steps of `spacing`; one is a point of it.
    """

    short_rate: float
    long_rate: float
    cost: float
    moves: PriceMoves
    discount: float
    months: int = 120
    lowest: float = -1.61
    spacing: float = 0.005
    points: int = 509

    @property
    def grid(self) -> Array:
        """Price over basis at each point of the grid."""
        return np.exp(np.round(self.lowest + self.spacing * np.arange(self.points), 9))

    @property
    def rates(self) -> Array:
        """The rate on a loss by months held, 0 to 13."""
        return np.array([self.short_rate] * LONG + [self.long_rate])


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingValues:
    """What harvesting now and waiting are worth, by point of the grid and months held.

    `renewed` is what the lot bought instead is worth after harvesting, for a price of one.
    """

    grid: Array
    harvest: Array
    wait: Array
    renewed: float


def lognormal_moves(volatility: float, drift: float) -> PriceMoves:
    """A month of a price with `volatility` and expected growth `drift`, both a year (Gauss-Hermite nodes)."""
    mean = (drift - volatility**2 / 2) / MONTHS_A_YEAR
    if volatility == 0:
        return PriceMoves(steps=(mean,), chances=(1.0,))
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    scale = volatility / MONTHS_A_YEAR**0.5
    chances = weights / weights.sum()
    return PriceMoves(steps=tuple(mean + scale * nodes), chances=tuple(chances))


def solve(model: WaitingModel) -> WaitingValues:
    """Both sides of the decision with all `months` to go, which are one or more."""
    grid, rates = model.grid, model.rates
    expect, from_one = _expectations(model)
    gain = np.where(grid[:, None] <= 1, rates * (1 - grid[:, None]) - model.cost, _NEVER)
    values = np.maximum(gain, 0.0)
    harvest = wait = values
    renewed = 0.0
    for _ in range(model.months):
        ahead = model.discount * (expect @ values)
        wait = np.concatenate([ahead[:, 1:], ahead[:, -1:]], axis=1)
        renewed = float(model.discount * (from_one @ values[:, 1]))
        harvest = gain + grid[:, None] * renewed
        values = np.maximum(harvest, wait)
    return WaitingValues(grid=grid, harvest=harvest, wait=wait, renewed=renewed)


def threshold(values: WaitingValues, months_held: int) -> float:
    """The largest price over basis at which harvesting is worth no less than waiting; 0 where it never is."""
    edge = values.harvest[:, months_held] - values.wait[:, months_held]
    ripe = np.flatnonzero(edge >= -TIE)
    if not ripe.size:
        return 0.0
    last = int(ripe[-1])
    if values.grid[last] >= 1:
        return 1.0
    part = max(0.0, edge[last]) / (max(0.0, edge[last]) - edge[last + 1])
    return float(values.grid[last] + part * (values.grid[last + 1] - values.grid[last]))


def value_of_waiting(values: WaitingValues, months_held: int, at: float) -> float:
    """What waiting is worth beyond what follows a harvest, at price over basis `at`: at least nothing."""
    extra = values.wait[:, months_held] - values.grid * values.renewed
    return max(0.0, float(np.interp(at, values.grid, extra)))


def rounded(value: float) -> Decimal:
    """A statistic as it leaves this room: five places."""
    return Decimal(repr(float(value))).quantize(FIVE_PLACES)


def _expectations(model: WaitingModel) -> tuple[Array, Array]:
    """Weights of the grid for the next month from each of its points, and from a price of one."""
    starts: Array = model.lowest + model.spacing * np.arange(model.points, dtype=np.float64)
    matrix = _weights(model, starts)
    return matrix, _weights(model, np.array([0.0]))[0]


def _weights(model: WaitingModel, starts: Array) -> Array:
    """Linear interpolation on the grid; what leaves it stays at its end."""
    matrix = np.zeros((len(starts), model.points))
    rows = np.arange(len(starts))
    for step, chance in zip(model.moves.steps, model.moves.chances, strict=True):
        place = (starts + step - model.lowest) / model.spacing
        place = np.clip(np.round(place, 9), 0, model.points - 1)
        left: Any = np.minimum(place.astype(int), model.points - 2)
        part = place - left
        np.add.at(matrix, (rows, left), chance * (1 - part))
        np.add.at(matrix, (rows, left + 1), chance * part)
    return matrix
