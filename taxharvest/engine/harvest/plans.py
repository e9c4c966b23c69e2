"""What a plan does next: pure, one step at a time, from how its legs and their orders stand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from uuid import UUID

from common.money import ARITHMETIC, quantize

ZERO, ONE = Decimal(0), Decimal(1)
# Shares of the proceeds are kept so finely.
SHARE_UNIT = Decimal("1E-12")
# A sale that is filled in part gives the rest up after this, so that the money is not out of the market.
PATIENCE = timedelta(minutes=15)
# How long after a sale its replacement is tried for: a weekend and a day.
BUYING = timedelta(days=3)
# Orders of one purchase that the broker may refuse before a person is asked.
MOST_ORDERS = 3
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=15)


class PlanState(StrEnum):
    """Where a plan stands; the words are those of its table."""

    READY = "ready"
    SELLING = "selling"
    BUYING = "buying"
    WATCHING = "watching"
    DECIDING = "deciding"
    RETURNING = "returning"
    DONE = "done"
    UNWINDING = "unwinding"
    STOPPED = "stopped"


class LegRole(StrEnum):
    """What a leg is for."""

    SELL = "sell"
    BUY = "buy"
    RETURN_SELL = "return_sell"
    RETURN_BUY = "return_buy"

    @property
    def sells(self) -> bool:
        """Whether it is a sale."""
        return self in {LegRole.SELL, LegRole.RETURN_SELL}


class LegState(StrEnum):
    """How a leg stands."""

    WAITING = "waiting"
    PLACED = "placed"
    FILLED = "filled"
    PARTLY = "partly"
    REFUSED = "refused"
    SKIPPED = "skipped"

    @property
    def is_settled(self) -> bool:
        """Whether nothing more comes of its order."""
        return self not in {LegState.WAITING, LegState.PLACED}


# A stopped plan goes on only when a person says how.
STEPS: Mapping[PlanState, frozenset[PlanState]] = {
    PlanState.READY: frozenset({PlanState.SELLING, PlanState.STOPPED}),
    PlanState.SELLING: frozenset({PlanState.BUYING, PlanState.UNWINDING, PlanState.STOPPED}),
    PlanState.UNWINDING: frozenset({PlanState.BUYING, PlanState.STOPPED}),
    PlanState.BUYING: frozenset({PlanState.WATCHING, PlanState.STOPPED}),
    PlanState.WATCHING: frozenset({PlanState.DECIDING}),
    PlanState.DECIDING: frozenset({PlanState.RETURNING, PlanState.DONE}),
    PlanState.RETURNING: frozenset({PlanState.DONE, PlanState.DECIDING, PlanState.STOPPED}),
    PlanState.STOPPED: frozenset({PlanState.BUYING, PlanState.WATCHING, PlanState.RETURNING, PlanState.DONE}),
    PlanState.DONE: frozenset(),
}


class UnlawfulPlanStep(Exception):
    """A step that cannot happen to a plan in its state."""


def plan_step(before: PlanState, after: PlanState) -> PlanState:
    """`after`, when the step may be taken. Raises UnlawfulPlanStep when it cannot happen."""
    if after not in STEPS[before]:
        raise UnlawfulPlanStep(f"a plan that is {before.value} cannot become {after.value}")
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStanding:
    """How a leg's order stands. `is_told` says that all its fills are known, with their commissions.

    `filled` are shares; `placed_day` is the exchange's day on which it was placed.
    """

    is_final: bool
    filled: Decimal
    is_told: bool
    is_cancel_wanted: bool
    placed_at: datetime
    placed_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFacts:
    """One order of a plan, made or to be made.

    `share` is its part of the proceeds, for a leg that buys. `quantity` is None until it was placed.
    `amount` is what its fills brought or cost, commission included, in the instrument's currency. It is not
    tried again before `due_at`.
    """

    id: UUID
    place: int
    role: LegRole
    instrument_id: UUID
    state: LegState
    share: Decimal = ONE
    quantity: Decimal | None = None
    filled: Decimal = ZERO
    amount: Decimal = ZERO
    order: OrderStanding | None = None
    due_at: datetime | None = None

    @property
    def is_short(self) -> bool:
        """Whether it came to less than it was for."""
        return self.state in {LegState.REFUSED, LegState.PARTLY}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """A plan as its next step needs it.

    `day` is the exchange's day at `now`. The sale is tried until `sell_until`, its replacement for some days
    after `sold_at`. `window_ends` is the last day on which a purchase would wash the loss (IRC 1091(a)).
    """

    state: PlanState
    legs: tuple[LegFacts, ...]
    now: datetime
    day: date
    sell_until: datetime
    trading_since: datetime
    window_ends: date | None = None

    def of(self, role: LegRole) -> tuple[LegFacts, ...]:
        """The legs of one role, in their order."""
        return tuple(leg for leg in self.legs if leg.role is role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The plan goes to another state."""

    state: PlanState
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLeg:
    """The order of a leg is placed, once for its key."""

    leg_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowLeg:
    """A leg takes over how its order ended."""

    leg_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """What has not filled of a leg's order is cancelled; a sale's plan unwinds."""

    leg_id: UUID
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseLeg:
    """A leg that was never placed is given up."""

    leg_id: UUID
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """What a purchase lacks is ordered anew, by a leg of its own."""

    leg_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """The loss is taken: windows are set, and what replaces it is bought."""

    filled: Decimal


