"""Plans are carried out: one committed step at a time, each order placed once whatever happens between."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from common.transactions import write_transaction
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.harvest.plans import (
    FollowLeg,
    LegRole,
    LegState,
    Move,
    PlaceLeg,
    PlanState,
    RefuseLeg,
    Sold,
    Step,
    TakeBack,
    TryAgain,
    next_step,
    pause_after,
)
from taxharvest.engine.harvest.proposals import ProposalState
from taxharvest.engine.harvest.returns import advice_written, return_advice
from taxharvest.models import HarvestAlert, HarvestLeg, HarvestPlan
from taxharvest.selectors.harvest_plans import (
    fills_amount,
    held_parts,
    legs_of,
    plan_facts,
    plan_lock,
    plans_due,
    return_terms,
    sold_day,
)
from taxharvest.services.harvest_orders import Nothing, Refuses, leg_place, leg_refuse
from taxharvest.services.harvest_rows import harvest_audit, harvest_lock, harvest_step, harvest_tell
from taxharvest.services.plan_steps import alert_raise, place_next, plan_event, plan_move, plan_stop
from taxharvest.services.wash_windows import harvest_windows_set
from trading.engine.order_events import CancelWanted
from trading.engine.records import OrderState
from trading.selectors.controls import exchange_day
from trading.selectors.locked_orders import orders_lock
from trading.services.nudges import nudge
from trading.services.order_steps import order_take, order_tell

logger = logging.getLogger(__name__)
# More than any plan needs in one go: a basket of many parts takes three steps for each.
MOST_STEPS = 400


def plans_advance(now: datetime) -> int:
    """Take every plan that is due as far as it goes now; returns how many steps were taken.

    Idempotent: run by several workers at once, or again after one died at any point, it places no order
    twice and leaves none out. A plan that fails does not hold up the others.
    """
    taken = 0
    for plan_id in plans_due(now):
        try:
            taken += plan_advance(plan_id, now)
        except Exception:
            logger.exception("plan %s could not be advanced", plan_id)
    return taken


def plan_advance(plan_id: UUID, now: datetime) -> int:
    """Take one plan as far as it goes now, each step committed before the next; returns how many."""
    for taken in range(MOST_STEPS):
        step = plan_step_take(plan_id, now)
        if isinstance(step, PlaceLeg):
            if not leg_place(step.leg_id, now):
                return taken
        elif step is None:
            return taken
    return MOST_STEPS


@write_transaction
def plan_step_take(plan_id: UUID, now: datetime) -> Step | None:
    """Take the next step of a plan under its lock, and say which; an order is left for the caller to place.

    Placing asks the gateway and commits by itself, so it is done outside of this lock (`leg_place`).
    """
    plan = plan_lock(plan_id)
    legs = legs_of(plan_id)
    step = next_step(plan_facts(plan, legs, now))
    if step is None:
        _remind(plan, now)
    elif not isinstance(step, PlaceLeg):
        TAKE[type(step)](plan, {leg.pk: leg for leg in legs}, step, now)
    return step


def _moved(plan: HarvestPlan, legs: Mapping[UUID, HarvestLeg], step: Move, now: datetime) -> None:
    if step.state is PlanState.STOPPED:
        said = [leg.words for leg in legs.values() if leg.state in {LegState.REFUSED, LegState.PARTLY}]
        plan_stop(plan, " ".join([step.words, *said[-1:]]), now)
        return
    plan_move(plan, step.state, step.words, now)
    if step.state is PlanState.DECIDING:
        for leg in legs.values():
            if leg.state == LegState.WAITING:
                leg_refuse(leg.pk, Nothing(words="Not needed."), now)
        decision_ask(plan, step.words, now)


def decision_ask(plan: HarvestPlan, words: str, now: datetime) -> None:
    """Work the three ways out for a locked plan, and tell the owner that there is something to decide."""
    parts = held_parts(plan, now) or []
    value = sum((part.value for part in parts), Decimal(0))
    if parts:
        advice = return_advice(parts, return_terms(plan, value, now))
        plan.choice_figures = advice_written(advice)
        words = f"{words} {advice.words}"
    plan.choice = ""
    plan.save(update_fields=["choice", "choice_figures", "updated_at"])
    alert_raise(plan, HarvestAlert.Kind.TO_DECIDE, words, now)


def _remind(plan: HarvestPlan, now: datetime) -> None:
    """Ask again about a plan that waits, on the day for which it waits."""
    until = plan.choice_figures.get("wait_until", "")
    is_over = plan.state == PlanState.DECIDING and plan.choice == "wait" and bool(until)
    if is_over and exchange_day(now).isoformat() >= until:
        decision_ask(plan, "What replaced it is held for more than a year now.", now)
        plan_event(plan, "Reminded", "The gain of the replacement is long-term now.", now)


def _followed(plan: HarvestPlan, legs: Mapping[UUID, HarvestLeg], step: FollowLeg, now: datetime) -> None:
    leg = legs[step.leg_id]
    order = leg.order
    if order is None:
        raise ValueError(f"leg {leg.pk} has no order to follow")
    leg.filled, leg.average_price = order.filled, order.average_price
    leg.amount = fills_amount(order)
    wanted = leg.quantity or Decimal(0)
    leg.state = (
        LegState.FILLED if leg.filled >= wanted else LegState.PARTLY if leg.filled else LegState.REFUSED
    )
    leg.words = "" if leg.state == LegState.FILLED else _end_words(leg)
    leg.save()
    words = f"{leg.filled.normalize():f} of {wanted.normalize():f} {leg.instrument.symbol} filled."
    plan_event(plan, "Followed", f"{words} {leg.words}".strip(), now, leg=str(leg.pk))


def _end_words(leg: HarvestLeg) -> str:
    order = leg.order
    said = "" if order is None else order.words
    verb = "refused" if order is not None and order.state == OrderState.REJECTED else "cancelled"
    part = "The rest" if leg.filled else "The order"
    return f"{part} of {leg.instrument.symbol} was {verb}{f': {said}' if said else '.'}"[:300]


def _taken_back(plan: HarvestPlan, legs: Mapping[UUID, HarvestLeg], step: TakeBack, now: datetime) -> None:
    leg = legs[step.leg_id]
    order_take_back(leg, now)
    leg.words = step.words
    leg.save(update_fields=["words", "updated_at"])
    if plan.state == PlanState.SELLING:
        plan_move(plan, PlanState.UNWINDING, f"{step.words} What has not filled is taken back.", now)
    else:
        plan_event(plan, "TakenBack", step.words, now, leg=str(leg.pk))


def order_take_back(leg: HarvestLeg, now: datetime) -> None:
    """Ask for the cancellation of a leg's order; one that is over by now stays as it ended."""
    if leg.order_id is None:
        return
    order = orders_lock([leg.order_id])[leg.order_id]
    if OrderState(order.state).is_final:
        return
    order_take(order, CancelWanted(), now=now, actor_id=leg.placed_by_id)
    order_tell(order)
    transaction.on_commit(partial(nudge, order.account.gateway_id))


