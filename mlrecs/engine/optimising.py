"""What an optimiser is asked about an account, and what it answers: fractions as decimals, no arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from mlrecs.engine.return_table import ReturnTable


@dataclass(frozen=True, slots=True, kw_only=True)
class CappedGroup:
    """Assets that together may weigh no more than `most`."""

    name: str
    keys: frozenset[UUID]
    most: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxPiece:
    """Up to `most` of the wealth in an asset that can be sold at `rate` of tax on what it is worth."""

    most: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewHeld:
    """A return a year beyond what the market implies, and how sure the household is of it, up to one."""

    beyond: Decimal
    confidence: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskQuestion:
    """An account's assets with their returns, weights, caps and costs; weights are of its wealth.

    `names` and the mappings go by the keys of `table`. `turnover` limits the sum of all changes. With `views`
    the answer is Black and Litterman's, without them that of the least tail loss.
    """

    table: ReturnTable
    names: Mapping[UUID, str]
    held: Mapping[UUID, Decimal]
    most: Mapping[UUID, Decimal]
    turnover: Decimal
    half_spread: Decimal
    groups: tuple[CappedGroup, ...] = ()
    taxes: Mapping[UUID, tuple[TaxPiece, ...]] = field(default_factory=dict)
    views: Mapping[UUID, ViewHeld] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A portfolio as risk and growth a year see it, of the sample's days."""

    name: str
    volatility: Decimal
    growth: Decimal
    tail: Decimal
    turnover: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAnswer:
    """What the optimiser found, or `reason` why it found nothing.

    `now` and `proposed` are the account before and after, `others` what other methods would make of it and
    `frontier` the least volatile portfolios by growth, all under the same limits. `shares_now` and
    `shares_then` are each asset's part of the volatility. `left_out` names assets with too little history,
    which stay as they are; `is_relaxed` says that the limits cannot be reached in one step.
    """

    reason: str = ""
    method: str = ""
    weights: Mapping[UUID, Decimal] = field(default_factory=dict)
    now: Point | None = None
    proposed: Point | None = None
    others: tuple[Point, ...] = ()
    frontier: tuple[Point, ...] = ()
    shares_now: Mapping[UUID, Decimal] = field(default_factory=dict)
    shares_then: Mapping[UUID, Decimal] = field(default_factory=dict)
    binding: tuple[str, ...] = ()
    cost: Decimal = Decimal(0)
    days: int = 0
    left_out: tuple[str, ...] = ()
    is_relaxed: bool = False
