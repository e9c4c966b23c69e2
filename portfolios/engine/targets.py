"""What a household wants its wealth to consist of: targets, what is wrong with them, and the drift."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from common.money import ARITHMETIC

ZERO, ONE = Decimal(0), Decimal(1)
MOST_TARGETS = 100


class TargetKind(StrEnum):
    """What a target is about."""

    INSTRUMENT = "instrument"
    ASSET_CLASS = "asset_class"
    SECTOR = "sector"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRecord:
    """A part of the wealth, as a fraction, and the drift beyond which it is brought back, as one too.

    `key` is a symbol, an asset class or a sector, by `kind`.
    """

    kind: TargetKind
    key: str
    weight: Decimal
    band: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something held, as targets see it; `value` is in the currency of the whole."""

    symbol: str
    asset_class: str
    sector: str
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How one target stands: its value and weight now, and the weight less its target."""

    target: TargetRecord
    value: Decimal
    weight: Decimal
    drift: Decimal

    @property
    def is_outside(self) -> bool:
        """Whether it has left its band; on the edge it has not."""
        return abs(self.drift) > self.target.band


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifts:
    """Every target in its order, what no target covers, and cash; `total` is all of it."""

    lines: tuple[Drift, ...]
    untargeted: Decimal
    cash: Decimal
    total: Decimal

    @property
    def left(self) -> Decimal:
        """The fraction that no target names: for cash, and for what is held besides."""
        return ONE - sum((line.target.weight for line in self.lines), ZERO)

    @property
    def is_outside(self) -> bool:
        """Whether any target has left its band."""
        return any(line.is_outside for line in self.lines)


def target_of(targets: Sequence[TargetRecord], *, symbol: str, sector: str, asset_class: str) -> int | None:
    """The place of the target that an instrument belongs to: its own, else its sector's, else its class's.

    Each instrument belongs to one target only, so that weights can be added up. None where none covers it.
    """
    wanted = (
        (TargetKind.INSTRUMENT, symbol),
        (TargetKind.SECTOR, sector),
        (TargetKind.ASSET_CLASS, asset_class),
    )
    places = {(target.kind, target.key): place for place, target in enumerate(targets)}
    return next((places[key] for key in wanted if key in places), None)


def drifts_of(targets: Sequence[TargetRecord], parts: Iterable[Part], cash: Decimal) -> Drifts:
    """How far each target is off. Weights are zero where the whole is not worth anything."""
    values = [ZERO] * len(targets)
    untargeted = ZERO
    for part in parts:
        place = target_of(targets, symbol=part.symbol, sector=part.sector, asset_class=part.asset_class)
        if place is None:
            untargeted += part.value
        else:
            values[place] += part.value
    total = sum(values, ZERO) + untargeted + cash
    lines = tuple(_drift(target, value, total) for target, value in zip(targets, values, strict=True))
    return Drifts(lines=lines, untargeted=untargeted, cash=cash, total=total)


def _drift(target: TargetRecord, value: Decimal, total: Decimal) -> Drift:
    with localcontext(ARITHMETIC):
        weight = value / total if total > 0 else ZERO
        return Drift(target=target, value=value, weight=weight, drift=weight - target.weight)


def target_problems(
    targets: Sequence[TargetRecord], known: Mapping[TargetKind, Collection[str]]
) -> dict[str, list[str]]:
    """What is wrong with targets, a sentence each, by field: `targets`, or `targets.<place>.<name>`.

    `known` are the keys that a household may name, by kind.
    """
    problems: dict[str, list[str]] = {}
    if len(targets) > MOST_TARGETS:
        return {"targets": [f"{MOST_TARGETS} targets at most."]}
    seen: set[tuple[TargetKind, str]] = set()
    for place, target in enumerate(targets):
        for name, sentence in _problems_of(target, known, seen):
            problems.setdefault(f"targets.{place}.{name}", []).append(sentence)
        seen.add((target.kind, target.key))
    total = sum((target.weight for target in targets if target.weight.is_finite()), ZERO)
    if total > ONE:
        problems["targets"] = [f"The weights add up to {percent_words(total)}: 100 % at most."]
    return problems


def percent_words(fraction: Decimal) -> str:
    """A fraction as a percentage, with as many digits as it has."""
    return f"{(fraction * 100).normalize(ARITHMETIC):f} %"


def _problems_of(
    target: TargetRecord,
    known: Mapping[TargetKind, Collection[str]],
    seen: Collection[tuple[TargetKind, str]],
) -> Iterable[tuple[str, str]]:
    if target.key not in known.get(target.kind, ()):
        yield "key", _unknown(target)
    elif (target.kind, target.key) in seen:
        yield "key", f"{target.key} has a target above already."
    for name, value in (("weight", target.weight), ("band", target.band)):
        if not value.is_finite() or not ZERO <= value <= ONE:
            yield name, "Between 0 % and 100 %."


def _unknown(target: TargetRecord) -> str:
    if target.kind is TargetKind.INSTRUMENT:
        return f"“{target.key}” is not the symbol of an instrument that this household knows."
    if target.kind is TargetKind.SECTOR:
        return f"No instrument of this household is of the sector “{target.key}”."
    return f"“{target.key}” is not an asset class."
