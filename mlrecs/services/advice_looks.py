"""Asking for looks: what is under way is kept, so that pages can say so and nobody asks twice."""

from datetime import datetime, timedelta
from uuid import UUID

from common.errors import Conflict
from common.transactions import write_transaction
from mlrecs.engine.looks import is_under_way
from mlrecs.models import AdviceRun, Recommendation
from mlrecs.selectors.advice_facts import advisable

Kind = Recommendation.Kind
KINDS = (Kind.RISK, Kind.DIVERSIFICATION, Kind.OPPORTUNITY)
# Asked again within so long, the last look stands.
PAUSE = timedelta(minutes=5)


@write_transaction
def looks_ask(household_id: UUID, now: datetime) -> list[UUID]:
    """Note that looks are asked for in every open account of a household; returns the accounts.

    Raises Conflict while one is under way, or where one was made minutes ago.
    """
    runs = list(AdviceRun.objects.select_for_update().filter(portfolio__household_id=household_id))
    if any(is_under_way(run.asked_at, run.ran_at, now) for run in runs):
        raise Conflict("A look is under way already.", code="too-soon")
    if any(run.ran_at is not None and run.ran_at > now - PAUSE for run in runs):
        raise Conflict("That was looked for minutes ago. Try again in a while.", code="too-soon")
    accounts = list(advisable(household_id))
    for account in accounts:
        for kind in KINDS:
            AdviceRun.objects.update_or_create(portfolio=account, kind=kind, defaults={"asked_at": now})
    return [account.pk for account in accounts]


@write_transaction
def looks_unask(household_id: UUID) -> None:
    """Forget that looks were asked for, where no worker could be told."""
    AdviceRun.objects.filter(portfolio__household_id=household_id).update(asked_at=None)
