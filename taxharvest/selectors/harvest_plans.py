"""Plans as the rules and the pages see them: how their legs and orders stand, and whose are due."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Viewer
from common.errors import NotFound
from common.money import ARITHMETIC, quantize
from portfolios.engine.holding import long_from
from portfolios.models import Lot
from portfolios.selectors.prices import quote_on
from taxharvest.engine.harvest.plans import (
    LegFacts,
    LegRole,
    LegState,
    OrderStanding,
    PlanFacts,
    PlanState,
)
from taxharvest.engine.harvest.returns import HeldPart, ReturnTerms
from taxharvest.models import HarvestLeg, HarvestPlan, HarvestPlanEvent
from taxharvest.selectors.marginal_rates import household_rates
from trading.models import Execution, Order
from trading.selectors.controls import exchange_day
from trading.selectors.orders import facts_of

ZERO = Decimal(0)
# How long an approved sale is tried for: a weekend and a day.
SELLING = timedelta(days=3)
# Fills wait this long for their commission, as the ledger does.
COMMISSION_WAIT = timedelta(seconds=30)
# Of a switch back: half the gap between bid and ask, both ways, and two orders.
HALF_SPREAD, COMMISSION = Decimal("0.0003"), Decimal(1)


def plans_due(now: datetime) -> list[UUID]:
    """Plans for which something may have to be done: those that trade, and whose window has ended."""
    ended = Q(state=PlanState.WATCHING, window_ends__lt=exchange_day(now))
    reminded = Q(state=PlanState.DECIDING, choice="wait")
    rows = HarvestPlan.objects.filter(Q(state__in=HarvestPlan.LIVING) | ended | reminded)
    return list(rows.order_by("created_at", "pk").values_list("pk", flat=True))


def plan_facts(plan: HarvestPlan, legs: Collection[HarvestLeg], now: datetime) -> PlanFacts:
    """A plan with its legs as its next step needs it."""
    return PlanFacts(
        state=PlanState(plan.state),
        legs=tuple(_leg(leg, now) for leg in legs),
        now=now,
        day=exchange_day(now),
        sell_until=plan.created_at + SELLING,
        trading_since=plan.state_since,
        window_ends=plan.window_ends,
    )


def legs_of(plan_id: UUID) -> list[HarvestLeg]:
    """The legs of a plan in their order, with their orders, fills and instruments."""
    rows = HarvestLeg.objects.filter(plan_id=plan_id).select_related("order", "instrument", "placed_by")
    return list(rows.prefetch_related("order__executions").order_by("place"))


def fills_amount(order: Order) -> Decimal:
    """What the fills of an order brought, or cost, with their commissions; in its currency, positive."""
    total, charged = ZERO, ZERO
    for fill in Execution.objects.filter(order=order).select_related("instrument"):
        total += ARITHMETIC.multiply(
            ARITHMETIC.multiply(fill.quantity, fill.price), fill.instrument.multiplier
        )
        is_own_currency = fill.commission_currency in {"", fill.currency}
        charged += (fill.commission or ZERO) if is_own_currency else ZERO
    return quantize(total - charged if order.side == "sell" else total + charged)


def sold_day(order: Order) -> datetime | None:
    """The moment of an order's last fill; None when nothing is filled."""
    rows = Execution.objects.filter(order=order, quantity__gt=0).order_by("-executed_at")
    return rows.values_list("executed_at", flat=True).first()


def lots_bought(plan: HarvestPlan) -> dict[UUID, list[Lot]]:
    """Lots that the plan's purchases opened and that are still held, by instrument."""
    bought = Execution.objects.filter(
        order__harvest_leg__plan=plan, order__harvest_leg__role=LegRole.BUY, transaction__isnull=False
    )
    rows = Lot.objects.filter(
        portfolio_id=plan.portfolio_id, transaction_id__in=bought.values("transaction_id"), quantity__gt=0
    )
    found: dict[UUID, list[Lot]] = {}
    for lot in rows.select_related("instrument").order_by("acquired", "root_id", "id"):
        found.setdefault(lot.instrument_id, []).append(lot)
    return found