Step = Move | PlaceLeg | FollowLeg | TakeBack | RefuseLeg | TryAgain | Sold


def next_step(plan: PlanFacts) -> Step | None:
    """The one thing to do now; None while the plan waits for the market, the broker, the day or a person."""
    return NEXT[plan.state](plan)


def proceeds_left(plan: PlanFacts, leg: LegFacts) -> Decimal:
    """Money for a leg that buys: its share of what the sales brought, less what earlier legs spent of it."""
    if leg.role is LegRole.BUY:
        brought = sum((one.amount for one in plan.of(LegRole.SELL)), ZERO)
    else:
        brought = _returned(plan)
    spent = sum(
        (
            one.amount
            for one in plan.of(leg.role)
            if one.instrument_id == leg.instrument_id and one.place < leg.place
        ),
        ZERO,
    )
    return quantize(ARITHMETIC.multiply(brought, leg.share)) - spent


def share_for_other(plan: PlanFacts, other_id: UUID) -> Decimal:
    """The share of the proceeds for `other_id` in the place of what could not be bought.

    It holds what is left of every part that came short, and what was spent on `other_id` before, which
    `proceeds_left` takes off again. Zero where nothing is left.
    """
    purchases = plan.of(LegRole.BUY)
    brought = sum((sale.amount for sale in plan.of(LegRole.SELL)), ZERO)
    left = ZERO
    for leg in _last_of_each(purchases):
        if leg.is_short:
            left += proceeds_left(plan, leg) - leg.amount
    if left <= 0:
        return ZERO
    before = sum((leg.amount for leg in purchases if leg.instrument_id == other_id), ZERO)
    return ARITHMETIC.divide(left + before, brought).quantize(SHARE_UNIT, rounding=ROUND_FLOOR)


def whole_shares(budget: Decimal, limit: Decimal, step: Decimal, commission: Decimal) -> Decimal:
    """How many shares `budget` buys at most at `limit`, in whole steps, with the commission paid from it."""
    left = budget - commission
    if left <= 0 or limit <= 0:
        return ZERO
    unit = ARITHMETIC.multiply(limit, step)
    steps = ARITHMETIC.divide(left, unit).to_integral_value(rounding=ROUND_FLOOR)
    return quantize(ARITHMETIC.multiply(steps, step))


