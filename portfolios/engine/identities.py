"""What counts as substantially identical with what (IRC 1091), for the instruments of a household."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from common.identifiers import derived_uuid
from portfolios.engine.options import BROAD_INDICES, Right, option_terms
from portfolios.engine.policies import Identity, WashPolicy


class IdentityReason(StrEnum):
    """Why an instrument counts as it does."""

    OWN_GROUP = "own_group"
    SHARED_GROUP = "shared_group"
    SAME_INDEX = "same_index"
    ITSELF = "itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentTraits:
    """What the identity of an instrument follows from.

    `own_group` is the household's own identity group, `shared_group` the one that holds for everybody.
    `put_call` and `underlying` may be empty for an option whose symbol spells them out. `is_own` says that
    the household's own file brought it; such a one is preferred to a shared one of the same symbol.
    """

    id: UUID
    symbol: str
    asset_class: str
    currency: str = ""
    is_own: bool = False
    own_group: UUID | None = None
    shared_group: UUID | None = None
    tracked_index: str = ""
    underlying: str = ""
    put_call: str = ""
    multiplier: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """The group that an instrument belongs to, and why."""

    group: UUID
    reason: IdentityReason


def grouping_of(traits: InstrumentTraits, policy: WashPolicy, household_id: UUID) -> Grouping:
    """The group of one instrument: the household's own first, then a shared one, then funds of one index.

    Whatever else it is, an instrument is identical with itself: its own identifier is then the group.
    """
    if traits.own_group is not None:
        return Grouping(group=traits.own_group, reason=IdentityReason.OWN_GROUP)
    if traits.shared_group is not None:
        return Grouping(group=traits.shared_group, reason=IdentityReason.SHARED_GROUP)
    index = " ".join(traits.tracked_index.split()).casefold()
    if policy.same_index_identical and traits.asset_class == "fund" and index:
        return Grouping(group=derived_uuid(household_id, f"index:{index}"), reason=IdentityReason.SAME_INDEX)
    return Grouping(group=traits.id, reason=IdentityReason.ITSELF)


def identities_of(
    instruments: Iterable[InstrumentTraits], policy: WashPolicy, household_id: UUID
) -> dict[UUID, Identity]:
    """The identity of each instrument under the wash-sale rule; equal instruments, equal identities.

    A call replaces shares of its underlying's group (Reg. 1.1091-1(f)), as many as one contract is for; a put
    is identical with itself alone. Futures and options on broad-based indices are outside the rule
    (IRC 1256(f)(5)), digital assets until a policy names a day (Notice 2014-21).
    """
    traits = sorted(instruments, key=lambda item: item.id.int)
    groups = {item.id: grouping_of(item, policy, household_id).group for item in traits}
    holders = _by_symbol(traits)
    return {item.id: _identity(item, groups, holders) for item in traits}


def identity_links(identities: Mapping[UUID, Identity]) -> list[tuple[UUID, UUID]]:
    """Pairs of instruments whose lots one wash sale may tie together: they must be derived together."""
    first: dict[UUID, UUID] = {}
    pairs: list[tuple[UUID, UUID]] = []
    for instrument_id, identity in identities.items():
        leader = first.setdefault(identity.group, instrument_id)
        if leader != instrument_id:
            pairs.append((leader, instrument_id))
    for instrument_id, identity in identities.items():
        if identity.replaces is not None:
            pairs.append((first.get(identity.replaces, identity.replaces), instrument_id))
    return pairs


def underlying_of(traits: InstrumentTraits) -> str:
    """The symbol of what an option is on, in capitals; empty when neither field nor symbol tells."""
    if traits.underlying:
        return traits.underlying.strip().upper()
    terms = option_terms(traits.symbol)
    return terms.underlying if terms else ""


def _identity(
    item: InstrumentTraits, groups: Mapping[UUID, UUID], holders: Mapping[tuple[str, str], UUID]
) -> Identity:
    group = groups[item.id]
    if item.asset_class == "future" or _is_index_option(item):
        return Identity(group=group, is_exempt=True)
    if item.asset_class == "crypto":
        return Identity(group=group, is_digital_asset=True)
    if item.asset_class != "option" or _right_of(item) != Right.CALL:
        return Identity(group=group)
    held = holders.get((underlying_of(item), item.currency))
    return Identity(
        group=group,
        replaces=None if held is None else groups[held],
        shares_per_unit=item.multiplier,
    )


def _by_symbol(traits: Iterable[InstrumentTraits]) -> dict[tuple[str, str], UUID]:
    """Shares by symbol and currency: the household's own before a shared one, then the older one."""
    found: dict[tuple[str, str], UUID] = {}
    for item in sorted(traits, key=lambda item: (not item.is_own, item.id.int)):
        if item.asset_class in ("stock", "fund"):
            found.setdefault((item.symbol.upper(), item.currency), item.id)
    return found


def _is_index_option(item: InstrumentTraits) -> bool:
    if item.asset_class != "option":
        return False
    terms = option_terms(item.symbol)
    return underlying_of(item) in BROAD_INDICES or (terms is not None and terms.underlying in BROAD_INDICES)


def _right_of(item: InstrumentTraits) -> str:
    if item.put_call:
        return item.put_call.upper()
    terms = option_terms(item.symbol)
    return terms.right if terms else ""
