"""How a value is spread over asset classes, sectors, currencies, accounts and instruments."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from common.money import split
from portfolios.engine.figures import (
    Explanation,
    ExplanationLine,
    LineKind,
    Source,
    SourceKind,
    Unit,
    list_text,
)

ZERO = Decimal(0)
# Weights are shown as percentages with two decimals, so they are fractions with four.
WEIGHT_UNIT = Decimal("0.0001")
CASH = "cash"
UNKNOWN = "unknown"


class AllocationBy(StrEnum):
    """What the slices of an allocation are."""

    ASSET_CLASS = "asset_class"
    SECTOR = "sector"
    CURRENCY = "currency"
    ACCOUNT = "account"
    INSTRUMENT = "instrument"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationPart:
    """A position, or the cash of one currency (`instrument_id` None), with its value in the base currency.

    `value` is negative for a short position and for borrowed cash, None when it has no usable price.
    """

    instrument_id: UUID | None
    name: str
    asset_class: str
    sector: str
    currency: str
    account_id: UUID
    account: str
    value: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One slice: the parts in it, their value, and its weight as a fraction with four decimals, or None."""

    key: str
    label: str
    value: Decimal
    weight: Decimal | None
    parts: tuple[AllocationPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """The slices, largest first. `total` is net of shorts and borrowed cash, `gross` adds their sizes.

    The weights add up to exactly 1. They are None when `total` is not positive, and `reason` says so.
    `missing` names what has no price and so is in no slice.
    """

    by: AllocationBy
    currency: str
    total: Decimal
    gross: Decimal
    slices: tuple[Slice, ...]
    missing: tuple[str, ...] = ()
    reason: str = ""


def allocate(parts: Iterable[AllocationPart], *, by: AllocationBy, currency: str) -> Allocation:
    """The allocation of `parts` by one property; a property that nobody stated is the slice "unknown".

    Weights are shares of the net value, because that is the money the person owns: a short position or
    borrowed cash has a negative weight, and the others then exceed 1 together by as much. They are rounded
    by the largest remainder, so that they add up to exactly 1.
    """
    groups: dict[str, list[AllocationPart]] = {}
    labels: dict[str, str] = {}
    missing: set[str] = set()
    for part in parts:
        if part.value is None:
            missing.add(part.name)
            continue
        key, label = _KEYS[by](part)
        groups.setdefault(key, []).append(part)
        labels[key] = label
    values = {key: sum((_value(part) for part in members), ZERO) for key, members in groups.items()}
    total = sum(values.values(), ZERO)
    keys = sorted(values, key=lambda key: (-values[key], key))
    weights = _weights([values[key] for key in keys], total)
    return Allocation(
        by=by,
        currency=currency,
        total=total,
        gross=sum((abs(_value(part)) for members in groups.values() for part in members), ZERO),
        slices=tuple(
            Slice(
                key=key,
                label=labels[key],
                value=values[key],
                weight=weight,
                parts=tuple(sorted(groups[key], key=_largest_first)),
            )
            for key, weight in zip(keys, weights, strict=True)
        ),
        missing=tuple(sorted(missing)),
        reason="" if total > 0 else "The net value is not positive, so shares of it have no meaning.",
    )


def explain_weight(allocation: Allocation, slice_: Slice, prices_as_of: date) -> Explanation:
    """The parts of a slice over the net value."""
    lines = [
        ExplanationLine(
            label=f"{part.name}, {part.account}",
            amount=part.value,
            currency=allocation.currency,
            source=_source(part),
        )
        for part in slice_.parts
    ]
    lines += [
        ExplanationLine(
            label=slice_.label,
            amount=slice_.value,
            currency=allocation.currency,
            kind=LineKind.SUBTOTAL,
        ),
        ExplanationLine(label="Net value", amount=allocation.total, currency=allocation.currency),
        ExplanationLine(
            label="Weight",
            amount=slice_.weight,
            unit=Unit.FRACTION,
            kind=LineKind.RESULT,
            detail=allocation.reason,
        ),
    ]
    notes = ["Weights are rounded to hundredths of a percent so that they add up to exactly 100.00 %."]
    if allocation.missing:
        notes.append(f"Without a usable price, so in no slice: {list_text(allocation.missing)}.")
    return Explanation(
        title=f"Weight of {slice_.label}",
        formula="Value of the slice ÷ net value (holdings and cash, less shorts and borrowed cash)",
        lines=tuple(lines),
        rule="Largest remainder",
        prices_as_of=prices_as_of,
        notes=tuple(notes),
    )


def _weights(values: Sequence[Decimal], total: Decimal) -> Sequence[Decimal | None]:
    if total <= 0:
        return [None] * len(values)
    return split(Decimal(1), values, WEIGHT_UNIT)


def _value(part: AllocationPart) -> Decimal:
    return ZERO if part.value is None else part.value


def _largest_first(part: AllocationPart) -> tuple[Decimal, str, str]:
    return -_value(part), part.name, part.account


def _source(part: AllocationPart) -> Source:
    if part.instrument_id is None:
        return Source(kind=SourceKind.PORTFOLIO, key=str(part.account_id))
    return Source(kind=SourceKind.INSTRUMENT, key=str(part.instrument_id))


def _stated(text: str) -> tuple[str, str]:
    return (text, text) if text else (UNKNOWN, UNKNOWN)


def _by_sector(part: AllocationPart) -> tuple[str, str]:
    return (CASH, CASH) if part.instrument_id is None else _stated(part.sector)


def _by_instrument(part: AllocationPart) -> tuple[str, str]:
    if part.instrument_id is None:
        return f"{CASH}:{part.currency}", f"{part.currency} cash"
    return str(part.instrument_id), part.name


_KEYS: dict[AllocationBy, Callable[[AllocationPart], tuple[str, str]]] = {
    AllocationBy.ASSET_CLASS: lambda part: _stated(part.asset_class),
    AllocationBy.SECTOR: _by_sector,
    AllocationBy.CURRENCY: lambda part: _stated(part.currency),
    AllocationBy.ACCOUNT: lambda part: (str(part.account_id), part.account),
    AllocationBy.INSTRUMENT: _by_instrument,
}
