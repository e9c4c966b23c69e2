"""Proposals as rows: finding and locking them, their lawful steps, and what is told of each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from accounts.models import User
from common.audit import audit_event, audits_write, event_record, events_write
from common.errors import NotFound
from common.models import AuditEvent, OutboxEvent
from taxharvest.engine.harvest.proposals import ProposalFacts, ProposalState, lots_read, proposal_step
from taxharvest.models import HarvestPlan, TaxHarvest

LONGEST_WORDS = 300


def harvest_visible(user: User, harvest_id: UUID) -> TaxHarvest:
    """A proposal that `user` may see. Raises NotFound for any other."""
    rows = TaxHarvest.objects.visible_to(user).select_related("portfolio", "instrument")
    return _or_not_found(rows.filter(pk=harvest_id).first())


def harvest_tradable(user: User, harvest_id: UUID) -> TaxHarvest:
    """A proposal of an account in which `user` may trade, never by a grant. Raises NotFound for any other."""
    rows = TaxHarvest.objects.tradable_by(user).select_related("portfolio", "instrument")
    return _or_not_found(rows.filter(pk=harvest_id).first())


def harvest_lock(harvest_id: UUID) -> TaxHarvest:
    """The row of a proposal, locked for the rest of the transaction."""
    rows = TaxHarvest.objects.select_for_update(of=("self",)).select_related("portfolio", "instrument")
    found: TaxHarvest = rows.get(pk=harvest_id)
    return found


def facts_of_harvest(harvest: TaxHarvest) -> ProposalFacts:
    """A proposal as the rules see it."""
    return ProposalFacts(
        state=ProposalState(harvest.state),
        version=harvest.version,
        expires_at=harvest.expires_at,
        price=harvest.price,
        lots=lots_read(harvest.lots),
        benefit_low=harvest.benefit_low,
        benefit_high=harvest.benefit_high,
        costs=harvest.costs,
    )


def harvest_step(harvest: TaxHarvest, state: ProposalState) -> None:
    """Take a lawful step on a locked row, which the caller saves. Raises UnlawfulProposalStep."""
    harvest.state = proposal_step(ProposalState(harvest.state), state)
    harvest.version += 1


def harvest_decided(harvest: TaxHarvest, user: User | None, now: datetime, reason: str = "") -> None:
    """Note on a locked row who decided and when; the caller saves it."""
    harvest.decided_by, harvest.decided_at, harvest.reason = user, now, reason[:LONGEST_WORDS]


def harvest_tell(harvest: TaxHarvest) -> None:
    """Tell pages and sockets how a proposal stands."""
    harvests_tell([harvest])


def harvests_tell(harvests: Sequence[TaxHarvest]) -> None:
    """Tell pages and sockets how some proposals stand, in this order. One statement."""
    events_write([_news(harvest) for harvest in harvests])


def plan_tell(plan: HarvestPlan) -> None:
    """Tell pages and sockets how a plan stands."""
    event_record(
        topic="harvest.plan_changed",
        household_id=plan.portfolio.household_id,
        payload={"plan": str(plan.pk), "portfolio": str(plan.portfolio_id), "state": str(plan.state)},
    )


def harvest_audit(harvest: TaxHarvest, action: str, user: User | None, **detail: str) -> None:
    """Write who did what to a proposal into the audit trail."""
    harvests_note([harvest_line(harvest, action, user, **detail)])


def harvest_line(harvest: TaxHarvest, action: str, user: User | None, **detail: str) -> AuditEvent:
    """Who did what to a proposal as a line of the audit trail, which `harvests_note` writes."""
    return audit_event(
        actor_id=None if user is None else user.pk,
        action=f"harvest.{action}",
        subject=harvest,
        detail={"portfolio": str(harvest.portfolio_id), "symbol": harvest.instrument.symbol, **detail},
    )


def harvests_note(lines: Sequence[AuditEvent]) -> None:
    """Write lines about proposals into the audit trail. One statement."""
    audits_write(lines)


def _news(harvest: TaxHarvest) -> OutboxEvent:
    return OutboxEvent(
        topic="harvest.changed",
        household_id=harvest.portfolio.household_id,
        payload={
            "harvest": str(harvest.pk),
            "portfolio": str(harvest.portfolio_id),
            "state": str(harvest.state),
        },
    )


def _or_not_found(harvest: TaxHarvest | None) -> TaxHarvest:
    if harvest is None:
        raise NotFound("There is no such proposal.", code="not-found")
    return harvest
