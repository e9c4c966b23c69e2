"""Rebalancings: asking for one, working it out, and failing in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from accounts.selectors.households import membership_of
from common.audit import audit_record, event_record
from common.errors import DomainError, InvalidInput, NotFound
from common.transactions import write_transaction
from portfolios.selectors.scopes import Scope, scope_of
from portfolios.selectors.targets import targets_of
from taxharvest.engine.income_range import TaxRange
from taxharvest.engine.rebalance.asked import RebalanceWish, wish_json, wish_of, wish_problems
from taxharvest.engine.rebalance.greedy import GREEDY, greedy_plan
from taxharvest.engine.rebalance.records import Optimised, Optimiser, Plan
from taxharvest.engine.rebalance.told import difference_json, plan_json
from taxharvest.engine.rebalance.year_tax import tax_of_gains
from taxharvest.engine.year_facts import YearFacts
from taxharvest.models import Rebalance
from taxharvest.selectors.rebalance_facts import RebalanceReading, closes_of, portfolios_open, rebalance_facts
from taxharvest.selectors.tax_facts import year_facts

CONVEX = "convex"
AT_WORK = (Rebalance.State.WAITING, Rebalance.State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What a plan is worked out from."""

    scope: Scope
    reading: RebalanceReading
    year: YearFacts | None


@write_transaction
def rebalance_ask(user: User, wish: RebalanceWish, now: datetime) -> Rebalance:
    """Ask for both plans of a rebalancing; whoever calls puts it to a worker once this is committed.

    For members who see all accounts of their household. Raises NotFound for others, and InvalidInput naming
    the fields for a wish that cannot be.
    """
    membership = membership_of(user)
    if membership is None or not membership.sees_all:
        raise NotFound("You belong to no household that you could rebalance.", code="not-found")
    household = membership.household
    _check(household.pk, wish)
    row = Rebalance.objects.create(
        household=household,
        requested_by=user,
        day=now.date(),
        currency=household.base_currency,
        wish=wish_json(wish),
        words="Waiting for a worker.",
    )
    audit_record(actor_id=user.pk, action="rebalance.ask", subject=row, detail=row.wish)
    return row


def rebalance_run(rebalance_id: UUID, now: datetime, optimise: Optimiser) -> None:
    """Work both plans out and keep them; done again after a crash, it comes to the same.

    `optimise` makes the convex plan and is handed over by the worker, which alone may load a solver. The
    greedy plan is kept first and stays where there is no other.
    """
    row = Rebalance.objects.select_related("requested_by").get(pk=rebalance_id)
    if row.state not in AT_WORK:
        return
    _keep(row, state=Rebalance.State.RUNNING, words="The greedy plan is worked out.")
    work = _work(row)
    greedy = greedy_plan(work.reading.facts)
    _keep(row, words="The greedy plan stands; the convex one is being solved.", result=_told(work, greedy))
    ids = [one.id for one in work.reading.facts.assets]
    answer = optimise(work.reading.facts, closes_of(row.household_id, ids, row.day), greedy)
    _finish(row, now, _told(work, greedy, answer))


@write_transaction
def rebalance_fail(rebalance_id: UUID, reason: str, now: datetime) -> None:
    """End a rebalancing that could not be worked out; what was found before stays."""
    changed = Rebalance.objects.filter(pk=rebalance_id, state__in=AT_WORK)
    changed.update(state=Rebalance.State.FAILED, words=reason, finished_at=now)


def _check(household_id: UUID, wish: RebalanceWish) -> None:
    problems = wish_problems(wish)
    own = {row.pk for row in portfolios_open(household_id)}
    if "accounts" not in problems and not set(wish.accounts) <= own:
        problems["accounts"] = ["One of the accounts is not an open account of this household."]
    if not targets_of(household_id):
        problems["targets"] = ["Set target weights first: there is nothing to go back to."]
    if problems:
        first = next(iter(problems.values()))[0]
        raise InvalidInput(first, code="invalid-rebalance", fields=problems)


def _work(row: Rebalance) -> _Work:
    """Read the facts. Raises NotFound when whoever asked sees the household no more."""
    scope = scope_of(row.requested_by, household_id=row.household_id)
    if scope is None:
        raise NotFound("The household is not there any more.", code="not-found")
    return _Work(
        scope=scope,
        reading=rebalance_facts(scope, wish_of(row.wish), row.day),
        year=year_facts(row.requested_by, scope, row.day.year).facts,
    )


def _told(work: _Work, greedy: Plan, answer: Optimised | None = None) -> dict[str, Any]:
    tracking = answer.tracking if answer else {}
    shown = plan_json(greedy, year_tax=_year_tax(work, greedy), tracking=tracking.get(GREEDY))
    told: dict[str, Any] = {"greedy": shown, "convex": None, "convex_reason": "", "difference": None}
    told["notes"] = list(work.reading.notes)
    if answer is None:
        return told
    told |= {"convex_reason": answer.reason, "tracking_now": f"{answer.tracking_now:f}"}
    told |= {"risk_days": answer.days, "risk_stand_ins": list(answer.stand_ins)}
    if answer.plan is not None:
        convex = plan_json(answer.plan, year_tax=_year_tax(work, answer.plan), tracking=tracking.get(CONVEX))
        told |= {"convex": convex, "difference": difference_json(shown, convex)}
    return told


def _year_tax(work: _Work, plan: Plan) -> TaxRange | None:
    """What the plan changes of the year's return; None where no tax can be told."""
    if work.year is None:
        return None
    try:
        return tax_of_gains(work.year, short=plan.short_gain, long=plan.long_gain)
    except DomainError:
        return None


@write_transaction
def _keep(row: Rebalance, **columns: Any) -> None:
    """Change a rebalancing that is still at work."""
    Rebalance.objects.filter(pk=row.pk, state__in=AT_WORK).update(**columns)


@write_transaction
def _finish(row: Rebalance, now: datetime, result: dict[str, Any]) -> None:
    _keep(row, state=Rebalance.State.DONE, words="", result=result, finished_at=now)
    event_record(topic="rebalance.done", household_id=row.household_id, payload={"rebalance": str(row.pk)})
