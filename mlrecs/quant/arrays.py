"""The arrays that models work on, and the refusals of those that they cannot."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.errors import DomainError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
RowArray = NDArray[np.intp]

# Fewer days than this teach nothing.
LEAST_DAYS = 60


@dataclass
class UnfitReturns(DomainError):
    """Returns that no model can learn from or score; the detail is the reason for a page."""

    code: str = "unfit-returns"


def checked(returns: FloatArray, *, least_days: int = 1, least_assets: int = 1) -> FloatArray:
    """The table of returns, days by assets, as it came.

    Refused with `UnfitReturns`: too few days or assets, numbers that are none, and assets of which
    `least_days` or more days are to teach something and that never move.
    """
    days, assets = returns.shape
    if days < least_days:
        raise UnfitReturns(f"There are {days} days of returns; at least {least_days} are needed.")
    if assets < least_assets:
        raise UnfitReturns(f"There are {assets} assets with returns; at least {least_assets} are needed.")
    if not np.isfinite(returns).all():
        gaps = int((~np.isfinite(returns)).sum())
        raise UnfitReturns(f"{gaps} returns are missing; fill or leave them out first.")
    still = int((returns.std(axis=0) == 0).sum()) if least_days >= LEAST_DAYS else 0
    if still:
        raise UnfitReturns(f"{still} assets never move in these days.")
    return returns


def weighted(returns: FloatArray, weights: FloatArray) -> FloatArray:
    """Returns scaled so that the plain mean of each row is the return of a portfolio with these weights.

    Weights are scaled to add up to one. Detectors that look at how assets move together do not mind the
    scale; those that look at the whole portfolio take the mean.
    """
    shares = weights / weights.sum()
    return np.asarray(returns * (shares * returns.shape[1]), dtype=np.float64)
