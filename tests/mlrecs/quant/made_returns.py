"""Made returns for tests: assets that follow one market, seeded."""

import numpy as np

from mlrecs.quant.arrays import FloatArray


def made_returns(days: int = 240, assets: int = 4, *, seed: int = 7, size: float = 0.01) -> FloatArray:
    """Daily returns with a common part and own parts of the same size."""
    generator = np.random.default_rng(seed)
    market = generator.normal(0.0, size, (days, 1))
    return np.asarray(market + generator.normal(0.0, size, (days, assets)), dtype=np.float64)
