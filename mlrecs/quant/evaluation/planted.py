"""Eight kinds of anomaly that are planted into real returns, so that what is to be found is known exactly."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.evaluation.measures import BoolArray
from mlrecs.quant.volatilities import known_variances

# One anomaly in each stretch of so many days, at least this far from its edges.
STRETCH, MARGIN = 36, 2
LONG = 10
GROUP = 5


@dataclass(frozen=True, slots=True)
class Planted:
    """Returns with anomalies in them, the days that hold one, and the assets that each concerns."""

    returns: FloatArray
    days: BoolArray
    assets: BoolArray


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one anomaly goes: its first day, its assets, the usual size of returns then, and chance."""

    first: int
    assets: Any
    sizes: FloatArray
    chance: np.random.Generator


# Each changes the table in place.
Change = Callable[[FloatArray, _Place], None]


def _spike(table: FloatArray, place: _Place) -> None:
    """One asset jumps by six of its usual days."""
    asset = place.assets[0]
    table[place.first, asset] += 6 * place.sizes[asset] * place.chance.choice((-1, 1))


def _bad_tick(table: FloatArray, place: _Place) -> None:
    """One price is wrong by six usual days and right again the day after."""
    asset = place.assets[0]
    jump = 6 * place.sizes[asset] * place.chance.choice((-1, 1))
    table[place.first, asset] += jump
    table[place.first + 1, asset] -= jump


def _loud(table: FloatArray, place: _Place) -> None:
    """Five assets move three times as much for ten days."""
    table[place.first : place.first + LONG, place.assets] *= 3


def _decoupled(table: FloatArray, place: _Place) -> None:
    """Five assets go their own ways for ten days: chance, as large as usual."""
    noise = place.chance.normal(size=(LONG, GROUP)) * place.sizes[place.assets]
    table[place.first : place.first + LONG, place.assets] = noise


def _flipped(table: FloatArray, place: _Place) -> None:
    """Five assets do the opposite of what they did for ten days."""
    table[place.first : place.first + LONG, place.assets] *= -1


def _market_shock(table: FloatArray, place: _Place) -> None:
    """Everything loses two and a half usual days, three days long."""
    table[place.first : place.first + 3] -= 2.5 * place.sizes


def _stale(table: FloatArray, place: _Place) -> None:
    """One price stands still for ten days, and then catches up."""
    asset = place.assets[0]
    stretch = slice(place.first, place.first + LONG)
    table[place.first + LONG, asset] += table[stretch, asset].sum()
    table[stretch, asset] = 0.0


def _drift(table: FloatArray, place: _Place) -> None:
    """One asset creeps by half a usual day, ten days long."""
    asset = place.assets[0]
    table[place.first : place.first + LONG, asset] += 0.5 * place.sizes[asset] * place.chance.choice((-1, 1))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of anomaly: how it changes returns, for how many days, and how many assets (None: all)."""

    words: str
    change: Change
    days: int
    assets: int | None


KINDS: dict[str, Kind] = {
    "spike": Kind("A jump of six usual days, one asset", _spike, 1, 1),
    "bad_tick": Kind("A wrong price for a day, one asset", _bad_tick, 2, 1),
    "loud": Kind("Volatility times three, five assets, ten days", _loud, LONG, GROUP),
    "decoupled": Kind("Five assets go their own ways, ten days", _decoupled, LONG, GROUP),
    "flipped": Kind("Five assets do the opposite, ten days", _flipped, LONG, GROUP),
    "market_shock": Kind("All lose 2.5 usual days, three days", _market_shock, 3, None),
    "stale": Kind("A price that stands still, ten days", _stale, LONG, 1),
    "drift": Kind("A creep of half a usual day, ten days", _drift, LONG, 1),
}


def plant(kind: str, returns: FloatArray, *, seed: int) -> Planted:
    """Real returns with one anomaly of a kind in every 36 days, at places and in assets that the seed gives.

    Usual days are by the volatility that was known before (EWMA). The returns that came stay as they are.
    """
    how, chance, table = KINDS[kind], np.random.default_rng(seed), returns.copy()
    sizes = np.sqrt(known_variances(returns, returns.var(axis=0)))
    assets = np.zeros(returns.shape, dtype=np.bool_)
    for begin in range(0, len(returns) - STRETCH + 1, STRETCH):
        first = begin + int(chance.integers(MARGIN, STRETCH - LONG - MARGIN))
        chosen = chance.choice(returns.shape[1], size=how.assets or returns.shape[1], replace=False)
        how.change(table, _Place(first, chosen, sizes[first], chance))
        assets[first : first + how.days, chosen] = True
    return Planted(table, np.asarray(assets.any(axis=1), dtype=np.bool_), assets)
