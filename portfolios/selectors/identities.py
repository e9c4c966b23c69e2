"""What counts as identical in a household, group by group, and who or what says so."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from common.errors import NotFound
from portfolios.engine.identities import IdentityReason, InstrumentTraits, grouping_of
from portfolios.models import IdentityGroup, Instrument, Transaction
from portfolios.selectors.facts import instrument_traits, wash_policy

MOST_FOUND = 20
REASONS = {
    IdentityReason.OWN_GROUP: "your own group",
    IdentityReason.SHARED_GROUP: "a group that holds for everybody",
    IdentityReason.SAME_INDEX: "funds on the same index",
}
NOT_HELD = (Instrument.AssetClass.CURRENCY, Instrument.AssetClass.CASH, Instrument.AssetClass.INDEX)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityView:
    """Instruments that count as one, with the reason; `own_id` where the household may change the group."""

    name: str
    reason: str
    source: str
    members: tuple[Instrument, ...]
    own_id: UUID | None = None

    @property
    def is_alone(self) -> bool:
        """Whether the group says of one instrument that it is identical with nothing else."""
        return len(self.members) == 1


def identity_views(household_id: UUID) -> list[IdentityView]:
    """The household's own groups by name, then the shared ones and the indices that touch its instruments."""
    policy = wash_policy(household_id)
    traits = instrument_traits(household_id)
    by_group: dict[UUID, tuple[IdentityReason, list[InstrumentTraits]]] = {}
    for item in traits:
        grouping = grouping_of(item, policy, household_id)
        if grouping.reason is not IdentityReason.ITSELF:
            by_group.setdefault(grouping.group, (grouping.reason, []))[1].append(item)
    dealt = _dealt_in(household_id)
    kept = {
        key: (reason, members)
        for key, (reason, members) in by_group.items()
        if reason is IdentityReason.OWN_GROUP or _matters(members, dealt)
    }
    groups = IdentityGroup.objects.in_bulk(list(kept))
    rows = Instrument.objects.in_bulk([item.id for _, members in kept.values() for item in members])
    views = [
        _view(groups.get(key), reason, [rows[item.id] for item in members])
        for key, (reason, members) in kept.items()
    ]
    return sorted(views, key=lambda view: (view.own_id is None, view.reason, view.name))


def identity_group_own(household_id: UUID, group_id: UUID) -> IdentityGroup:
    """A group that the household may change. Raises NotFound for any other."""
    group = IdentityGroup.objects.filter(pk=group_id, household_id=household_id).first()
    if group is None:
        raise NotFound("There is no such group.", code="not-found")
    return group


def instruments_found(household_id: UUID, text: str) -> list[Instrument]:
    """Instruments known to the household whose symbol, name or ISIN has `text` in it, by symbol; 20 at most.

    Those that it dealt in come first. Nothing for an empty text.
    """
    words = text.strip()
    if not words:
        return []
    fits = Q(symbol__icontains=words) | Q(name__icontains=words) | Q(isin__iexact=words)
    known = Instrument.objects.known_to(household_id).filter(fits).exclude(asset_class__in=NOT_HELD)
    dealt = _dealt_in(household_id)
    rows = sorted(known, key=lambda row: (row.pk not in dealt, row.symbol, row.pk))
    return rows[:MOST_FOUND]


def instruments_named(household_id: UUID, keys: Collection[str]) -> list[Instrument]:
    """Instruments by identifier, of those known to the household, by symbol."""
    known = Instrument.objects.known_to(household_id).filter(pk__in=_identifiers(keys))
    return list(known.order_by("symbol", "pk"))


def _identifiers(keys: Iterable[str]) -> list[UUID]:
    found = []
    for key in keys:
        try:
            found.append(UUID(key))
        except ValueError:
            continue
    return found


def _view(group: IdentityGroup | None, reason: IdentityReason, members: list[Instrument]) -> IdentityView:
    return IdentityView(
        name=group.name if group else members[0].tracked_index,
        reason=REASONS[reason],
        source=group.source if group else "",
        members=tuple(sorted(members, key=lambda row: (row.symbol, row.pk))),
        own_id=group.pk if group and group.household_id is not None else None,
    )


def _matters(members: list[InstrumentTraits], dealt: set[UUID]) -> bool:
    """Whether a group that is not the household's own ties anything to what it dealt in."""
    return len(members) > 1 and any(item.id in dealt for item in members)


def _dealt_in(household_id: UUID) -> set[UUID]:
    rows = Transaction.objects.filter(portfolio__household_id=household_id, instrument__isnull=False)
    return {key for key in rows.values_list("instrument_id", flat=True).distinct() if key is not None}
