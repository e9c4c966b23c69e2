"""Series for tests of optimisers: exact ones of square waves, random ones with a factor, real ones."""

from functools import lru_cache

import numpy as np

from mlrecs.quant.optimise.problem import Floats
from mlrecs.quant.universe import universe_returns


def wave(length: int, count: int = 128) -> Floats:
    """A square wave of ones; waves of lengths 1, 2, 4, … are uncorrelated exactly."""
    return np.where(np.arange(count) // length % 2 == 0, 1.0, -1.0)


def factor_returns(assets: int, days: int, seed: int) -> Floats:
    """Assets that share a market, with volatilities of their own."""
    draw = np.random.default_rng(seed)
    market = draw.normal(0.0003, 0.008, size=(days, 1))
    own = draw.normal(0.0002, 1.0, size=(days, assets)) * draw.uniform(0.005, 0.02, size=assets)
    return market * draw.uniform(0.5, 1.5, size=assets) + own


@lru_cache(maxsize=1)
def real_returns() -> tuple[tuple[str, ...], Floats]:
    """Days in text and simple returns of the twenty stocks."""
    days, _symbols, logs = universe_returns()
    return tuple(day.isoformat() for day in days), np.expm1(np.asarray(logs))


def real_between(first: str, last: str) -> Floats:
    """The returns from one day to another, both included."""
    days, returns = real_returns()
    return returns[[first <= day <= last for day in days]]
