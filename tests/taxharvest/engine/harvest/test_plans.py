"""A plan does one thing at a time, and whatever happens to its orders it comes to an end in words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxharvest.engine.harvest.plans import (
    BUYING,
    MOST_ORDERS,
    STEPS,
    FollowLeg,
    LegFacts,
    LegRole,
    LegState,
    Move,
    OrderStanding,
    PlaceLeg,
    PlanFacts,
    PlanState,
    RefuseLeg,
    Sold,
    TakeBack,
    TryAgain,
    UnlawfulPlanStep,
    next_step,
    pause_after,
    plan_step,
    proceeds_left,
    share_for_other,
    whole_shares,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
ACME, GLBX, INIT = (UUID(int=number) for number in (1, 2, 3))


def standing(**changes: Any) -> OrderStanding:
    """An order that was placed an hour ago and works."""
    facts = OrderStanding(
        is_final=False, filled=Decimal(0), is_told=True, is_cancel_wanted=False,
        placed_at=NOW - timedelta(hours=1), placed_day=TODAY,
    )  # fmt: skip
    return replace(facts, **changes)


def leg(place: int, role: LegRole, instrument: UUID, **changes: Any) -> LegFacts:
    facts = LegFacts(
        id=UUID(int=100 + place), place=place, role=role, instrument_id=instrument, state=LegState.WAITING
    )
    return replace(facts, **changes)


SALE = leg(1, LegRole.SELL, ACME, quantity=Decimal(10))
SOLD_LEG = replace(SALE, state=LegState.FILLED, filled=Decimal(10), amount=Decimal(1000))
BUY = leg(2, LegRole.BUY, GLBX)


def plan(state: PlanState, *legs: LegFacts, **changes: Any) -> PlanFacts:
    facts = PlanFacts(
        state=state, legs=legs, now=NOW, day=TODAY, sell_until=NOW + timedelta(days=1), trading_since=NOW
    )
    return replace(facts, **changes)


@pytest.mark.parametrize(("before", "after"), list(product(PlanState, PlanState)))
def test_every_step_is_taken_or_refused_as_the_table_says(before: PlanState, after: PlanState) -> None:
    if after in STEPS[before]:
        assert plan_step(before, after) is after
    else:
        with pytest.raises(UnlawfulPlanStep):
            plan_step(before, after)


def test_a_plan_sells_first_and_buys_only_what_was_sold() -> None:
    assert next_step(plan(PlanState.READY, SALE, BUY)) == Move(
        state=PlanState.SELLING, words="The sale begins."
    )
    assert next_step(plan(PlanState.SELLING, SALE, BUY)) == PlaceLeg(leg_id=SALE.id)
    placed = replace(SALE, state=LegState.PLACED, order=standing())
    assert next_step(plan(PlanState.SELLING, placed, BUY)) is None
    over = replace(placed, order=standing(is_final=True, filled=Decimal(10)))
    assert next_step(plan(PlanState.SELLING, over, BUY)) == FollowLeg(leg_id=SALE.id)
    assert next_step(plan(PlanState.SELLING, SOLD_LEG, BUY)) == Sold(filled=Decimal(10))
    assert next_step(plan(PlanState.BUYING, SOLD_LEG, BUY)) == PlaceLeg(leg_id=BUY.id)


def test_an_order_whose_fills_are_not_told_yet_is_waited_for() -> None:
    order = standing(is_final=True, filled=Decimal(10), is_told=False)
    assert next_step(plan(PlanState.SELLING, replace(SALE, state=LegState.PLACED, order=order))) is None


def test_a_sale_that_is_refused_stops_the_plan_with_nothing_sold() -> None:
    refused = replace(SALE, state=LegState.REFUSED)
    assert next_step(plan(PlanState.SELLING, refused, BUY)) == Move(
        state=PlanState.STOPPED, words="Nothing was sold, and nothing is left half done."
    )


def test_a_sale_that_has_not_filled_by_the_end_of_its_day_is_taken_back() -> None:
    placed = replace(SALE, state=LegState.PLACED, order=standing())
    tomorrow = plan(PlanState.SELLING, placed, BUY, day=date(2026, 3, 3))
    assert next_step(tomorrow) == TakeBack(leg_id=SALE.id, words="It had not filled by the end of the day.")
    wanted = replace(placed, order=standing(is_cancel_wanted=True))
    assert next_step(plan(PlanState.UNWINDING, wanted, BUY)) is None


def test_the_rest_of_a_sale_is_taken_back_after_a_quarter_of_an_hour() -> None:
    fresh = standing(filled=Decimal(4), placed_at=NOW - timedelta(minutes=14))
    old = replace(fresh, placed_at=NOW - timedelta(minutes=15))
    placed = replace(SALE, state=LegState.PLACED)
    assert next_step(plan(PlanState.SELLING, replace(placed, order=fresh))) is None
    assert next_step(plan(PlanState.SELLING, replace(placed, order=old))) == TakeBack(
        leg_id=SALE.id, words="The rest had not filled after a quarter of an hour."
    )


def test_what_filled_before_it_was_taken_back_is_sold_and_replaced() -> None:
    partly = replace(SALE, state=LegState.PARTLY, filled=Decimal(4), amount=Decimal(400))
    assert next_step(plan(PlanState.UNWINDING, partly, BUY)) == Sold(filled=Decimal(4))
    assert proceeds_left(plan(PlanState.BUYING, partly, BUY), BUY) == Decimal(400)


def test_a_sale_is_given_up_when_its_approval_has_run_out() -> None:
    late = plan(PlanState.SELLING, SALE, sell_until=NOW)
    assert next_step(late) == RefuseLeg(
        leg_id=SALE.id, words="The approval ran out before the sale could be placed."
    )


def test_a_leg_that_waits_is_not_tried_before_its_time() -> None:
    waiting = replace(SALE, due_at=NOW + timedelta(seconds=1))
    assert next_step(plan(PlanState.SELLING, waiting)) is None
    assert next_step(plan(PlanState.SELLING, replace(waiting, due_at=NOW))) == PlaceLeg(leg_id=SALE.id)


def test_one_purchase_that_waits_does_not_hold_up_another() -> None:
    waiting = replace(BUY, due_at=NOW + timedelta(minutes=1))
    other = leg(3, LegRole.BUY, INIT)
    assert next_step(plan(PlanState.BUYING, SOLD_LEG, waiting, other)) == PlaceLeg(leg_id=other.id)


def test_a_refused_purchase_is_tried_three_times_then_a_person_is_asked() -> None:
    legs = [SOLD_LEG]
    for place in range(2, 2 + MOST_ORDERS):
        legs.append(leg(place, LegRole.BUY, GLBX, state=LegState.REFUSED))
        step = next_step(plan(PlanState.BUYING, *legs))
        if place < 1 + MOST_ORDERS:
            assert step == TryAgain(leg_id=legs[-1].id)
    assert isinstance(step, Move)
    assert step.state is PlanState.STOPPED
    assert "buy something else, or stay in cash" in step.words


def test_a_purchase_is_not_tried_for_longer_than_three_days() -> None:
    late = plan(PlanState.BUYING, SOLD_LEG, BUY, trading_since=NOW - BUYING)
    assert next_step(late) == RefuseLeg(leg_id=BUY.id, words="It could not be placed for three days.")


def test_what_a_purchase_lacks_is_bought_with_what_is_left_of_its_share() -> None:
    partly = replace(
        BUY, share=Decimal("0.6"), state=LegState.PARTLY, quantity=Decimal(6), filled=Decimal(2),
        amount=Decimal(101),
    )  # fmt: skip
    again = leg(3, LegRole.BUY, GLBX, share=Decimal("0.6"))
    facts = plan(PlanState.BUYING, SOLD_LEG, partly, again)
    assert next_step(plan(PlanState.BUYING, SOLD_LEG, partly)) == TryAgain(leg_id=BUY.id)
    assert proceeds_left(facts, again) == Decimal(499)
    assert proceeds_left(facts, partly) == Decimal(600)


def test_a_purchase_that_needs_no_share_leaves_the_plan_watching() -> None:
    skipped = replace(BUY, state=LegState.SKIPPED)
    step = next_step(plan(PlanState.BUYING, SOLD_LEG, skipped))
    assert isinstance(step, Move)
    assert step.state is PlanState.WATCHING


def test_a_plan_without_a_replacement_watches_at_once() -> None:
    step = next_step(plan(PlanState.BUYING, SOLD_LEG))
    assert isinstance(step, Move)
    assert step.state is PlanState.WATCHING


@pytest.mark.parametrize(("day", "is_over"), [(date(2026, 4, 1), False), (date(2026, 4, 2), True)])
def test_the_window_ends_after_its_last_day(day: date, is_over: bool) -> None:
    facts = plan(PlanState.WATCHING, SOLD_LEG, day=day, window_ends=date(2026, 4, 1))
    step = next_step(facts)
    assert (step is not None) is is_over


@pytest.mark.parametrize("state", [PlanState.DECIDING, PlanState.DONE, PlanState.STOPPED])
def test_a_plan_that_waits_for_a_person_does_nothing(state: PlanState) -> None:
    assert next_step(plan(state, SALE, BUY)) is None


def test_switching_back_sells_all_parts_before_it_buys() -> None:
    sells = [
        leg(3, LegRole.RETURN_SELL, GLBX, quantity=Decimal(6)),
        leg(4, LegRole.RETURN_SELL, INIT, quantity=Decimal(2)),
    ]
    back = leg(5, LegRole.RETURN_BUY, ACME)
    assert next_step(plan(PlanState.RETURNING, SOLD_LEG, *sells, back)) == PlaceLeg(leg_id=sells[0].id)
    done = replace(sells[0], state=LegState.FILLED, filled=Decimal(6), amount=Decimal(300))
    works = replace(sells[1], state=LegState.PLACED, order=standing())
    assert next_step(plan(PlanState.RETURNING, SOLD_LEG, done, works, back)) is None
    other = replace(works, state=LegState.FILLED, filled=Decimal(2), amount=Decimal(50))
    facts = plan(PlanState.RETURNING, SOLD_LEG, done, other, back)
    assert next_step(facts) == PlaceLeg(leg_id=back.id)
    assert proceeds_left(facts, back) == Decimal(350)


def test_a_replacement_that_cannot_be_sold_leaves_everything_as_it_was() -> None:
    refused = leg(3, LegRole.RETURN_SELL, GLBX, state=LegState.REFUSED)
    step = next_step(plan(PlanState.RETURNING, SOLD_LEG, refused, leg(4, LegRole.RETURN_BUY, ACME)))
    assert step == Move(
        state=PlanState.DECIDING, words="The replacement could not be sold: nothing has changed."
    )


def test_cash_buys_back_with_what_the_sale_brought() -> None:
    back = leg(3, LegRole.RETURN_BUY, ACME)
    assert proceeds_left(plan(PlanState.RETURNING, SOLD_LEG, back), back) == Decimal(1000)


def returning(*backs: LegFacts, **changes: Any) -> PlanFacts:
    """A plan whose replacement is sold and that buys back."""
    sold = leg(3, LegRole.RETURN_SELL, GLBX, state=LegState.FILLED, filled=Decimal(6), amount=Decimal(300))
    return plan(PlanState.RETURNING, SOLD_LEG, sold, *backs, **changes)


def test_a_plan_that_has_bought_back_is_done() -> None:
    back = leg(4, LegRole.RETURN_BUY, ACME, state=LegState.FILLED, filled=Decimal(3), amount=Decimal(297))
    assert next_step(returning(back)) == Move(state=PlanState.DONE, words="Switched back.")


def test_a_purchase_back_that_fails_is_tried_anew_and_then_a_person_is_asked() -> None:
    backs = [leg(4, LegRole.RETURN_BUY, ACME, state=LegState.REFUSED)]
    while isinstance(step := next_step(returning(*backs)), TryAgain):
        assert step.leg_id == backs[-1].id
        backs.append(leg(4 + len(backs), LegRole.RETURN_BUY, ACME, state=LegState.REFUSED))
    assert len(backs) == MOST_ORDERS
    assert step == Move(
        state=PlanState.STOPPED,
        words="The replacement is sold and could not be bought back in full: buy again, or stay in cash.",
    )


def test_a_purchase_back_that_works_is_waited_for() -> None:
    back = leg(4, LegRole.RETURN_BUY, ACME, state=LegState.PLACED, order=standing())
    assert next_step(returning(back)) is None


def test_a_purchase_that_was_placed_is_followed_to_its_end() -> None:
    placed = replace(BUY, state=LegState.PLACED)
    works = replace(placed, order=standing())
    assert next_step(plan(PlanState.BUYING, SOLD_LEG, works)) is None
    over = replace(placed, order=standing(is_final=True, filled=Decimal(6)))
    assert next_step(plan(PlanState.BUYING, SOLD_LEG, over)) == FollowLeg(leg_id=BUY.id)
    assert next_step(plan(PlanState.BUYING, SOLD_LEG, works, day=date(2026, 3, 3))) == TakeBack(
        leg_id=BUY.id, words="It had not filled by the end of the day."
    )


def test_a_purchase_that_is_filled_in_part_keeps_its_day() -> None:
    """A sale gives its rest up after a quarter of an hour; a purchase has the whole day for it."""
    slow = replace(BUY, state=LegState.PLACED, order=standing(filled=Decimal(2)))
    assert next_step(plan(PlanState.BUYING, SOLD_LEG, slow)) is None


def test_what_is_left_of_the_proceeds_has_a_share_for_something_else() -> None:
    """1,000 were brought; of 600 for one 150 were spent, and of 400 for another nothing."""
    other = UUID(int=9)
    partly = leg(2, LegRole.BUY, GLBX, state=LegState.PARTLY, share=Decimal("0.6"), amount=Decimal(150))
    refused = leg(3, LegRole.BUY, INIT, state=LegState.REFUSED, share=Decimal("0.4"))
    stopped = plan(PlanState.STOPPED, SOLD_LEG, partly, refused)
    assert share_for_other(stopped, other) == Decimal("0.85")
    # What was spent on it before is taken off again when it is ordered.
    assert share_for_other(stopped, GLBX) == Decimal(1)
    third = leg(4, LegRole.BUY, GLBX, share=Decimal(1))
    assert proceeds_left(plan(PlanState.BUYING, SOLD_LEG, partly, refused, third), third) == Decimal(850)
    bought = replace(BUY, state=LegState.FILLED, amount=Decimal(990))
    assert share_for_other(plan(PlanState.STOPPED, SOLD_LEG, bought), other) == 0


@pytest.mark.parametrize(
    ("budget", "shares"), [("1000", "19"), ("961", "19"), ("960.99", "18"), ("51", "0"), ("-5", "0")]
)
def test_a_budget_buys_whole_shares_and_pays_the_commission(budget: str, shares: str) -> None:
    # 19 shares at 50.50 are 959.50; the commission is 1.50.
    assert whole_shares(Decimal(budget), Decimal("50.5"), Decimal(1), Decimal("1.5")) == Decimal(shares)


def test_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    seconds = [pause_after(attempts).total_seconds() for attempts in (1, 2, 3, 4, 7, 8, 100)]
    assert seconds == [10, 20, 40, 80, 640, 900, 900]


@given(
    fates=st.lists(st.sampled_from(["fill", "part", "refuse", "skip"]), min_size=1, max_size=4),
    again=st.sampled_from(["fill", "refuse"]),
)
def test_every_fate_of_the_purchases_ends_in_a_state_that_needs_no_worker(
    fates: list[str], again: str
) -> None:
    legs: list[LegFacts] = [
        SOLD_LEG, *(leg(place, LegRole.BUY, UUID(int=place)) for place in range(2, 2 + len(fates)))
    ]  # fmt: skip
    fate_of = {one.id: fate for one, fate in zip(legs[1:], fates, strict=True)}
    for _ in range(50):
        step = next_step(plan(PlanState.BUYING, *legs))
        if isinstance(step, Move):
            break
        if isinstance(step, TryAgain):
            before = next(one for one in legs if one.id == step.leg_id)
            legs.append(leg(len(legs) + 1, LegRole.BUY, before.instrument_id))
            fate_of[legs[-1].id] = again
            continue
        assert isinstance(step, PlaceLeg)
        legs = [_ended(one, fate_of[one.id]) if one.id == step.leg_id else one for one in legs]
    lacks = any(
        one.is_short for one in {leg.instrument_id: leg for leg in legs if leg.role is LegRole.BUY}.values()
    )
    assert isinstance(step, Move)
    assert step.state is (PlanState.STOPPED if lacks else PlanState.WATCHING)
    assert max(sum(two.instrument_id == one.instrument_id for two in legs) for one in legs) <= MOST_ORDERS


def _ended(one: LegFacts, fate: str) -> LegFacts:
    ended = {
        "fill": (LegState.FILLED, Decimal(4)),
        "part": (LegState.PARTLY, Decimal(1)),
        "refuse": (LegState.REFUSED, Decimal(0)),
        "skip": (LegState.SKIPPED, Decimal(0)),
    }
    state, filled = ended[fate]
    return replace(one, state=state, quantity=Decimal(4), filled=filled, amount=filled * 50)