def _refused(_plan: HarvestPlan, legs: Mapping[UUID, HarvestLeg], step: RefuseLeg, now: datetime) -> None:
    leg_refuse(legs[step.leg_id].pk, Refuses(words=step.words), now)


def _again(plan: HarvestPlan, legs: Mapping[UUID, HarvestLeg], step: TryAgain, now: datetime) -> None:
    before = legs[step.leg_id]
    leg_repeat(
        plan, before, now, due_at=now + pause_after(sum(leg.role == before.role for leg in legs.values()))
    )
    plan_event(plan, "TriedAgain", f"What {before.instrument.symbol} lacks is ordered anew.", now)


def leg_repeat(
    plan: HarvestPlan, before: HarvestLeg, now: datetime, *, due_at: datetime | None = None
) -> HarvestLeg:
    """A new leg for what an earlier one lacks, sized from the money that is left of its share."""
    return HarvestLeg.objects.create(
        plan=plan,
        place=place_next(plan),
        role=before.role,
        instrument=before.instrument,
        share=before.share,
        placed_by=before.placed_by,
        due_at=due_at or now,
    )


def _sold(plan: HarvestPlan, legs: Mapping[UUID, HarvestLeg], step: Sold, now: datetime) -> None:
    """The loss is taken: its windows are set in the same transaction in which the plan goes on."""
    sale = next(leg for leg in legs.values() if leg.role == LegRole.SELL)
    moment = None if sale.order is None else sold_day(sale.order)
    plan.sold_on = exchange_day(moment or now)
    plan.window_ends = plan.sold_on + timedelta(days=WINDOW)
    # The household's row is locked before the proposal's, as everywhere.
    harvest_windows_set(
        household_id=plan.portfolio.household_id,
        instrument_id=plan.harvest.instrument_id,
        sold_on=plan.sold_on,
    )
    harvest = harvest_lock(plan.harvest_id)
    harvest_step(harvest, ProposalState.HARVESTED)
    harvest.save()
    harvest_audit(
        harvest, "sold", sale.placed_by, quantity=f"{step.filled:f}", proceeds=f"{sale.amount:f}",
        plan=str(plan.pk),
    )  # fmt: skip
    harvest_tell(harvest)
    words = (
        f"{step.filled.normalize():f} {harvest.instrument.symbol} sold. "
        f"Nothing identical may be bought until {plan.window_ends:%-d %B %Y}."
    )
    plan_move(plan, PlanState.BUYING, words, now)


TAKE: Mapping[type, Callable[[HarvestPlan, Mapping[UUID, HarvestLeg], Any, datetime], None]] = {
    Move: _moved,
    FollowLeg: _followed,
    TakeBack: _taken_back,
    RefuseLeg: _refused,
    TryAgain: _again,
    Sold: _sold,
}
