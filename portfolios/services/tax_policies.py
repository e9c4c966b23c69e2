"""How a household reads the open points of the wash-sale rule: kept with its trail, and the book follows."""

import dataclasses
from typing import Any
from uuid import UUID

from common.audit import audit_record, event_record
from common.transactions import write_transaction
from portfolios.engine.policies import WashPolicy
from portfolios.models import TaxPolicy
from portfolios.selectors.facts import wash_policy
from portfolios.services.book import book_derive
from portfolios.services.ledger import household_lock


@write_transaction
def tax_policy_save(*, household_id: UUID, policy: WashPolicy, actor_id: UUID | None) -> TaxPolicy:
    """Make `policy` the household's, and derive its book again; saving what holds already changes nothing."""
    household_lock(household_id)
    before = wash_policy(household_id)
    values = _values(policy)
    stored, _ = TaxPolicy.objects.update_or_create(household_id=household_id, defaults=values)
    if before == policy:
        return stored
    audit_record(
        actor_id=actor_id,
        action="tax_policy.save",
        subject=stored,
        detail={
            name: [_text(old), _text(values[name])]
            for name, old in _values(before).items()
            if old != values[name]
        },
    )
    book_derive(household_id=household_id)
    event_record(topic="tax_rules.changed", household_id=household_id, payload={})
    return stored


def _values(policy: WashPolicy) -> dict[str, Any]:
    return {field.name: getattr(policy, field.name) for field in dataclasses.fields(policy)}


def _text(value: object) -> str:
    return "" if value is None else str(value)
