"""How far the wash guard of a household goes: kept with its trail."""

from datetime import date
from uuid import UUID

from accounts.models import User
from common.audit import audit_record, event_record
from common.errors import InvalidInput, NotFound
from common.transactions import write_transaction
from portfolios.services.ledger import household_lock
from taxharvest.models import WashGuard
from taxharvest.selectors.people import sees_taxes_of
from taxharvest.selectors.wash_guard import guard_reaction
from taxharvest.services.wash_windows import harvest_windows_harden


@write_transaction
def wash_guard_save(user: User, *, household_id: UUID, reaction: str, today: date) -> WashGuard:
    """Let the guard ask or block from now on; windows that are open follow.

    Raises NotFound for a household whose accounts `user` does not see all of as a member, and InvalidInput
    naming `reaction`.
    """
    if not sees_taxes_of(user, household_id):
        raise NotFound("There is no such household among yours.", code="not-found")
    if reaction not in WashGuard.Reaction.values:
        sentence = "Choose whether it asks or blocks."
        raise InvalidInput(detail=sentence, code="invalid-guard", fields={"reaction": [sentence]})
    household_lock(household_id)
    before = guard_reaction(household_id)
    guard, _ = WashGuard.objects.update_or_create(household_id=household_id, defaults={"reaction": reaction})
    if before != reaction:
        is_hard = reaction == WashGuard.Reaction.BLOCK
        harvest_windows_harden(household_id=household_id, is_hard=is_hard, today=today)
        detail = {"reaction": [before.value, str(reaction)]}
        audit_record(actor_id=user.pk, action="wash_guard.save", subject=guard, detail=detail)
        event_record(topic="tax_rules.changed", household_id=household_id, payload={})
    return guard
