"""From which loss on a lot is sold: a fixed share of its basis, or what waiting for a larger one is worth.

The option rule follows a dynamic programme on price over basis, as in the literature on the option of timing
(Constantinides 1984): each week the lot is harvested or not. Harvesting takes the loss at the rate of its
term, gives it back at the long rate years later, and starts a new lot that is closed to harvesting for a
month; waiting keeps the lot, whose loss may grow, shrink, or turn long-term.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from taxharvest.quant.backtest.assumptions import Threshold
from taxharvest.quant.backtest.credits import Rates
from taxharvest.quant.backtest.market import Floats
from taxharvest.quant.backtest.schedules import Flags, Whole
from taxharvest.quant.backtest.simulation import ThresholdRule

FIXED = {Threshold.ANY: 0.0, Threshold.YEAR_END: 0.0, Threshold.LOSS_5: 0.05, Threshold.LOSS_10: 0.10}
# A loss that is harvested is given back after so many years, discounted at 8 % a year; the account itself is
# sold in any year with the chance of one in that many, or the option would never end.
GIVEN_BACK_AFTER = 10.0
DISCOUNT = 0.08
DRIFT = 0.08
WEEK = 1 / 52
WEEKS_TO_LONG = 53
WEEKS_CLOSED = 5
VOLATILITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_LOG_GRID = np.arange(-1.6, 1.6001, 0.02)
_ROUNDS = 60
_SETTLED = 1e-7


def threshold_rule(threshold: Threshold, rates: Rates, *, has_window: bool) -> ThresholdRule:
    """The rule as the walk asks for it; with `has_window`, what is bought is closed for a month."""
    if threshold is not Threshold.OPTION:
        fixed = np.full((1, 1, 1), FIXED[threshold])
        return lambda _volatility, _age: fixed
    table = np.stack(
        [loss_wanted(sigma, rates.short, rates.long, has_window=has_window) for sigma in VOLATILITIES]
    )
    return lambda volatility, age: _looked_up(table, volatility, age)


@lru_cache(maxsize=256)
def loss_wanted(volatility: float, short: float, long: float, *, has_window: bool) -> Floats:
    """The least loss, as a share of basis, worth harvesting, by age in whole weeks; the last is long-term.

    One where no loss of the grid is worth it. What a new lot is worth depends on what its own new lots will
    be worth: that number is found by secants.
    """
    programme = _Programme.of(volatility, short, long, has_window=has_window)
    guess, other = 0.0, 0.05
    answer, wanted = programme.solved(guess)
    for _ in range(_ROUNDS):
        found, wanted = programme.solved(other)
        miss, earlier = found - other, answer - guess
        if abs(miss) < _SETTLED:
            break
        step = miss * (other - guess) / (earlier - miss)
        guess, answer, other = other, found, other + step
    return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Programme:
    """One lot, by price over basis: what taking its loss brings at either rate, and its moves of a week."""

    ratio: Floats
    moves: Floats
    takes_short: Floats
    takes_long: Floats
    closed: int

    @classmethod
    def of(cls, volatility: float, short: float, long: float, *, has_window: bool) -> "_Programme":
        ratio = np.exp(_LOG_GRID)
        back = long * (1 - ratio) * (1 + DISCOUNT) ** -GIVEN_BACK_AFTER
        return cls(
            ratio=ratio,
            moves=_moves(volatility),
            takes_short=short * (1 - ratio) - back,
            takes_long=long * (1 - ratio) - back,
            closed=WEEKS_CLOSED if has_window else 1,
        )

    def solved(self, begun: float) -> tuple[float, Floats]:
        """If a new lot were worth `begun` a dollar: what it is worth then, and the losses wanted by age."""
        wanted = np.ones(WEEKS_TO_LONG + 1)
        takes = self.takes_long + self.ratio * begun
        value = self._long_value(takes)
        wanted[WEEKS_TO_LONG] = _least(takes > self.moves @ value, self.ratio)
        takes = self.takes_short + self.ratio * begun
        for age in range(WEEKS_TO_LONG - 1, 0, -1):
            waits = self.moves @ value
            if age >= self.closed:
                wanted[age] = _least(takes > waits, self.ratio)
                value = np.maximum(takes, waits)
            else:
                value = waits
        # In its first week a lot is open only to whoever has no window to keep.
        wanted[0] = 1.0 if self.closed > 1 else wanted[1]
        return float((self.moves @ value)[np.abs(_LOG_GRID).argmin()]), wanted

    def _long_value(self, takes: Floats) -> Floats:
        """The worth of a long-term lot, taken in any week: found by improving the choice of where."""
        is_taken = takes > 0
        identity = np.eye(len(takes))
        for _ in range(_ROUNDS):
            system = identity - np.where(is_taken[:, None], 0, self.moves)
            value = np.linalg.solve(system, np.where(is_taken, takes, 0)).astype(np.float64)
            better = takes > self.moves @ value
            if (better == is_taken).all():
                break
            is_taken = better
        return value


def _least(is_taken: Flags, ratio: Floats) -> float:
    """The smallest loss at which harvesting is better; only losses are looked at."""
    losses = (1 - ratio)[is_taken & (ratio < 1)]
    return float(losses.min()) if len(losses) else 1.0


def _moves(volatility: float) -> Floats:
    """What a week does to a value on the grid: discounted, and expected over seven moves of the price."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(7)
    weights = weights / weights.sum()
    drift = (DRIFT - volatility**2 / 2) * WEEK
    size = len(_LOG_GRID)
    step = _LOG_GRID[1] - _LOG_GRID[0]
    matrix = np.zeros((size, size))
    rows = np.arange(size)
    for node, weight in zip(nodes, weights, strict=True):
        target = np.clip(
            (_LOG_GRID + drift + volatility * np.sqrt(WEEK) * node - _LOG_GRID[0]) / step, 0, size - 1.001
        )
        below = target.astype(np.int64)
        share = target - below
        np.add.at(matrix, (rows, below), weight * (1 - share))
        np.add.at(matrix, (rows, below + 1), weight * share)
    result: Floats = matrix * ((1 - 1 / GIVEN_BACK_AFTER) / (1 + DISCOUNT)) ** WEEK
    return result


def _looked_up(table: Floats, volatility: Floats, age: Whole) -> Floats:
    """The table at the nearest volatility and the whole weeks of age (history, name, place)."""
    row = np.clip(np.rint((volatility - VOLATILITIES[0]) / 0.1), 0, len(VOLATILITIES) - 1).astype(np.int64)
    week = np.clip(age // 7, 0, WEEKS_TO_LONG)
    result: Floats = table[row[..., None], week]
    return result
