"""Measures of a portfolio's past returns: falls, beta, who carries the risk, how much is in few hands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.features import DECAY, LEAST_DAYS

# A day on which less of the portfolio than this has a return is no day of the portfolio.
LEAST_SHARE = 0.8
# A portfolio that lost everything stays at nearly nothing, so that its logarithm exists.
MOST_LOSS = -0.9999
BETA_DAYS = 252
TAIL = 0.05
# Two standard errors.
SURE = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """The deepest fall below an earlier high (a negative fraction), and its rows; and where it stands now."""

    worst: float
    peak: int
    trough: int
    now: float
    path: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Beta:
    """How much moves with the benchmark: slope, its standard error, correlation, and the days it rests on."""

    value: float
    error: float
    correlation: float
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """How few hands the weights are in: the sum of squares (Herfindahl), and what follows from it."""

    herfindahl: float
    effective: float
    largest: float
    top_five: float


def portfolio_returns(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, int]:
    """Simple daily returns of constant `weights`, and the row on which they begin.

    Before a young holding's first close the others stand for it, as long as they make up four fifths of the
    gross weight; earlier days are left out.
    """
    gross = np.abs(weights)
    known = ~np.isnan(values)
    share = (known * gross).sum(axis=1) / gross.sum()
    enough = np.flatnonzero(share >= LEAST_SHARE)
    first = int(enough[0]) if len(enough) else len(values)
    moves = np.nan_to_num(values[first:], nan=0.0) @ weights
    return np.maximum(moves / share[first:], MOST_LOSS), first


def fall_of(returns: FloatArray) -> Fall:
    """The deepest fall of simple returns, with the start as the first high."""
    level = np.concatenate([[1.0], np.cumprod(1 + returns)])
    path = level / np.maximum.accumulate(level) - 1
    trough = int(path.argmin())
    return Fall(
        worst=float(path[trough]),
        peak=int(level[: trough + 1].argmax()),
        trough=trough,
        now=float(path[-1]),
        path=path[1:],
    )


def beta_of(returns: FloatArray, benchmark: FloatArray) -> Beta | None:
    """The slope of returns on those of the benchmark over their last 252 common days.

    None with fewer than 60, or for a benchmark that does not move.
    """
    common = ~(np.isnan(returns) | np.isnan(benchmark))
    own, other = returns[common][-BETA_DAYS:], benchmark[common][-BETA_DAYS:]
    if len(own) < LEAST_DAYS or not other.std():
        return None
    slope = float(np.cov(own, other)[0, 1] / other.var(ddof=1))
    left = own - own.mean() - slope * (other - other.mean())
    error = math.sqrt(float(left @ left) / (len(own) - 2) / float(((other - other.mean()) ** 2).sum()))
    correlation = slope * float(other.std() / own.std()) if own.std() else 0.0
    return Beta(value=slope, error=error, correlation=correlation, days=len(own))


def variance_shares(values: FloatArray, weights: FloatArray, *, decay: float = DECAY) -> FloatArray:
    """The share of each column in the portfolio's exponentially weighted variance; they add up to one.

    A share is weight times covariance with the portfolio (Litterman, Hot spots and hedges, 1996), so a hedge
    has a negative one. All zero when nothing moves.
    """
    moves = np.nan_to_num(values, nan=0.0)
    ages = decay ** np.arange(len(moves))[::-1]
    parts = weights * ((moves @ weights) * ages @ moves)
    total = parts.sum()
    return np.asarray(parts / total if total > 0 else np.zeros_like(parts))


def tail_shares(values: FloatArray, weights: FloatArray, *, tail: float = TAIL) -> FloatArray:
    """The share of each column in the portfolio's mean loss on its worst days; they add up to one."""
    moves = np.nan_to_num(values, nan=0.0)
    total = moves @ weights
    worst = np.argsort(total, kind="stable")[: max(1, int(len(total) * tail))]
    parts = weights * moves[worst].mean(axis=0)
    loss = parts.sum()
    return np.asarray(parts / loss if loss < 0 else np.zeros_like(parts))


def deviations_of(values: FloatArray, *, decay: float = DECAY) -> FloatArray:
    """The exponentially weighted daily volatility of each column, over the days that it has."""
    ages = decay ** np.arange(len(values))[::-1, None] * ~np.isnan(values)
    return np.asarray(np.sqrt((np.nan_to_num(values, nan=0.0) ** 2 * ages).sum(axis=0) / ages.sum(axis=0)))


def concentration_of(weights: Sequence[float]) -> Concentration:
    """Of the gross weights, scaled to one; `effective` is how many equal positions would be as concentrated.

    Raises ZeroDivisionError without any weight.
    """
    gross = sorted((abs(weight) for weight in weights), reverse=True)
    shares = [weight / math.fsum(gross) for weight in gross]
    herfindahl = math.fsum(share * share for share in shares)
    return Concentration(
        herfindahl=herfindahl, effective=1 / herfindahl, largest=shares[0], top_five=math.fsum(shares[:5])
    )


def still_share(values: FloatArray) -> FloatArray:
    """The share of days on which each column did not move or had no close, since its first return.

    A measure of illiquidity that needs closes alone (Lesmond, Ogden and Trzcinka, Review of Financial
    Studies 1999).
    """
    began = np.cumsum(~np.isnan(values), axis=0) > 0
    still = (np.nan_to_num(values, nan=0.0) == 0) & began
    return np.asarray(still.sum(axis=0) / np.maximum(began.sum(axis=0), 1))
