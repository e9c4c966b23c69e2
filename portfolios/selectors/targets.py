"""A household's target weights, and how far its accounts are from them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from accounts.models import Viewer
from common.errors import NotFound
from portfolios.engine.targets import Drifts, Part, TargetKind, TargetRecord, drifts_of
from portfolios.models import Instrument, Portfolio, Target
from portfolios.selectors.holdings import HoldingTable, holding_table
from portfolios.selectors.scopes import Scope, scope_of

ZERO = Decimal(0)
# What can be held for its own sake: pairs of currencies and indices are only quoted.
NOT_TARGETS = (Instrument.AssetClass.CURRENCY, Instrument.AssetClass.INDEX, Instrument.AssetClass.CASH)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTable:
    """The targets with where they stand on `as_of`, in `currency`.

    `missing` names what has no usable price and so is in no weight.
    """

    as_of: date
    currency: str
    drifts: Drifts
    missing: tuple[str, ...]


def targets_of(household_id: UUID) -> tuple[TargetRecord, ...]:
    """The household's targets, the largest first."""
    rows = Target.objects.filter(household_id=household_id).order_by("-weight", "kind", "key")
    return tuple(
        TargetRecord(kind=TargetKind(row.kind), key=row.key, weight=row.weight, band=row.band) for row in rows
    )


def target_keys(household_id: UUID) -> Mapping[TargetKind, Collection[str]]:
    """What a household may set targets for, by kind: symbols, sectors and classes, each in order."""
    known = Instrument.objects.known_to(household_id).exclude(asset_class__in=NOT_TARGETS)
    sectors = known.exclude(sector="").order_by("sector").values_list("sector", flat=True).distinct()
    classes = [value for value in Instrument.AssetClass.values if value not in NOT_TARGETS]
    return {
        TargetKind.INSTRUMENT: list(known.order_by("symbol").values_list("symbol", flat=True).distinct()),
        TargetKind.SECTOR: list(sectors),
        TargetKind.ASSET_CLASS: classes,
    }


def whole_household(user: Viewer, household_id: UUID) -> Scope:
    """All that `user` sees of a household. Raises NotFound where that is nothing."""
    scope = scope_of(user, household_id=household_id)
    if scope is None:
        raise NotFound("There is no household to show.", code="not-found")
    return scope


def counted_accounts(scope: Scope) -> Scope:
    """The same household without its closed and paper accounts: what its wealth is."""
    real = tuple(one for one in scope.accounts if one.kind != Portfolio.Kind.PAPER and not one.is_closed)
    return replace(scope, accounts=real)


def target_table(scope: Scope, as_of: date) -> TargetTable:
    """The household's targets against its accounts of `scope`; short positions count below zero."""
    whole = counted_accounts(scope)
    table = holding_table(whole, as_of)
    drifts = drifts_of(targets_of(scope.household_id), _parts(table), _cash(table))
    return TargetTable(as_of=as_of, currency=table.currency, drifts=drifts, missing=table.missing)


def _parts(table: HoldingTable) -> list[Part]:
    return [
        Part(
            symbol=line.symbol,
            asset_class=line.asset_class,
            sector=line.sector,
            value=line.value_base,
        )
        for line in table.lines
        if line.value_base is not None
    ]


def _cash(table: HoldingTable) -> Decimal:
    return sum((line.amount_base for line in table.cash if line.amount_base is not None), ZERO)
