"""What a person decides about a plan: to stop it, buy again or something else, switch back, stay or wait."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from common.errors import Conflict, InvalidInput, NotFound, Unprocessable
from common.idempotency import Answer, KeyTaken, digest_of, key_answered, key_keep
from common.transactions import write_transaction
from portfolios.engine.figures import day_text
from taxharvest.engine.harvest.plans import LegRole, LegState, PlanState, share_for_other
from taxharvest.engine.harvest.returns import Choice
from taxharvest.models import HarvestLeg, HarvestPlan
from taxharvest.selectors.approvals import replacement_named
from taxharvest.selectors.harvest_checks import broker_account_of, replacements_refused
from taxharvest.selectors.harvest_plans import (
    legs_of,
    lots_bought,
    may_trade_plan,
    plan_facts,
    plan_lock,
)
from taxharvest.services.approvals import is_proven
from taxharvest.services.harvest_orders import Refuses, leg_refuse
from taxharvest.services.harvest_plans import leg_repeat, order_take_back
from taxharvest.services.harvest_rows import harvest_audit
from taxharvest.services.plan_steps import alerts_close, place_next, plan_event, plan_move, plan_stop

OK = 200
TRADES = frozenset({Choice.SWITCH_BACK, Choice.BUY_AGAIN, Choice.BUY_OTHER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who chooses what, and when; `symbol` names what is bought where something else is."""

    user: User
    choice: Choice
    now: datetime
    symbol: str = ""


def choices_open(plan: HarvestPlan, legs: list[HarvestLeg]) -> tuple[Choice, ...]:
    """What may be chosen for the plan as it stands, the first of them the mildest."""
    match PlanState(plan.state):
        case PlanState.READY | PlanState.SELLING:
            return (Choice.STOP,)
        case PlanState.DECIDING:
            ways = (Choice.SWITCH_BACK, Choice.STAY)
            return (*ways, Choice.WAIT) if plan.choice_figures.get("wait_until") else ways
        case PlanState.STOPPED:
            lacking = _short(legs) if plan.sold_on is not None else []
            if not lacking or plan.choice in {Choice.STAY_IN_CASH, Choice.STAY}:
                return ()
            is_return = any(leg.role == LegRole.RETURN_BUY for leg in lacking)
            others = () if is_return else (Choice.BUY_OTHER,)
            return (Choice.BUY_AGAIN, *others, Choice.STAY_IN_CASH)
        case _:
            return ()


def plan_decide(
    user: User,
    plan_id: UUID,
    *,
    choice: str,
    version: int,
    symbol: str = "",
    key: str,
    now: datetime,
    signed_in_at: datetime | None = None,
) -> HarvestPlan:
    """Decide about a plan that waits for it, once for a key; `choice` is one of `choices_open`.

    `symbol` is what is bought instead of a replacement that could not be. Raises NotFound for a plan that is
    not the user's to decide about, InvalidInput for a choice that is none or for what must not be bought,
    Conflict when the plan has gone on since it was seen, Unprocessable when a live account asks for a fresh
    sign-in.
    """
    if not may_trade_plan(user, plan_id):
        raise NotFound("There is no such plan.", code="not-found")
    named = [symbol] if symbol else []
    digest = digest_of("harvest.decide", [str(plan_id), choice, version, *named])
    if key_answered(user_id=user.pk, key=key, digest=digest) is not None:
        return HarvestPlan.objects.get(pk=plan_id)
    wanted = _choice(choice)
    _refuse_unproven(plan_id, wanted, signed_in_at, now)
    decision = Decision(user=user, choice=wanted, now=now, symbol=symbol)
    try:
        return _decided(decision, plan_id, version, key=key, digest=digest)
    except KeyTaken:
        raise Conflict("Another request with this key is under way.", code="key-in-use") from None