def held_parts(plan: HarvestPlan, now: datetime) -> list[HeldPart] | None:
    """The replacement as it is held, valued at the last close; None when a price or a basis is missing."""
    day = exchange_day(now)
    parts: list[HeldPart] = []
    for instrument_id, lots in lots_bought(plan).items():
        quote = quote_on(plan.portfolio.household_id, instrument_id, day)
        for lot in lots:
            if quote.close is None or lot.basis_base is None or lot.holding_date is None:
                return None
            rate = _base_rate(lot)
            long_on = long_from(lot.holding_date)
            parts.append(
                HeldPart(
                    symbol=lot.instrument.symbol,
                    value=quantize(ARITHMETIC.multiply(ARITHMETIC.multiply(lot.quantity, quote.close), rate)),
                    basis=lot.basis_base,
                    is_long=long_on <= day,
                    long_on=long_on,
                )
            )
    return parts


def return_terms(plan: HarvestPlan, value: Decimal, now: datetime) -> ReturnTerms:
    """What switching back is weighed by, for the household of a plan."""
    known = household_rates(plan.portfolio.household_id, exchange_day(now)).rates
    spread = ARITHMETIC.multiply(value, HALF_SPREAD * 2)
    return ReturnTerms(
        day=exchange_day(now),
        currency=plan.harvest.currency,
        short_rate=None if known is None else known.short,
        long_rate=None if known is None else known.long,
        costs=quantize(spread) + COMMISSION * 2,
        tracking_error=plan.harvest.tracking_error,
    )


def plan_list(user: Viewer) -> QuerySet[HarvestPlan]:
    """Plans that `user` may see, newest first."""
    rows = HarvestPlan.objects.visible_to(user).select_related("harvest__instrument", "portfolio")
    return rows.order_by("-created_at", "-pk")


def plan_get(user: Viewer, plan_id: UUID) -> HarvestPlan:
    """One plan with its legs, orders and history. Raises NotFound for any that is not there to be seen."""
    legs = HarvestLeg.objects.select_related("order", "instrument").order_by("place")
    events = HarvestPlanEvent.objects.select_related("actor")
    found: HarvestPlan | None = (
        plan_list(user)
        .select_related("harvest__decided_by", "harvest__proposed_by", "portfolio__broker_account__gateway")
        .prefetch_related(Prefetch("legs", legs), Prefetch("events", events))
        .filter(pk=plan_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such plan.", code="not-found")
    return found


def may_trade_plan(user: Viewer, plan_id: UUID) -> bool:
    """Whether `user` may decide about a plan: of the household, never by a grant."""
    return HarvestPlan.objects.tradable_by(user).filter(pk=plan_id).exists()


def plan_lock(plan_id: UUID) -> HarvestPlan:
    """The row of a plan, locked for the rest of the transaction."""
    rows = HarvestPlan.objects.select_for_update(of=("self",)).select_related(
        "harvest__instrument", "portfolio"
    )
    found: HarvestPlan = rows.get(pk=plan_id)
    return found


def _leg(leg: HarvestLeg, now: datetime) -> LegFacts:
    return LegFacts(
        id=leg.pk,
        place=leg.place,
        role=LegRole(leg.role),
        instrument_id=leg.instrument_id,
        state=LegState(leg.state),
        share=leg.share,
        quantity=leg.quantity,
        filled=leg.filled,
        amount=leg.amount,
        order=None if leg.order is None else _standing(leg.order, now),
        due_at=leg.due_at,
    )


def _standing(order: Order, now: datetime) -> OrderStanding:
    facts = facts_of(order)
    return OrderStanding(
        is_final=facts.state.is_final,
        filled=order.filled,
        is_told=not facts.missing_fill and _is_charged(order, now),
        is_cancel_wanted=order.cancel_wanted_at is not None,
        placed_at=order.created_at,
        placed_day=exchange_day(order.created_at),
    )


def _is_charged(order: Order, now: datetime) -> bool:
    """Whether the commissions of all fills are known, or have been waited for."""
    return all(
        fill.commission is not None or now - fill.created_at >= COMMISSION_WAIT
        for fill in order.executions.all()
    )


def _base_rate(lot: Lot) -> Decimal:
    """Units of the account's currency for one of the lot's, as its basis has it."""
    if lot.basis is None or lot.basis_base is None or not lot.basis:
        return Decimal(1)
    return ARITHMETIC.divide(lot.basis_base, lot.basis)
