"""What a portfolio may become: returns, weights now, caps, turnover, and what trading costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_DAYS = 60
DAYS_A_YEAR = 252
# What is meant to be the same and differs by no more is the same: solvers answer to about a millionth.
TOLERANCE = 1e-5


class NoAnswerError(Exception):
    """A problem has no answer; its words are for people."""


class InfeasibleError(NoAnswerError):
    """No weights meet all constraints at once."""


class NotConvergedError(NoAnswerError):
    """The solver gave up before it found an answer."""


class UnfitHistoryError(NoAnswerError):
    """The returns cannot tell anything: too few days, too few assets, gaps, or prices that never move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalePiece:
    """Up to `most` of the wealth in one asset that can be sold at `rate` tax for each unit of it."""

    most: float
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCap:
    """Assets (by place) that together may weigh no more than `most`."""

    name: str
    members: tuple[int, ...]
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Assets with daily returns (days by assets) and the weights held; all weights are of the wealth.

    `invested` is what the weights add up to: cash is what is missing to one. `most` caps each asset,
    `turnover` the sum of all changes. `cost` is the half spread of each asset, `taxes` the tax of sales in
    pieces by lot.
    """

    names: tuple[str, ...]
    returns: Floats
    held: Floats
    most: Floats
    invested: float = 1.0
    groups: tuple[GroupCap, ...] = ()
    turnover: float | None = None
    cost: Floats | None = None
    taxes: Mapping[int, Sequence[SalePiece]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many assets."""
        return len(self.names)


def plain_problem(returns: Floats, names: Sequence[str] | None = None) -> Problem:
    """Equal weights, no caps, no costs: for evaluations and checks."""
    size = returns.shape[1]
    return Problem(
        names=tuple(names or (f"A{place}" for place in range(size))),
        returns=returns,
        held=np.full(size, 1 / size),
        most=np.ones(size),
    )


def problem_checked(problem: Problem) -> Problem:
    """The problem as it came. Raises UnfitHistoryError for returns that tell nothing."""
    days, assets = problem.returns.shape
    if assets < 2:  # noqa: PLR2004 - one asset
        raise UnfitHistoryError("There is one asset with a history: nothing can be weighed against it.")
    if problem.invested <= 0:
        raise UnfitHistoryError("Nothing that is held has enough history.")
    if days < LEAST_DAYS:
        raise UnfitHistoryError(f"There are {days} days of common history; at least {LEAST_DAYS} are needed.")
    if not np.isfinite(problem.returns).all():
        raise UnfitHistoryError("Some returns are missing or are not numbers.")
    still = [name for name, one in zip(problem.names, problem.returns.T, strict=True) if np.ptp(one) == 0]
    if still:
        raise UnfitHistoryError(f"The price of {', '.join(still)} never moves.")
    return problem


def trading_cost(problem: Problem, weights: Floats) -> float:
    """What it costs to go from the weights held to these, as a fraction of the wealth: spread and tax."""
    change = weights - problem.held
    spread = 0.0 if problem.cost is None else float(problem.cost @ np.abs(change))
    return spread + sum(
        _sale_tax(pieces, max(-float(change[place]), 0.0)) for place, pieces in problem.taxes.items()
    )


def _sale_tax(pieces: Sequence[SalePiece], sold: float) -> float:
    """The tax of selling so much of one asset, the cheapest pieces first."""
    tax = 0.0
    for piece in sorted(pieces, key=lambda one: one.rate):
        part = min(piece.most, sold)
        tax += part * piece.rate
        sold -= part
    return tax
