"""Steps of a plan as rows: its state, its history, what it tells, and the alerts it raises."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import User
from taxharvest.engine.harvest.plans import LegRole, PlanState, plan_step
from taxharvest.engine.harvest.proposals import ProposalState, at_price, lots_written
from taxharvest.models import HarvestAlert, HarvestPlan, HarvestPlanEvent, TaxHarvest
from taxharvest.services.approvals import LIFE
from taxharvest.services.harvest_rows import (
    LONGEST_WORDS,
    facts_of_harvest,
    harvest_audit,
    harvest_lock,
    harvest_step,
    harvest_tell,
    plan_tell,
)

FINISHED = frozenset({PlanState.DONE, PlanState.STOPPED})


def plan_event(
    plan: HarvestPlan, kind: str, words: str, now: datetime, *, actor: User | None = None, **detail: Any
) -> None:
    """Write one line of a plan's history and tell the pages; the caller has locked the plan."""
    HarvestPlanEvent.objects.create(
        plan=plan, at=now, kind=kind, before=plan.state, after=plan.state, words=words[:LONGEST_WORDS],
        detail=detail, actor=actor,
    )  # fmt: skip
    plan_tell(plan)


def plan_move(
    plan: HarvestPlan, state: PlanState, words: str, now: datetime, *, actor: User | None = None
) -> None:
    """Take a lawful step on a locked plan, with its history. Raises UnlawfulPlanStep."""
    before = plan.state
    plan.state = plan_step(PlanState(before), state)
    plan.state_since, plan.words, plan.version = now, words[:LONGEST_WORDS], plan.version + 1
    plan.finished_at = now if state in FINISHED else None
    plan.save()
    HarvestPlanEvent.objects.create(
        plan=plan, at=now, kind="Moved", before=before, after=plan.state, words=plan.words, actor=actor
    )
    plan_tell(plan)


def plan_stop(
    plan: HarvestPlan, words: str, now: datetime, *, actor: User | None = None, ask_at: Decimal | None = None
) -> None:
    """Stop a locked plan with clear words; with nothing sold its harvest stops too.

    `ask_at` is the price, in the account's currency, at which the owner is to be asked anew.
    """
    plan_move(plan, PlanState.STOPPED, words, now, actor=actor)
    harvest = harvest_lock(plan.harvest_id)
    if harvest.state == ProposalState.APPROVED:
        harvest_step(harvest, ProposalState.STOPPED)
        harvest.reason = words[:LONGEST_WORDS]
        harvest.save()
        harvest_audit(harvest, "stop", actor, reason=harvest.reason)
        harvest_tell(harvest)
        if ask_at is not None:
            _asked_anew(harvest, ask_at, now)
    if actor is None:
        alert_raise(plan, HarvestAlert.Kind.PLAN_STOPPED, words, now)


def alert_raise(plan: HarvestPlan, kind: HarvestAlert.Kind, words: str, now: datetime) -> None:
    """Raise an alert about a plan; one that stands already is left as it is."""
    HarvestAlert.objects.get_or_create(
        household_id=plan.portfolio.household_id,
        kind=kind,
        subject=str(plan.pk),
        closed_at=None,
        defaults={
            "portfolio": plan.portfolio,
            "harvest": plan.harvest,
            "at_stake": plan.harvest.loss,
            "currency": plan.harvest.currency,
            "words": words[:400],
            "seen_at": now,
        },
    )


def alerts_close(plan_id: UUID, now: datetime, actor: User | None) -> None:
    """Close the alerts about a plan: somebody has decided."""
    HarvestAlert.objects.filter(subject=str(plan_id), closed_at__isnull=True).update(
        closed_at=now, closed_by=actor
    )


def place_next(plan: HarvestPlan) -> int:
    """The place of the next leg of a locked plan."""
    last = plan.legs.order_by("-place").values_list("place", flat=True).first()
    return (last or 0) + 1


def is_selling(role: str) -> bool:
    """Whether a leg of this role sells."""
    return LegRole(role).sells


def _asked_anew(harvest: TaxHarvest, price: Decimal, now: datetime) -> None:
    """A new proposal of the same lots at the price of now, when that is still a loss."""
    mine = TaxHarvest.objects.filter(portfolio=harvest.portfolio, instrument=harvest.instrument)
    facts = at_price(facts_of_harvest(harvest), price)
    if facts.loss <= 0 or mine.filter(state__in=TaxHarvest.LIVING).exists():
        return
    short = sum((lot.loss for lot in facts.lots if lot.term != "long"), Decimal(0))
    anew = TaxHarvest.objects.create(
        portfolio=harvest.portfolio,
        instrument=harvest.instrument,
        scan_id=harvest.scan_id,
        day=now.date(),
        currency=harvest.currency,
        quantity=facts.quantity,
        price=price,
        price_as_of=now.date(),
        price_source="market",
        short_loss=short,
        long_loss=facts.loss - short,
        benefit_low=facts.benefit_low,
        benefit_high=facts.benefit_high,
        costs=facts.costs,
        tracking_error=harvest.tracking_error,
        lots=lots_written(facts.lots),
        replacement=harvest.replacement,
        figures={**harvest.figures, "asked_again": {"price": f"{price:f}", "as_of": now.isoformat()}},
        expires_at=now + LIFE,
    )
    harvest_audit(anew, "ask_again", None, before=str(harvest.pk))
    harvest_tell(anew)
