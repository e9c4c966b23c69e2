"""The orders of a plan: each leg is placed once for its key, or refused under that key for good."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from accounts.models import User
from common.errors import Conflict, DomainError
from common.idempotency import Answer, KeyTaken, digest_of, key_answered, key_keep
from common.money import ARITHMETIC, quantize
from common.transactions import write_transaction
from portfolios.engine.records import LotChoice
from taxharvest.engine.harvest.plans import (
    LegRole,
    LegState,
    pause_after,
    proceeds_left,
    whole_shares,
)
from taxharvest.engine.harvest.proposals import price_objection
from taxharvest.models import HarvestLeg, HarvestPlan
from taxharvest.selectors.harvest_plans import legs_of, plan_facts, plan_lock
from taxharvest.services.harvest_rows import facts_of_harvest
from taxharvest.services.plan_steps import plan_event, plan_stop
from trading.engine.controls.pricing import reference_price
from trading.engine.controls.verdicts import Outcome
from trading.engine.records import OrderKind, OrderTicket, Side
from trading.engine.trade_requests import OrderWanted, TradeRequest
from trading.models import Order
from trading.services.acceptance import TradeRefused, trade
from trading.services.judging import Prepared, Sitting, orders_prepare

ONE = Decimal(1)
REFUSED = 409
# How far a limit reaches through the market, so that it fills and never takes any price.
REACH = Decimal("0.01")
COMMISSION_PER_SHARE, LEAST_COMMISSION = Decimal("0.005"), Decimal(1)
# Controls whose word is about this moment: the leg is tried again.
PASSING = frozenset(
    {
        "buying_power", "quote_age", "price_collar", "duplicate", "order_rate", "drop_copy", "readiness",
        "day_trade",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The leg cannot be placed now; it is tried again."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuses:
    """The leg must not be placed. With `price` the figures are not those that were approved any more."""

    words: str
    price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """There is not enough money for one share."""

    words: str


def leg_place(leg_id: UUID, now: datetime) -> bool:
    """Place the order of a leg, or note why not; returns whether the plan can go on at once.

    The key of the order is the leg's, so that a worker that dies between the order and the note about it
    finds the order again; nothing is ever placed under a key that was refused.
    """
    leg = HarvestLeg.objects.select_related(
        "plan__harvest__instrument", "plan__portfolio", "instrument", "placed_by"
    ).get(pk=leg_id)
    earlier = key_answered(user_id=_user(leg).pk, key=_key(leg), digest=_digest(leg))
    if earlier is not None:
        return _adopt(leg, earlier, now)
    try:
        asked = _wanted(leg, now)
        if isinstance(asked, OrderWanted):
            return _adopt(leg, _traded(leg, asked, now), now)
    except TradeRefused as refused:
        asked = _of_refusal(refused)
    except Conflict as silent:
        asked = Waits(words=silent.detail)
    except DomainError as refusal:
        asked = Refuses(words=_sentences(refusal))
    if isinstance(asked, Waits):
        leg_wait(leg.pk, asked.words, now)
        return False
    return leg_refuse(leg.pk, asked, now)


@write_transaction
def leg_wait(leg_id: UUID, words: str, now: datetime) -> None:
    """Note that a leg is tried again later, and why."""
    leg = _locked(leg_id)
    if leg.state != LegState.WAITING:
        return
    leg.attempts += 1
    leg.due_at = now + pause_after(leg.attempts)
    leg.words = words[:300]
    if leg.attempts == 1:
        plan_event(leg.plan, "Waits", words, now)
    leg.save(update_fields=["attempts", "due_at", "words", "updated_at"])


def leg_refuse(leg_id: UUID, asked: Refuses | Nothing, now: datetime) -> bool:
    """Give a leg up under its key, unless its order was placed after all; then that is adopted."""
    try:
        return _refused_once(leg_id, asked, now)
    except KeyTaken:
        # The order was accepted between the look and the note: now it is seen, and adopted.
        return _refused_once(leg_id, asked, now)


@write_transaction
def _refused_once(leg_id: UUID, asked: Refuses | Nothing, now: datetime) -> bool:
    leg = _locked(leg_id)
    if leg.state != LegState.WAITING:
        return True
    earlier = key_answered(user_id=_user(leg).pk, key=_key(leg), digest=_digest(leg))
    if earlier is not None:
        return _adopt(leg, earlier, now)
    key_keep(
        user_id=_user(leg).pk,
        key=_key(leg),
        digest=_digest(leg),
        answer=Answer(status=REFUSED, body={"order": None}),
    )
    leg.state = LegState.SKIPPED if isinstance(asked, Nothing) else LegState.REFUSED
    leg.words = asked.words[:300]
    leg.save(update_fields=["state", "words", "updated_at"])
    plan_event(leg.plan, "LegRefused", asked.words, now, leg=str(leg.pk))
    if isinstance(asked, Refuses) and asked.price is not None:
        words = f"{asked.words} Nothing was traded: the proposal is asked about anew."
        plan_stop(leg.plan, words, now, ask_at=asked.price)
    return True


@write_transaction
def _adopt(leg: HarvestLeg, answer: Answer, now: datetime) -> bool:
    """Tie the order that was accepted under a leg's key to the leg, once."""
    row = _locked(leg.pk)
    if row.state != LegState.WAITING or answer.body["order"] is None:
        return True
    order = Order.objects.get(pk=answer.body["order"])
    row.order, row.quantity, row.limit_price = order, order.quantity, order.limit_price
    row.state, row.words, row.due_at = LegState.PLACED, "", None
    row.save()
    plan_event(row.plan, "Placed", f"{_what(row)} placed.", now, order=str(order.pk), leg=str(row.pk))
    return True