def pause_after(attempts: int) -> timedelta:
    """The wait after so many attempts in vain: twice as long each time, a quarter of an hour at most."""
    doubled: int = 2 ** min(max(attempts - 1, 0), 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def lacks_replacement(plan: PlanFacts) -> bool:
    """Whether a part of the replacement was not bought, or a purchase back not made."""
    role = LegRole.RETURN_BUY if plan.of(LegRole.RETURN_BUY) else LegRole.BUY
    return any(leg.is_short for leg in _last_of_each(plan.of(role)))


def _ready(_plan: PlanFacts) -> Step | None:
    return Move(state=PlanState.SELLING, words="The sale begins.")


def _selling(plan: PlanFacts) -> Step | None:
    sale = plan.of(LegRole.SELL)[0]
    if sale.state is LegState.WAITING:
        return _placed_by(
            sale, plan, plan.sell_until, "The approval ran out before the sale could be placed."
        )
    if sale.state is LegState.PLACED:
        return _followed(sale, plan)
    return _after_sale(sale)


def _unwinding(plan: PlanFacts) -> Step | None:
    sale = plan.of(LegRole.SELL)[0]
    if sale.state is LegState.PLACED:
        return _ended(sale)
    return _after_sale(sale)


def _after_sale(sale: LegFacts) -> Step | None:
    if sale.filled > 0:
        return Sold(filled=sale.filled)
    return Move(state=PlanState.STOPPED, words="Nothing was sold, and nothing is left half done.")


def _buying(plan: PlanFacts) -> Step | None:
    step, is_done = _purchases(plan, plan.of(LegRole.BUY))
    if step is not None or not is_done:
        return step
    if lacks_replacement(plan):
        words = (
            "The loss is taken, and its replacement could not be bought in full: "
            "buy again, buy something else, or stay in cash until the window ends."
        )
        return Move(state=PlanState.STOPPED, words=words)
    return Move(state=PlanState.WATCHING, words="Bought. Every account of the household is watched now.")


def _watching(plan: PlanFacts) -> Step | None:
    if plan.window_ends is None or plan.day <= plan.window_ends:
        return None
    return Move(state=PlanState.DECIDING, words="The window has ended: switch back, stay or wait.")


def _returning(plan: PlanFacts) -> Step | None:
    sales = plan.of(LegRole.RETURN_SELL)
    for sale in sales:
        step = _sale_step(sale, plan)
        if step is not None:
            return step
    if not all(sale.state.is_settled for sale in sales):
        return None
    if sales and not any(sale.filled for sale in sales):
        return Move(state=PlanState.DECIDING, words="The replacement could not be sold: nothing has changed.")
    step, is_done = _purchases(plan, plan.of(LegRole.RETURN_BUY))
    if step is not None or not is_done:
        return step
    if lacks_replacement(plan):
        words = "The replacement is sold and could not be bought back in full: buy again, or stay in cash."
        return Move(state=PlanState.STOPPED, words=words)
    return Move(state=PlanState.DONE, words="Switched back.")


def _nothing(_plan: PlanFacts) -> Step | None:
    return None


def _sale_step(sale: LegFacts, plan: PlanFacts) -> Step | None:
    if sale.state is LegState.WAITING:
        until = plan.trading_since + BUYING
        return _placed_by(sale, plan, until, "It could not be placed for three days.")
    return _followed(sale, plan) if sale.state is LegState.PLACED else None


def _purchases(plan: PlanFacts, legs: Sequence[LegFacts]) -> tuple[Step | None, bool]:
    """The next step of the purchases, and whether all of them have settled for good."""
    for leg in legs:
        if (step := _purchase_step(leg, plan)) is not None:
            return step, False
    for leg in _last_of_each(legs):
        if leg.is_short and _may_try(plan, legs, leg):
            return TryAgain(leg_id=leg.id), False
    return None, all(leg.state.is_settled for leg in legs)


def _purchase_step(leg: LegFacts, plan: PlanFacts) -> Step | None:
    if leg.state is LegState.PLACED:
        return _followed(leg, plan)
    if leg.state is not LegState.WAITING:
        return None
    return _placed_by(leg, plan, plan.trading_since + BUYING, "It could not be placed for three days.")


def _placed_by(leg: LegFacts, plan: PlanFacts, until: datetime, words: str) -> Step | None:
    if plan.now >= until:
        return RefuseLeg(leg_id=leg.id, words=words)
    if leg.due_at is not None and plan.now < leg.due_at:
        return None
    return PlaceLeg(leg_id=leg.id)


def _followed(leg: LegFacts, plan: PlanFacts) -> Step | None:
    """Take over how the order ended; take it back when its day is over, or a part is filled for too long."""
    order = leg.order
    if order is None or order.is_final or order.is_cancel_wanted:
        return _ended(leg)
    if plan.day > order.placed_day:
        return TakeBack(leg_id=leg.id, words="It had not filled by the end of the day.")
    if leg.role.sells and order.filled > 0 and plan.now - order.placed_at >= PATIENCE:
        return TakeBack(leg_id=leg.id, words="The rest had not filled after a quarter of an hour.")
    return None


def _ended(leg: LegFacts) -> Step | None:
    is_over = leg.order is not None and leg.order.is_final and leg.order.is_told
    return FollowLeg(leg_id=leg.id) if is_over else None


def _may_try(plan: PlanFacts, legs: Sequence[LegFacts], last: LegFacts) -> bool:
    tries = sum(leg.instrument_id == last.instrument_id for leg in legs)
    return tries < MOST_ORDERS and plan.now < plan.trading_since + BUYING


def _last_of_each(legs: Sequence[LegFacts]) -> list[LegFacts]:
    return list({leg.instrument_id: leg for leg in legs}.values())


def _returned(plan: PlanFacts) -> Decimal:
    """What is there to buy back with: the replacement's proceeds, or the sale's where none was bought."""
    sales = plan.of(LegRole.RETURN_SELL) or plan.of(LegRole.SELL)
    return sum((sale.amount for sale in sales), ZERO)


NEXT: Mapping[PlanState, Callable[[PlanFacts], Step | None]] = {
    PlanState.READY: _ready,
    PlanState.SELLING: _selling,
    PlanState.UNWINDING: _unwinding,
    PlanState.BUYING: _buying,
    PlanState.WATCHING: _watching,
    PlanState.DECIDING: _nothing,
    PlanState.RETURNING: _returning,
    PlanState.DONE: _nothing,
    PlanState.STOPPED: _nothing,
}
