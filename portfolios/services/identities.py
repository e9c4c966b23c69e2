"""What a household says is substantially identical (IRC 1091): its own groups, before the shared ones."""

from collections.abc import Collection
from uuid import UUID

from common.audit import audit_record, event_record
from common.errors import InvalidInput, NotFound
from common.transactions import write_transaction
from portfolios.models import IdentityGroup, IdentityMember, Instrument
from portfolios.services.book import book_derive
from portfolios.services.ledger import household_lock

NAME_LIMIT, SOURCE_LIMIT, MOST_MEMBERS = 120, 200, 200


@write_transaction
def identity_group_save(
    *,
    household_id: UUID,
    group_id: UUID,
    name: str,
    instrument_ids: Collection[UUID],
    source: str = "",
    actor_id: UUID | None,
) -> IdentityGroup:
    """Open the household's group `group_id` or change it, and derive the household's book again.

    `group_id` is made with the form, so that sending it twice opens one group; saving what is there already
    changes nothing. One instrument alone says that it is identical with nothing else. Raises NotFound for
    another household's group and InvalidInput naming the field: no name, no instrument, an instrument that
    the household does not know, or one that stands in another group of its own.
    """
    household_lock(household_id)
    group = _own_group(household_id, group_id)
    members = sorted(set(instrument_ids))
    _check(household_id, group_id, name.strip(), members)
    fields = {"name": name.strip()[:NAME_LIMIT], "source": source.strip()[:SOURCE_LIMIT]}
    if group is not None and _as_it_stands(group) == (*fields.values(), members):
        return group
    group, _ = IdentityGroup.objects.update_or_create(pk=group_id, household_id=household_id, defaults=fields)
    group.members.all().delete()
    IdentityMember.objects.bulk_create(
        IdentityMember(group=group, instrument_id=instrument_id) for instrument_id in members
    )
    detail = fields | {"instruments": [str(key) for key in members]}
    audit_record(actor_id=actor_id, action="identity_group.save", subject=group, detail=detail)
    _derived_again(household_id)
    return group


@write_transaction
def identity_group_delete(*, household_id: UUID, group_id: UUID, actor_id: UUID | None) -> None:
    """Give a group of the household up and derive its book again; a group that is gone already stays gone.

    Raises NotFound for another household's group and for one that all share.
    """
    household_lock(household_id)
    group = _own_group(household_id, group_id)
    if group is None:
        return
    audit_record(
        actor_id=actor_id, action="identity_group.delete", subject=group, detail={"name": group.name}
    )
    group.delete()
    _derived_again(household_id)


def _own_group(household_id: UUID, group_id: UUID) -> IdentityGroup | None:
    group = IdentityGroup.objects.filter(pk=group_id).first()
    if group is not None and group.household_id != household_id:
        raise NotFound("There is no such group.", code="not-found")
    return group


def _as_it_stands(group: IdentityGroup) -> tuple[str, str, list[UUID]]:
    members = group.members.values_list("instrument_id", flat=True)
    return group.name, group.source, sorted(members)


def _check(household_id: UUID, group_id: UUID, name: str, members: list[UUID]) -> None:
    fields: dict[str, list[str]] = {}
    if not name:
        fields["name"] = ["Give the group a name."]
    if not members:
        fields["instruments"] = ["Name one instrument at least."]
    if len(members) > MOST_MEMBERS:
        fields["instruments"] = [f"A group holds {MOST_MEMBERS} instruments at most."]
    elif Instrument.objects.known_to(household_id).filter(pk__in=members).count() < len(members):
        fields["instruments"] = ["One of the instruments is not known to this household."]
    elif elsewhere := _elsewhere(household_id, group_id, members):
        fields["instruments"] = elsewhere
    if fields:
        raise InvalidInput(next(iter(fields.values()))[0], code="invalid-identity-group", fields=fields)


def _elsewhere(household_id: UUID, group_id: UUID, members: list[UUID]) -> list[str]:
    """A sentence for each instrument that another group of the household holds."""
    rows = (
        IdentityMember.objects.filter(instrument_id__in=members, group__household_id=household_id)
        .exclude(group_id=group_id)
        .order_by("instrument__symbol")
    )
    return [
        f"{symbol} stands in your group “{name}” already: take it out there first."
        for symbol, name in rows.values_list("instrument__symbol", "group__name")
    ]


def _derived_again(household_id: UUID) -> None:
    book_derive(household_id=household_id)
    event_record(topic="tax_rules.changed", household_id=household_id, payload={})