def _traded(leg: HarvestLeg, wanted: OrderWanted, now: datetime) -> Answer:
    """The answer to the leg's order; whoever approved the plan had proven who they are (see `is_proven`)."""
    request = TradeRequest(orders=(wanted,), origin=Order.Origin.HARVEST, origin_id=leg.plan_id)
    return trade(
        _user(leg), request, key=_key(leg), content=_content(leg), render=_rendered, signed_in_at=now, now=now
    )


def _rendered(orders: Any) -> dict[str, Any]:
    return {"order": str(orders[0].pk)}


def _wanted(leg: HarvestLeg, now: datetime) -> OrderWanted | Waits | Refuses | Nothing:
    """The order that the leg needs at the market of now; a reason where there is none."""
    instead = _bought_instead(leg)
    probes = tuple(_probe(leg.plan, one) for one in (leg, *instead))
    sitting = Sitting(user=_user(leg), request=TradeRequest(orders=probes), signed_in_at=now, now=now)
    prepared, *others = orders_prepare(sitting)
    market = reference_price(prepared.quote)
    if market is None:
        return Waits(words=f"There is no fresh price of {leg.instrument.symbol}.")
    for purchase, other in zip(instead, others, strict=True):
        if reference_price(other.quote) is None:
            symbol = purchase.instrument.symbol
            words = f"There is no fresh price of {symbol}, which is bought instead: nothing is sold before."
            return Waits(words=words)
    if prepared.average_volume is None:
        # Of a contract that was never traded here the daemon looks it up within moments.
        words = f"The broker has not said yet how much of {leg.instrument.symbol} is traded on a day."
        return Waits(words=words)
    if leg.role == LegRole.SELL:
        return _sale(leg, prepared, market)
    if leg.role == LegRole.RETURN_SELL:
        limit = _on_grid(market * (ONE - REACH), prepared, is_up=True)
        return _order(leg, Side.SELL, leg.quantity or ONE, limit)
    return _purchase(leg, prepared, market, now)


def _bought_instead(leg: HarvestLeg) -> list[HarvestLeg]:
    """What is bought with the proceeds of a leg that takes the loss: it must trade before that is sold."""
    if leg.role != LegRole.SELL:
        return []
    return [one for one in legs_of(leg.plan_id) if one.role == LegRole.BUY]


def _probe(plan: HarvestPlan, leg: HarvestLeg) -> OrderWanted:
    """An order of a leg as far as its market and its controls' facts are looked up by it."""
    side = Side.SELL if LegRole(leg.role).sells else Side.BUY
    ticket = OrderTicket(side=side, quantity=leg.quantity or ONE)
    return OrderWanted(portfolio_id=plan.portfolio_id, instrument_id=leg.instrument_id, ticket=ticket)


