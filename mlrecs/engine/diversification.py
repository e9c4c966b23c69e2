"""Where an account leans too much on one name, sector, region or index, and what would spread it again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from uuid import UUID

from common.money import ARITHMETIC
from mlrecs.engine.percentages import percent
from mlrecs.engine.reasons import ReasonCode
from mlrecs.engine.suitability import Account, Asset, Limits

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lean:
    """One thing that weighs more than it should: its weight, the most it may weigh, and what it is made of.

    `rule` says where the limit comes from.
    """

    code: ReasonCode
    name: str
    weight: Decimal
    most: Decimal
    keys: tuple[UUID, ...]
    rule: str

    @property
    def excess(self) -> Decimal:
        """How far it is beyond."""
        return self.weight - self.most

    @property
    def subject(self) -> str:
        """The same for the same lean."""
        return f"{self.code.value}:{self.name}"


def leans(
    account: Account, limits: Limits, targets: Mapping[str, tuple[Decimal, Decimal]]
) -> tuple[Lean, ...]:
    """What weighs too much, the worst first.

    A single share and a sector go by the profile's limits; a sector that the household has a target for goes
    by the target and its band when that is stricter, and is then brought back to the target.
    """
    if account.wealth <= 0:
        return ()
    held = [one for one in account.assets if one.shares > 0 and one.is_equity]
    shares = [one for one in held if not one.is_fund]
    found = [*_singles(account, shares, limits), *_sectors(account, shares, limits, targets)]
    found += _regions(account, held, limits)
    return tuple(sorted(found, key=lambda one: (-one.excess, one.subject)))


def spread_again(account: Account, lean: Lean, into: Asset | None) -> dict[UUID, Decimal]:
    """Weights that bring a lean back to its limit, in proportion; what is freed goes into one fund."""
    with localcontext(ARITHMETIC):
        kept = lean.most / lean.weight
        held = {one.key: one for one in account.assets}
        wanted = {key: held[key].value / account.wealth * kept for key in lean.keys}
        if into is not None:
            wanted[into.key] = into.value / account.wealth + lean.excess
    return wanted


def broad_fund(assets: Sequence[Asset], indices: Mapping[UUID, str], limits: Limits) -> Asset | None:
    """Where freed money goes: a fund on an index, one that is held first; None where the book knows none."""
    fit = [
        one
        for one in assets
        if one.is_fund and one.is_equity and not one.is_locked and one.symbol.upper() not in limits.excluded
    ]
    return min(
        fit, key=lambda one: (one.key not in indices, one.shares <= 0, -one.value, one.symbol), default=None
    )


def overlap_of(account: Account, pair: tuple[UUID, UUID]) -> tuple[Asset, Asset]:
    """Two funds on the same thing: the larger position, then the smaller, which could go into it."""
    held = {one.key: one for one in account.assets}
    first, second = held[pair[0]], held[pair[1]]
    return (
        (first, second) if (first.value, second.symbol) >= (second.value, first.symbol) else (second, first)
    )


def _singles(account: Account, shares: Collection[Asset], limits: Limits) -> list[Lean]:
    return [
        Lean(
            code=ReasonCode.SINGLE_NAME_TOO_LARGE,
            name=one.symbol,
            weight=_weight(account, [one]),
            most=limits.most_single,
            keys=(one.key,),
            rule=f"no single share above {percent(limits.most_single, 0)}",
        )
        for one in shares
        if _weight(account, [one]) > limits.most_single
    ]


def _sectors(
    account: Account,
    shares: Collection[Asset],
    limits: Limits,
    targets: Mapping[str, tuple[Decimal, Decimal]],
) -> list[Lean]:
    found = []
    for sector in sorted({one.sector for one in shares if one.sector}):
        members = [one for one in shares if one.sector == sector]
        weight = _weight(account, members)
        most, rule = limits.most_sector, f"no sector above {percent(limits.most_sector, 0)}"
        ceiling = most
        if sector in targets and sum(targets[sector]) < most:
            most, ceiling = targets[sector][0], sum(targets[sector], ZERO)
            band = percent(targets[sector][1], 0)
            rule = f"the household’s target of {percent(most, 0)} for {sector}, within {band}"
        if weight > ceiling:
            found.append(
                Lean(
                    code=ReasonCode.SECTOR_TOO_LARGE,
                    name=sector,
                    weight=weight,
                    most=most,
                    keys=tuple(one.key for one in members),
                    rule=rule,
                )
            )
    return found


def _regions(account: Account, held: Collection[Asset], limits: Limits) -> list[Lean]:
    found = []
    for region in sorted({one.region for one in held if one.region}):
        members = [one for one in held if one.region == region]
        weight = _weight(account, members)
        if weight > limits.most_region:
            found.append(
                Lean(
                    code=ReasonCode.REGION_TOO_LARGE,
                    name=region,
                    weight=weight,
                    most=limits.most_region,
                    keys=tuple(one.key for one in members),
                    rule=f"no region above {percent(limits.most_region, 0)}",
                )
            )
    return found


def _weight(account: Account, members: Collection[Asset]) -> Decimal:
    with localcontext(ARITHMETIC):
        return sum((one.value for one in members), ZERO) / account.wealth