@write_transaction
def _decided(decision: Decision, plan_id: UUID, version: int, *, key: str, digest: str) -> HarvestPlan:
    user, now = decision.user, decision.now
    plan = plan_lock(plan_id)
    # Under the lock the same request that was quicker has kept its answer.
    if key_answered(user_id=user.pk, key=key, digest=digest) is not None:
        return HarvestPlan.objects.get(pk=plan_id)
    legs = legs_of(plan_id)
    if plan.version != version or decision.choice not in choices_open(plan, legs):
        raise Conflict(
            f"The plan has gone on since you saw it: it is at “{plan.get_state_display()}” now.",
            code="plan-changed",
        )
    alerts_close(plan_id, now, user)
    DECIDE[decision.choice](plan, legs, decision)
    harvest_audit(plan.harvest, "decide", user, plan=str(plan.pk), choice=decision.choice.value)
    answer = Answer(status=OK, body={"plan": str(plan.pk)})
    key_keep(user_id=user.pk, key=key, digest=digest, answer=answer)
    return plan


def _stop(plan: HarvestPlan, legs: list[HarvestLeg], decision: Decision) -> None:
    """A sale that was not placed is given up; one at the broker is taken back, and what filled stays sold."""
    sale = next(leg for leg in legs if leg.role == LegRole.SELL)
    now, user = decision.now, decision.user
    if sale.state == LegState.WAITING:
        leg_refuse(sale.pk, Refuses(words="Stopped before anything was sold."), now)
        sale.refresh_from_db()
    if sale.state == LegState.REFUSED:
        plan_stop(plan, "Stopped before anything was sold.", now, actor=user)
        return
    order_take_back(sale, now)
    if plan.state == PlanState.READY:
        plan_move(plan, PlanState.SELLING, "The sale was placed already.", now, actor=user)
    plan_move(plan, PlanState.UNWINDING, "Stopped: what has not filled is taken back.", now, actor=user)


def _buy_again(plan: HarvestPlan, legs: list[HarvestLeg], decision: Decision) -> None:
    """What is lacking is ordered once more."""
    lacking = _short(legs)
    is_return = any(leg.role == LegRole.RETURN_BUY for leg in lacking)
    state = PlanState.RETURNING if is_return else PlanState.BUYING
    plan_move(plan, state, "To be bought again.", decision.now, actor=decision.user)
    for leg in lacking:
        leg.placed_by = decision.user
        leg_repeat(plan, leg, decision.now)


def _buy_other(plan: HarvestPlan, legs: list[HarvestLeg], decision: Decision) -> None:
    """What is left of the proceeds buys something else, in the place of what could not be bought."""
    harvest, now = plan.harvest, decision.now
    (other,) = replacement_named(plan.portfolio.household_id, decision.symbol)
    if refused := replacements_refused(harvest, [other], now):
        sentence = refused[other.instrument_id]
        raise InvalidInput(sentence, code="invalid-replacement", fields={"symbol": [sentence]})
    share = share_for_other(plan_facts(plan, legs, now), other.instrument_id)
    for leg in _short(legs):
        leg.state = LegState.FILLED if leg.filled else LegState.SKIPPED
        leg.words = f"{other.symbol} is bought instead."
        leg.save(update_fields=["state", "words", "updated_at"])
    words = f"{other.symbol} is bought instead of what could not be bought."
    plan_move(plan, PlanState.BUYING, words, now, actor=decision.user)
    HarvestLeg.objects.create(
        plan=plan,
        place=place_next(plan),
        role=LegRole.BUY,
        instrument_id=other.instrument_id,
        share=share,
        placed_by=decision.user,
        due_at=now,
    )
    # It was measured for another replacement.
    harvest.tracking_error = None
    harvest.save(update_fields=["tracking_error", "updated_at"])


