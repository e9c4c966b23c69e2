"""A basket of shares that follows a share sold at a loss: long-only, under a model of market and sector.

Daily returns are explained by two factors made of the book's own closes: the market (the mean of all shares
known) and the sector (the mean of its shares, less the market). What they leave of a share is its own. The
tracking error of a basket w to the sold share s is then

    TE^2 = 252 [ (b_s - B'w)' F (b_s - B'w) + e_s + sum w_i^2 e_i ]

with exposures b, B, the covariance F of the factors and the own variances e. The weights that make it least
are found by non-negative least squares; where more than k names are wanted, the k heaviest are taken and
weighted again. Nothing is random, so equal closes give equal baskets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from common.money import split
from taxharvest.engine.harvest.stock_replacements import Basket
from taxharvest.quant.tracking import LEAST_SAMPLE, MOST_SAMPLE, TRADING_DAYS

Array = NDArray[np.float64]

MOST_NAMES = 5
SHARE_UNIT = Decimal("0.0001")
SIX_PLACES = Decimal("0.000001")
# A name of less than this is not worth an order.
LEAST_SHARE = 0.02
# How heavily the sum of the weights is held to one.
SUM_WEIGHT = 1e3


@dataclass(frozen=True, slots=True)
class _Model:
    exposures: Array
    factors: Array
    own: Array

    def error(self, sold: int, names: Sequence[int], weights: Array) -> float:
        """The tracking error a year of a basket."""
        gap = self.exposures[sold] - self.exposures[names].T @ weights
        own = self.own[sold] + float(weights**2 @ self.own[names])
        return float(np.sqrt(TRADING_DAYS * (gap @ self.factors @ gap + own)))


def basket_of(
    sold: str,
    returns: Mapping[str, Mapping[date, float]],
    sector: Sequence[str],
    *,
    most: int = MOST_NAMES,
) -> Basket | None:
    """The basket out of the names of `sector` that follows `sold` best.

    `returns` are daily returns of every share known, by name: they make the market. None where fewer than
    two names, or than 60 common days, are left.
    """
    names = sorted({name for name in sector if name != sold and _has_enough(returns, sold, name)})
    if len(names) < 2 or sold not in returns:  # noqa: PLR2004 - one name is no basket
        return None
    days = _common_days(returns, [sold, *names])
    if len(days) < LEAST_SAMPLE:
        return None
    table = _table(returns, [sold, *names], days)
    model = _model(table, _market(returns, days))
    chosen, weights = _chosen(model, len(names), most)
    shares = split(Decimal(1), [Decimal(repr(float(weight))) for weight in weights], SHARE_UNIT)
    followed = table[:, chosen] @ weights
    return Basket(
        shares=tuple((names[place - 1], share) for place, share in zip(chosen, shares, strict=True)),
        tracking_error=_rounded(float(np.std(followed - table[:, 0], ddof=1)) * TRADING_DAYS**0.5),
        model_error=_rounded(model.error(0, chosen, weights)),
        correlation=_correlation(table[:, 0], followed),
        sample=len(days),
    )


def _has_enough(returns: Mapping[str, Mapping[date, float]], sold: str, name: str) -> bool:
    common = returns.get(sold, {}).keys() & returns.get(name, {}).keys()
    return len(common) >= LEAST_SAMPLE


def _common_days(returns: Mapping[str, Mapping[date, float]], names: Sequence[str]) -> list[date]:
    common = set(returns[names[0]])
    for name in names[1:]:
        common &= returns[name].keys()
    return sorted(common)[-MOST_SAMPLE:]


def _table(returns: Mapping[str, Mapping[date, float]], names: Sequence[str], days: Sequence[date]) -> Array:
    return np.array([[returns[name][day] for name in names] for day in days], dtype=np.float64)


def _market(returns: Mapping[str, Mapping[date, float]], days: Sequence[date]) -> Array:
    """The mean of every share that has a return on the day."""
    series = [returns[name] for name in sorted(returns)]
    return np.array([np.mean([one[day] for one in series if day in one]) for day in days], dtype=np.float64)


def _model(table: Array, market: Array) -> _Model:
    """Exposures by least squares; the sector is the mean of all names but the sold one, less the market."""
    factors = np.column_stack([market, table[:, 1:].mean(axis=1) - market])
    design = np.column_stack([np.ones(len(market)), factors])
    solution, *_ = np.linalg.lstsq(design, table, rcond=None)
    left = table - design @ solution
    return _Model(
        exposures=solution[1:].T,
        factors=np.cov(factors, rowvar=False),
        own=left.var(axis=0, ddof=design.shape[1]),
    )


def _chosen(model: _Model, count: int, most: int) -> tuple[list[int], Array]:
    """The places of the chosen names and their weights, which add up to one."""
    places = list(range(1, count + 1))
    weights = _weights(model, places)
    heaviest = sorted(range(count), key=lambda place: (-round(float(weights[place]), 9), place))[:most]
    kept = sorted(place for place in heaviest if weights[place] >= LEAST_SHARE) or heaviest[:1]
    chosen = [places[place] for place in kept]
    return chosen, _weights(model, chosen)


def _weights(model: _Model, names: Sequence[int]) -> Array:
    """Long-only weights of the least tracking error, as non-negative least squares."""
    root = np.linalg.cholesky(model.factors + 1e-18 * np.eye(len(model.factors)))
    scale = float(np.sqrt(model.own.mean())) or 1.0
    matrix = np.vstack(
        [
            root.T @ model.exposures[names].T,
            np.diag(np.sqrt(model.own[names])),
            SUM_WEIGHT * scale * np.ones((1, len(names))),
        ]
    )
    target = np.concatenate([root.T @ model.exposures[0], np.zeros(len(names)), [SUM_WEIGHT * scale]])
    weights, _ = nnls(matrix, target)
    total = weights.sum()
    return np.full(len(names), 1 / len(names)) if total == 0 else weights / total


def _correlation(one: Array, other: Array) -> Decimal | None:
    if one.std() == 0 or other.std() == 0:
        return None
    return _rounded(float(np.corrcoef(one, other)[0, 1]))


def _rounded(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(SIX_PLACES)
