"""How assets move together, from their closes: a shrunk covariance of daily returns, by the year."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

from taxharvest.engine.rebalance.records import Closes

Floats = NDArray[np.float64]
DAYS_A_YEAR = 252
# Fewer common days tell nothing of how assets move together.
LEAST_DAYS = 60
# Where nothing is known of an asset: a volatility of 20 % a year, and half in step with the others.
ASSUMED_VARIANCE, ASSUMED_CORRELATION = 0.04, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskModel:
    """The covariance of yearly returns of `ids`, from so many `days`; `stand_ins` had too few closes."""

    ids: tuple[UUID, ...]
    matrix: Floats
    days: int
    stand_ins: tuple[UUID, ...]


def risk_model(closes: Closes, ids: Sequence[UUID]) -> RiskModel:
    """The covariance of `ids` from closes in today's shares.

    Ledoit and Wolf (2004): shrunk towards a multiple of the identity, so it is positive definite whatever
    the sample. An asset with too few closes gets the middle variance of the others and an assumed
    correlation with them.
    """
    told = [key for key in ids if len(closes.get(key, ())) > LEAST_DAYS]
    returns = _returns(closes, told)
    while told and len(returns) < LEAST_DAYS:
        told.remove(min(told, key=lambda key: len(closes[key])))
        returns = _returns(closes, told)
    known = ledoit_wolf(returns)[0] * DAYS_A_YEAR if told else np.zeros((0, 0))
    return RiskModel(
        ids=tuple(ids),
        matrix=_completed(known, told, ids),
        days=len(returns) if told else 0,
        stand_ins=tuple(key for key in ids if key not in set(told)),
    )


def _returns(closes: Closes, ids: Sequence[UUID]) -> Floats:
    """Daily returns on the days that all have a close of, a row for each."""
    if not ids:
        return np.zeros((0, 0))
    prices = [{day: float(close) for day, close in closes[key]} for key in ids]
    days = sorted(set.intersection(*(set(series) for series in prices)))
    levels = np.array([[series[day] for series in prices] for day in days], dtype=np.float64)
    if len(levels) <= 1:
        return np.zeros((0, len(ids)))
    moves: Floats = levels[1:] / levels[:-1] - 1
    return moves


def _completed(known: Floats, told: Sequence[UUID], ids: Sequence[UUID]) -> Floats:
    """The known covariance in the order of `ids`, with stand-ins for the rest; positive definite."""
    middle = float(np.median(np.diag(known))) if len(known) else ASSUMED_VARIANCE
    place = {key: number for number, key in enumerate(told)}
    size = len(ids)
    variances = np.array([known[place[key], place[key]] if key in place else middle for key in ids])
    matrix = ASSUMED_CORRELATION * np.sqrt(np.outer(variances, variances))
    for row in range(size):
        for column in range(size):
            if ids[row] in place and ids[column] in place:
                matrix[row, column] = known[place[ids[row]], place[ids[column]]]
    matrix[np.diag_indices(size)] = variances
    return _positive(matrix)


def _positive(matrix: Floats) -> Floats:
    """The nearest matrix without negative eigenvalues, which assumed correlations may bring in."""
    values, vectors = np.linalg.eigh(matrix)
    if values.size == 0 or values[0] > 0:
        return matrix
    floor = max(float(values[-1]) * 1e-6, 1e-12)
    raised: Floats = vectors @ np.diag(np.maximum(values, floor)) @ vectors.T
    return raised