def _stay_in_cash(plan: HarvestPlan, legs: list[HarvestLeg], decision: Decision) -> None:
    _chosen(plan, decision)
    if any(leg.role == LegRole.RETURN_BUY for leg in legs):
        plan_move(plan, PlanState.DONE, "What was sold stays in cash.", decision.now, actor=decision.user)
        return
    words = "The rest of the proceeds stays in cash; every account is watched until the window ends."
    plan_move(plan, PlanState.WATCHING, words, decision.now, actor=decision.user)


def _switch_back(plan: HarvestPlan, _legs: list[HarvestLeg], decision: Decision) -> None:
    """Sell what the plan bought, lot by lot, and buy back what it sold with the proceeds."""
    _chosen(plan, decision)
    plan_move(plan, PlanState.RETURNING, "Switching back.", decision.now, actor=decision.user)
    for instrument_id, lots in lots_bought(plan).items():
        shares: dict[UUID, Decimal] = {}
        for lot in lots:
            shares[lot.root_id] = shares.get(lot.root_id, Decimal(0)) + lot.quantity
        HarvestLeg.objects.create(
            plan=plan,
            place=place_next(plan),
            role=LegRole.RETURN_SELL,
            instrument_id=instrument_id,
            quantity=sum(shares.values(), Decimal(0)),
            lots=[{"lot_id": str(root), "quantity": f"{held:f}"} for root, held in shares.items()],
            placed_by=decision.user,
        )
    HarvestLeg.objects.create(
        plan=plan,
        place=place_next(plan),
        role=LegRole.RETURN_BUY,
        instrument_id=plan.harvest.instrument_id,
        placed_by=decision.user,
    )


def _stay(plan: HarvestPlan, _legs: list[HarvestLeg], decision: Decision) -> None:
    _chosen(plan, decision)
    plan_move(plan, PlanState.DONE, "What replaced it stays.", decision.now, actor=decision.user)


def _wait(plan: HarvestPlan, _legs: list[HarvestLeg], decision: Decision) -> None:
    _chosen(plan, decision)
    until = date.fromisoformat(plan.choice_figures["wait_until"])
    plan_event(plan, "Waits", f"Waiting until {day_text(until)}.", decision.now, actor=decision.user)


def _chosen(plan: HarvestPlan, decision: Decision) -> None:
    plan.choice = decision.choice.value
    plan.save(update_fields=["choice", "updated_at"])


def _short(legs: list[HarvestLeg]) -> list[HarvestLeg]:
    """The last purchase of each instrument that came to less than it was for; of the way back if any."""
    is_return = any(leg.role == LegRole.RETURN_BUY for leg in legs)
    role = LegRole.RETURN_BUY if is_return else LegRole.BUY
    last = {leg.instrument_id: leg for leg in legs if leg.role == role}
    return [leg for leg in last.values() if leg.state in {LegState.REFUSED, LegState.PARTLY}]


def _choice(text: str) -> Choice:
    try:
        return Choice(text)
    except ValueError:
        sentence = f"“{text[:40]}” is no choice: {', '.join(choice.value for choice in Choice)}."
        raise InvalidInput(sentence, code="invalid-input", fields={"choice": [sentence]}) from None


def _refuse_unproven(plan_id: UUID, choice: Choice, signed_in_at: datetime | None, now: datetime) -> None:
    portfolio_id = HarvestPlan.objects.values_list("portfolio_id", flat=True).get(pk=plan_id)
    account = broker_account_of(portfolio_id)
    if choice in TRADES and account is not None and not is_proven(account, signed_in_at, now):
        raise Unprocessable("Confirm who you are before a live account is traded.", code="proof-needed")


DECIDE: Mapping[Choice, Callable[[HarvestPlan, list[HarvestLeg], Decision], None]] = {
    Choice.STOP: _stop,
    Choice.BUY_AGAIN: _buy_again,
    Choice.BUY_OTHER: _buy_other,
    Choice.STAY_IN_CASH: _stay_in_cash,
    Choice.SWITCH_BACK: _switch_back,
    Choice.STAY: _stay,
    Choice.WAIT: _wait,
}