def _sale(leg: HarvestLeg, prepared: Prepared, market: Decimal) -> OrderWanted | Waits | Refuses:
    """The sale at the approved floor; a market that left the approved figures is asked about instead."""
    harvest = leg.plan.harvest
    if prepared.rate is None:
        return Waits(words="There is no exchange rate to go by.")
    price = ARITHMETIC.multiply(ARITHMETIC.multiply(market, prepared.rate), leg.instrument.multiplier)
    words = price_objection(facts_of_harvest(harvest), price)
    if not words and market < leg.plan.price_limit:
        words = f"The market at {market:f} is below the least that was approved, {leg.plan.price_limit:f}."
    if words:
        return Refuses(words=words, price=quantize(price))
    return _order(leg, Side.SELL, leg.quantity or ONE, leg.plan.price_limit)


def _purchase(leg: HarvestLeg, prepared: Prepared, market: Decimal, now: datetime) -> OrderWanted | Nothing:
    """As many whole shares as the money of the leg buys at the limit; the rest stays cash."""
    plan = leg.plan
    facts = plan_facts(plan, legs_of(plan.pk), now)
    budget = proceeds_left(facts, next(one for one in facts.legs if one.id == leg.pk))
    limit = _on_grid(market * (ONE + REACH), prepared, is_up=False)
    step = prepared.contract.size_increment
    fee = max(LEAST_COMMISSION, ARITHMETIC.multiply(ARITHMETIC.divide(budget, limit), COMMISSION_PER_SHARE))
    size = ARITHMETIC.multiply(limit, leg.instrument.multiplier)
    shares = whole_shares(budget, size, step, fee)
    if not shares:
        words = f"{budget:,.2f} buys less than one share of {leg.instrument.symbol}: it stays in cash."
        return Nothing(words=words)
    return _order(leg, Side.BUY, shares, limit)


def _order(leg: HarvestLeg, side: Side, quantity: Decimal, limit: Decimal) -> OrderWanted:
    lots = tuple(LotChoice(lot_id=UUID(lot["lot_id"]), quantity=Decimal(lot["quantity"])) for lot in leg.lots)
    return OrderWanted(
        portfolio_id=leg.plan.portfolio_id,
        instrument_id=leg.instrument_id,
        ticket=OrderTicket(side=side, quantity=quantity, kind=OrderKind.LIMIT, limit_price=limit),
        lots=lots,
    )


def _on_grid(price: Decimal, prepared: Prepared, *, is_up: bool) -> Decimal:
    tick = prepared.contract.min_tick
    rounding = ROUND_CEILING if is_up else ROUND_FLOOR
    steps = ARITHMETIC.divide(price, tick).to_integral_value(rounding=rounding)
    return quantize(ARITHMETIC.multiply(steps, tick))


def _of_refusal(refused: TradeRefused) -> Waits | Refuses:
    """What controls said: of this moment alone, or for good. Nobody is there to answer what they ask."""
    against = {
        verdict.name
        for one in refused.judged
        for verdict in one.verdicts
        if verdict.outcome in {Outcome.ASK, Outcome.DENY}
    }
    is_passing = against <= PASSING and not refused.should_halt
    return Waits(words=refused.detail) if is_passing else Refuses(words=refused.detail)


def _locked(leg_id: UUID) -> HarvestLeg:
    """The leg with its plan, both as they stand now; the plan's row is the lock of all its legs."""
    plan_id = HarvestLeg.objects.values_list("plan_id", flat=True).get(pk=leg_id)
    plan: HarvestPlan = plan_lock(plan_id)
    leg = HarvestLeg.objects.select_related("instrument", "placed_by").get(pk=leg_id)
    leg.plan = plan
    return leg


def _user(leg: HarvestLeg) -> User:
    if leg.placed_by is None:
        raise ValueError(f"nobody answers for leg {leg.pk}")
    return leg.placed_by


def _key(leg: HarvestLeg) -> str:
    return str(leg.pk)


def _content(leg: HarvestLeg) -> dict[str, str]:
    """Always the same for a leg, whatever the market makes of its size: its first order is its only one."""
    return {"harvest_leg": str(leg.pk)}


def _digest(leg: HarvestLeg) -> str:
    return digest_of("trade", _content(leg))


def _what(leg: HarvestLeg) -> str:
    verb = "Sale" if LegRole(leg.role).sells else "Purchase"
    quantity = leg.quantity or ONE
    limit = "" if leg.limit_price is None else f" at {leg.limit_price.normalize():f} or better"
    return f"{verb} of {quantity.normalize():f} {leg.instrument.symbol}{limit}"


def _sentences(error: DomainError) -> str:
    return " ".join([error.detail, *(one for group in error.fields.values() for one in group)])[:300]
