"""Setting a household's target weights: all of them at once, with their trail."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accounts.models import Household
from common.audit import audit_record, event_record
from common.errors import InvalidInput
from common.transactions import write_transaction
from portfolios.engine.targets import TargetRecord, target_problems
from portfolios.models import Target
from portfolios.selectors.targets import target_keys, targets_of
from portfolios.services.ledger import household_lock


@write_transaction
def targets_set(
    *, household_id: UUID, targets: Sequence[TargetRecord], actor_id: UUID | None
) -> tuple[TargetRecord, ...]:
    """Make `targets` the household's, in place of those before; setting what holds already changes nothing.

    Raises InvalidInput naming the fields: `targets`, or `targets.<place>.<name>`.
    """
    household_lock(household_id)
    problems = target_problems(targets, target_keys(household_id))
    if problems:
        first = next(iter(problems.values()))[0]
        raise InvalidInput(first, code="invalid-targets", fields=problems)
    before = targets_of(household_id)
    if set(before) == set(targets):
        return before
    _write(household_id, targets)
    detail = {"before": _told(before), "after": _told(targets)}
    household = Household.objects.get(pk=household_id)
    audit_record(actor_id=actor_id, action="targets.set", subject=household, detail=detail)
    event_record(topic="targets.changed", household_id=household_id, payload={})
    return targets_of(household_id)


def _write(household_id: UUID, targets: Sequence[TargetRecord]) -> None:
    """One row for each target; rows of the same key stay, so that their history does."""
    kept = []
    for target in targets:
        row, _ = Target.objects.update_or_create(
            household_id=household_id,
            kind=target.kind.value,
            key=target.key,
            defaults={"weight": target.weight, "band": target.band},
        )
        kept.append(row.pk)
    Target.objects.filter(household_id=household_id).exclude(pk__in=kept).delete()


def _told(targets: Sequence[TargetRecord]) -> list[dict[str, Any]]:
    return [
        {
            "kind": target.kind.value,
            "key": target.key,
            "weight": f"{target.weight.normalize():f}",
            "band": f"{target.band.normalize():f}",
        }
        for target in sorted(targets, key=lambda one: (one.kind, one.key))
    ]
