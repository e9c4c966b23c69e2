"""The life of a harvest proposal: made and renewed by scans, approved, put forward, dismissed, expired."""

from datetime import datetime
from uuid import UUID

from accounts.models import User
from common.errors import Conflict, InvalidInput
from common.rewriting import rewrite_rows
from common.transactions import write_transaction
from taxharvest.engine.harvest.proposals import ProposalState
from taxharvest.models import TaxHarvest
from taxharvest.services.approvals import harvest_approve, harvest_put_forward
from taxharvest.services.harvest_rows import (
    harvest_audit,
    harvest_decided,
    harvest_line,
    harvest_lock,
    harvest_step,
    harvest_tell,
    harvest_tradable,
    harvests_note,
    harvests_tell,
)
from taxharvest.services.proposing import harvest_propose, harvests_propose

__all__ = [
    "harvest_approve",
    "harvest_dismiss",
    "harvest_propose",
    "harvest_put_forward",
    "harvests_expire",
    "harvests_propose",
]


@write_transaction
def harvest_dismiss(user: User, harvest_id: UUID, *, reason: str, now: datetime) -> TaxHarvest:
    """Set a proposal aside, with the reason; done twice it changes nothing.

    Raises NotFound for one that is not the user's to decide about, InvalidInput without a reason, and
    Conflict when somebody has decided otherwise.
    """
    words = reason.strip()
    if not words:
        sentence = "Say why, in a word or two: it is kept with the proposal."
        raise InvalidInput(sentence, code="invalid-input", fields={"reason": [sentence]})
    harvest_tradable(user, harvest_id)
    harvest = harvest_lock(harvest_id)
    if harvest.state == ProposalState.DISMISSED:
        return harvest
    if not ProposalState(harvest.state).is_living:
        state = harvest.get_state_display().lower()
        raise Conflict(f"The proposal is {state} already.", code="harvest-settled")
    harvest_step(harvest, ProposalState.DISMISSED)
    harvest_decided(harvest, user, now, words)
    harvest.save()
    harvest_audit(harvest, "dismiss", user, reason=harvest.reason)
    harvest_tell(harvest)
    return harvest


@write_transaction
def harvests_expire(now: datetime) -> int:
    """End living proposals whose time is over; returns how many."""
    rows = TaxHarvest.objects.select_for_update(of=("self",)).filter(
        state__in=TaxHarvest.LIVING, expires_at__lte=now
    )
    harvests = list(rows.select_related("portfolio", "instrument").order_by("pk"))
    for harvest in harvests:
        harvest_step(harvest, ProposalState.EXPIRED)
        harvest.reason = "Nobody decided in time."
    rewrite_rows(harvests)
    harvests_note([harvest_line(harvest, "expire", None) for harvest in harvests])
    harvests_tell(harvests)
    return len(harvests)
