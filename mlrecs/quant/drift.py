"""How far recent returns are from those that a model learnt from, and how far chance alone goes.

Everything is measured on standardised returns: raw ones call every loud month a drift. What chance shows is
taken from the days learnt from themselves, drawn in blocks so that what follows each other stays together
(Kunsch 1989), and the limit of a figure is its 99th percentile there.
"""

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from mlrecs.engine.drift_verdict import DriftFigure
from mlrecs.quant.arrays import FloatArray, checked
from mlrecs.quant.volatilities import standardised

BINS = 10
BLOCK = 20
DRAWS = 200
LIMIT = 0.99
# Keeps the logarithm of an empty bin finite.
LEAST_SHARE = 1e-4
PLACES = Decimal("0.000001")

Measure = Callable[[FloatArray, FloatArray], float]


def drift_figures(learnt: FloatArray, recent: FloatArray, *, seed: int = 1) -> list[DriftFigure]:
    """The shape of the whole portfolio's returns, and the correlations of its assets, recent against learnt.

    Refused with `UnfitReturns` where returns are missing or too few.
    """
    start = checked(learnt, least_days=BLOCK, least_assets=2).var(axis=0)
    usual, now = standardised(learnt, start), standardised(checked(recent), start)
    measures: tuple[tuple[str, str, Measure], ...] = (
        ("psi", "Shape of returns (PSI)", lambda one, other: stability(one.mean(axis=1), other.mean(axis=1))),
        ("correlation", "Mean change of correlations", correlation_change),
    )
    generator = np.random.default_rng(seed)
    draws = [usual[block_rows(len(usual), len(now), generator)] for _ in range(DRAWS)]
    return [
        DriftFigure(
            name=name,
            label=label,
            value=_decimal(measure(usual, now)),
            limit=_decimal(float(np.quantile([measure(usual, draw) for draw in draws], LIMIT))),
        )
        for name, label, measure in measures
    ]


def stability(learnt: FloatArray, recent: FloatArray) -> float:
    """The population stability index over tenths of what was learnt: sum of (q - p) ln(q / p)."""
    edges = np.quantile(learnt, np.linspace(0, 1, BINS + 1)[1:-1])
    one, other = (_shares(values, edges) for values in (learnt, recent))
    return float(((other - one) * np.log(other / one)).sum())


def correlation_change(learnt: FloatArray, recent: FloatArray) -> float:
    """The mean absolute difference of the correlations of every two assets."""
    upper = np.triu_indices(learnt.shape[1], 1)
    one, other = (np.atleast_2d(np.corrcoef(values, rowvar=False))[upper] for values in (learnt, recent))
    return float(np.abs(one - other).mean())


def block_rows(days: int, count: int, generator: np.random.Generator) -> np.ndarray:
    """`count` rows out of `days`, drawn in blocks of days that follow each other."""
    starts = generator.integers(0, max(days - BLOCK, 0) + 1, size=-(-count // BLOCK))
    return np.concatenate([np.arange(start, start + BLOCK) for start in starts])[:count]


def _shares(values: FloatArray, edges: FloatArray) -> FloatArray:
    counts = np.bincount(np.searchsorted(edges, values), minlength=BINS)
    return np.maximum(counts / len(values), LEAST_SHARE)


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(PLACES)
