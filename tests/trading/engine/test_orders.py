"""The life of an order, one rule at a time."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.trading.engine.order_world import ORDER_ID, QUANTITY, told
from trading.engine.order_events import (
    BrokerSaid,
    CancelWanted,
    Doubted,
    Executed,
    Expired,
    Leased,
    LeaseExpired,
    OrderEvent,
    ProvenAbsent,
    RefusedLocally,
    Rejected,
    SettledByHand,
)
from trading.engine.order_lives import OrderLife, with_life
from trading.engine.orders import OrderFacts, UnlawfulStep, order_step
from trading.engine.records import OrderState

PENDING, SENDING, SUBMITTED = OrderState.PENDING, OrderState.SENDING, OrderState.SUBMITTED
PARTLY, UNKNOWN = OrderState.PARTIALLY_FILLED, OrderState.UNKNOWN
FILLED, CANCELLED, REJECTED = OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED

NEW = OrderFacts(id=ORDER_ID, quantity=QUANTITY)
LEASED = Leased(epoch=1)
DOUBT = Doubted(reason="timeout")
ABSENT_ONCE, ABSENT_TWICE = ProvenAbsent(inquiry=1, epoch=1), ProvenAbsent(inquiry=2, epoch=1)


def said(state: OrderState, **changes: Any) -> BrokerSaid:
    """The broker tells a state."""
    return BrokerSaid(order=told(state, **changes))


def fills(quantity: int, *perm_ids: int) -> Executed:
    """So much is filled by now."""
    return Executed(filled=Decimal(quantity), average_price=Decimal(5), perm_ids=perm_ids)


def after(*events: OrderEvent, order: OrderFacts = NEW) -> OrderFacts:
    """The order after the events."""
    for event in events:
        order = order_step(order, event)
    return order


SENT = after(LEASED)
OPEN = after(LEASED, said(SUBMITTED))
IN_DOUBT = after(LEASED, DOUBT)
GONE = after(LEASED, DOUBT, ABSENT_ONCE, ABSENT_TWICE)


def test_an_order_goes_from_pending_to_filled() -> None:
    steps: list[OrderEvent] = [
        LEASED,
        said(SUBMITTED),
        fills(4, 7),
        said(PARTLY, filled=4),
        fills(10, 7),
        said(FILLED, filled=10),
    ]
    orders = [after(*steps[:count]) for count in range(1, len(steps) + 1)]
    order = orders[-1]

    assert [each.state for each in orders] == [SENDING, SUBMITTED, PARTLY, PARTLY, FILLED, FILLED]
    assert (order.attempt, order.epoch, order.version) == (1, 1, 6)
    assert (order.filled, order.remaining, order.average_price) == (Decimal(10), Decimal(0), Decimal(5))
    assert (order.perm_ids, order.stray_perm_ids, order.missing_fill) == ((7,), (), Decimal(0))


@pytest.mark.parametrize(
    ("order", "event"),
    [
        (OPEN, said(SUBMITTED)),
        (OPEN, LeaseExpired(epoch=1)),
        (OPEN, ABSENT_ONCE),
        (OPEN, said(SENDING)),
        (SENT, LeaseExpired(epoch=2)),
        (after(CancelWanted(), order=OPEN), CancelWanted()),
        (after(Expired(), order=SENT), Expired()),
        (IN_DOUBT, DOUBT),
        (IN_DOUBT, ProvenAbsent(inquiry=1, epoch=0)),
        (after(ABSENT_ONCE, order=IN_DOUBT), ABSENT_ONCE),
        (NEW, Executed(filled=Decimal(0), average_price=None)),
    ],
)
def test_what_is_late_or_repeated_changes_nothing(order: OrderFacts, event: OrderEvent) -> None:
    assert order_step(order, event) is order


@pytest.mark.parametrize(
    "order",
    [
        after(said(FILLED, filled=10), fills(10, 7), order=SENT),
        after(said(CANCELLED), order=OPEN),
        after(Rejected(reason="no margin"), order=OPEN),
        after(RefusedLocally(reason="too large")),
    ],
    ids=["filled", "cancelled", "rejected", "refused"],
)
@pytest.mark.parametrize(
    "event",
    [
        said(SUBMITTED),
        said(PARTLY),
        said(UNKNOWN, is_open=False),
        said(REJECTED),
        Rejected(reason="late"),
        RefusedLocally(reason="late"),
        DOUBT,
        CancelWanted(),
        Expired(),
        LeaseExpired(epoch=1),
        ProvenAbsent(inquiry=9, epoch=9),
        SettledByHand(reason="late"),
    ],
)
def test_words_do_not_move_a_final_state(order: OrderFacts, event: OrderEvent) -> None:
    assert order_step(order, event).state is order.state


@pytest.mark.parametrize("state", [CANCELLED, FILLED])
def test_a_final_order_must_not_be_sent(state: OrderState) -> None:
    with pytest.raises(UnlawfulStep, match=f"an order that is {state.value} must not be sent"):
        after(said(state), LEASED, order=SENT)


# Doubt and absence


def test_a_worker_that_went_away_leaves_an_order_in_doubt() -> None:
    order = after(LEASED, LeaseExpired(epoch=1))

    assert order.state is UNKNOWN
    assert order.reason == "The worker that was sending the order went away."


@pytest.mark.parametrize("order", [NEW, SENT, OPEN, after(fills(4, 7), order=OPEN)])
def test_doubt_is_unknown_and_never_rejected(order: OrderFacts) -> None:
    doubtful = order_step(order, DOUBT)

    assert (doubtful.state, doubtful.reason) == (UNKNOWN, "timeout")


@pytest.mark.parametrize(
    "words",
    [
        said(UNKNOWN, words="Inactive"),
        said(SUBMITTED, is_open=False, words="Inactive"),
        said(FILLED, is_open=True, words="Inactive"),
        said(SENDING, is_open=False, words="Inactive"),
    ],
)
def test_words_that_contradict_themselves_are_doubt(words: BrokerSaid) -> None:
    order = order_step(OPEN, words)

    assert (order.state, order.reason, order.stray_perm_ids) == (UNKNOWN, "Inactive", ())


def test_doubt_without_words_has_a_sentence() -> None:
    assert after(said(UNKNOWN), order=OPEN).reason == "The broker's words do not say how the order stands."


def test_one_proof_of_absence_is_not_enough_to_send_again() -> None:
    order = after(ABSENT_ONCE, order=IN_DOUBT)

    assert not order.may_be_resent
    with pytest.raises(UnlawfulStep, match="unknown must not be sent"):
        order_step(order, LEASED)


def test_two_proofs_of_absence_let_the_order_be_sent_again() -> None:
    assert GONE.may_be_resent
    assert not GONE.needs_operator

    again = order_step(GONE, LEASED)

    assert (again.state, again.attempt, again.absences, again.reason) == (SENDING, 2, 0, "")


def test_a_newer_worker_must_ask_for_itself() -> None:
    with pytest.raises(UnlawfulStep, match="belongs to epoch 1, not to 2"):
        order_step(GONE, Leased(epoch=2))

    taken_over = order_step(GONE, ProvenAbsent(inquiry=1, epoch=2))
    assert (taken_over.absences, taken_over.epoch, taken_over.may_be_resent) == (1, 2, False)
    assert after(ProvenAbsent(inquiry=2, epoch=2), Leased(epoch=2), order=taken_over).attempt == 2


def test_an_older_worker_may_not_send() -> None:
    with pytest.raises(UnlawfulStep, match="belongs to epoch 3, not to 2"):
        order_step(replace(NEW, epoch=3), Leased(epoch=2))


@pytest.mark.parametrize("sign", [said(SUBMITTED), fills(1, 7), said(SENDING, perm_id=0), DOUBT])
def test_a_sign_of_life_or_a_new_doubt_undoes_the_proofs(sign: OrderEvent) -> None:
    order = order_step(GONE, sign)

    assert order.absences == 0
    assert not order.may_be_resent


def test_an_order_that_once_lived_is_not_sent_again_however_absent() -> None:
    order = after(DOUBT, ABSENT_ONCE, ABSENT_TWICE, order=OPEN)

    assert (order.state, order.may_be_resent, order.needs_operator) == (UNKNOWN, False, True)
    with pytest.raises(UnlawfulStep):
        order_step(order, LEASED)


def test_an_operator_settles_what_questions_cannot() -> None:
    order = after(DOUBT, SettledByHand(reason="seen in the broker's own screen"), order=OPEN)

    assert (order.state, order.reason) == (CANCELLED, "seen in the broker's own screen")
    assert order.stray_perm_ids == ()


def test_an_operator_settles_nothing_that_is_not_in_doubt() -> None:
    with pytest.raises(UnlawfulStep, match="submitted is not in doubt"):
        order_step(OPEN, SettledByHand(reason="x"))


def test_what_the_broker_knows_outranks_a_book_that_was_restored() -> None:
    assert order_step(NEW, said(SUBMITTED)).state is SUBMITTED


# Refusals


def test_a_refusal_of_ours_is_only_possible_before_sending() -> None:
    assert after(RefusedLocally(reason="too large")).state is REJECTED
    with pytest.raises(UnlawfulStep, match="sending may have reached the broker"):
        after(LEASED, RefusedLocally(reason="too large"))


@pytest.mark.parametrize("order", [SENT, OPEN, IN_DOUBT])
@pytest.mark.parametrize("refusal", [Rejected(reason="no"), said(REJECTED, words="no")])
def test_an_explicit_refusal_rejects(order: OrderFacts, refusal: OrderEvent) -> None:
    rejected = order_step(order, refusal)

    assert (rejected.state, rejected.reason, rejected.stray_perm_ids) == (REJECTED, "no", ())


@pytest.mark.parametrize("refusal", [Rejected(reason="no"), said(REJECTED, words="no", filled=4)])
def test_what_was_filled_in_part_is_cancelled_not_rejected(refusal: OrderEvent) -> None:
    assert after(fills(4, 7), refusal, order=OPEN).state is CANCELLED


def test_a_refusal_after_a_claimed_fill_is_a_cancellation() -> None:
    assert after(said(PARTLY, filled=4), Rejected(reason="no"), order=OPEN).state is CANCELLED


# Cancelling and expiry


def test_an_order_that_was_never_sent_is_cancelled_at_once() -> None:
    order = order_step(NEW, CancelWanted())

    assert (order.state, order.is_cancel_wanted) == (CANCELLED, True)


@pytest.mark.parametrize("order", [SENT, OPEN, IN_DOUBT])
def test_a_wish_to_cancel_stands_beside_the_state(order: OrderFacts) -> None:
    wished = order_step(order, CancelWanted())

    assert (wished.state, wished.is_cancel_wanted) == (order.state, True)


@pytest.mark.parametrize(
    "events",
    [
        (CancelWanted(), ABSENT_ONCE, ABSENT_TWICE),
        (Expired(), ABSENT_ONCE, ABSENT_TWICE),
        (ABSENT_ONCE, ABSENT_TWICE, CancelWanted()),
        (ABSENT_ONCE, ABSENT_TWICE, Expired()),
    ],
)
@pytest.mark.parametrize("order", [IN_DOUBT, after(DOUBT, order=OPEN)])
def test_an_absent_order_that_nobody_wants_is_cancelled(
    order: OrderFacts, events: tuple[OrderEvent, ...]
) -> None:
    assert after(*events, order=order).state is CANCELLED


def test_an_order_whose_day_is_over_before_it_was_sent_is_cancelled() -> None:
    assert after(Expired()).state is CANCELLED


def test_a_live_order_whose_day_is_over_is_asked_for() -> None:
    order = after(Expired(), order=OPEN)

    assert (order.state, order.is_expired) == (UNKNOWN, True)
    assert order.reason == "Its time is over, and the broker has not said how it ended."
    assert order_step(order, said(CANCELLED)).state is CANCELLED


def test_a_fill_after_a_cancellation_is_recorded() -> None:
    cancelled = after(said(CANCELLED), order=OPEN)

    partly, wholly = order_step(cancelled, fills(4, 7)), order_step(cancelled, fills(10, 7))

    assert (partly.state, partly.filled) == (CANCELLED, Decimal(4))
    assert (wholly.state, wholly.filled) == (FILLED, Decimal(10))


def test_a_cancellation_of_a_complete_order_comes_too_late() -> None:
    assert after(fills(10, 7), said(CANCELLED), order=OPEN).state is FILLED


def test_a_complete_order_in_doubt_stays_filled() -> None:
    doubtful = replace(after(fills(10, 7), order=OPEN), state=UNKNOWN)

    assert order_step(doubtful, said(CANCELLED)).state is FILLED


# Fills


def test_a_fill_may_come_before_the_acknowledgment() -> None:
    order = after(LEASED, fills(4, 7))

    assert (order.state, order.perm_ids) == (PARTLY, (7,))
    assert order_step(order, said(SUBMITTED)).state is PARTLY


def test_a_complete_fill_before_the_acknowledgment_ends_the_order() -> None:
    order = after(LEASED, fills(10, 7), said(SUBMITTED))

    assert (order.state, order.stray_perm_ids) == (FILLED, ())


def test_a_fill_does_not_say_how_an_order_in_doubt_ended() -> None:
    assert after(fills(4, 7), order=IN_DOUBT).state is UNKNOWN
    assert after(fills(10, 7), order=IN_DOUBT).state is FILLED


def test_a_filled_order_waits_for_its_executions() -> None:
    order = after(said(FILLED, filled=10), order=OPEN)

    assert (order.state, order.filled, order.missing_fill) == (FILLED, Decimal(0), Decimal(10))
    partly = order_step(order, fills(4, 7))
    assert (partly.state, partly.missing_fill) == (FILLED, Decimal(6))


def test_a_correction_can_take_a_partial_fill_back() -> None:
    assert after(fills(4, 7), fills(0), order=OPEN).state is SUBMITTED


def test_a_correction_that_leaves_an_order_incomplete_is_doubt() -> None:
    order = after(fills(10, 7), fills(9, 7), order=OPEN)

    assert (order.state, order.reason) == (
        UNKNOWN,
        "A fill was corrected, and the order is not complete any more.",
    )


def test_fills_of_a_refused_or_unsent_order_are_doubt() -> None:
    for order in (NEW, after(Rejected(reason="no"), order=SENT)):
        filled = order_step(order, fills(4, 7))
        assert (filled.state, filled.filled) == (UNKNOWN, Decimal(4))
        assert filled.reason == "There are fills of an order that should not be at the broker."


def test_more_than_was_ordered_is_noticed() -> None:
    order = after(fills(12, 7, 8), order=OPEN)

    assert (order.state, order.is_overfilled, order.remaining) == (FILLED, True, Decimal(0))


def test_fills_below_nothing_are_refused() -> None:
    with pytest.raises(UnlawfulStep, match="less than nothing"):
        order_step(OPEN, fills(-1))


# Two lives


def test_a_second_life_is_followed_by_itself() -> None:
    doubled = after(said(SUBMITTED, perm_id=8), order=OPEN)
    assert (doubled.perm_ids, doubled.stray_perm_ids) == ((7, 8), (7, 8))

    half = order_step(doubled, said(CANCELLED, perm_id=7))
    assert (half.state, half.stray_perm_ids) == (SUBMITTED, ())

    assert order_step(half, said(CANCELLED, perm_id=8)).state is CANCELLED


def test_a_late_word_does_not_revive_a_life() -> None:
    half = after(said(SUBMITTED, perm_id=8), said(CANCELLED), DOUBT, order=OPEN)

    assert order_step(half, said(SUBMITTED)).state is UNKNOWN
    assert order_step(half, said(SUBMITTED, perm_id=8)).state is SUBMITTED


def test_doubt_about_one_life_is_not_settled_by_the_end_of_the_other() -> None:
    doubled = after(said(SUBMITTED, perm_id=8), DOUBT, said(CANCELLED), order=OPEN)

    assert doubled.state is UNKNOWN


def test_a_second_life_of_an_order_that_is_over_is_a_stray() -> None:
    order = after(said(CANCELLED), said(SUBMITTED, perm_id=8), order=OPEN)

    assert (order.state, order.stray_perm_ids) == (CANCELLED, (8,))


def test_a_complete_order_with_two_lives_has_strays() -> None:
    assert after(said(SUBMITTED, perm_id=8), fills(10, 8), order=OPEN).stray_perm_ids == (7, 8)


def test_a_refusal_that_names_no_life_is_doubt_when_there_are_two() -> None:
    order = after(said(SUBMITTED, perm_id=8), Rejected(reason="no"), order=OPEN)

    assert (order.state, order.reason) == (UNKNOWN, "The broker refused one of the order's lives: no")


def test_words_without_a_number_are_doubt_when_there_are_two_lives() -> None:
    order = after(said(SUBMITTED, perm_id=8), said(CANCELLED, perm_id=0), order=OPEN)

    assert order.state is UNKNOWN
    assert order.reason == "The broker spoke of the order without saying which of its lives was meant."


def test_an_unnumbered_life_gets_its_number() -> None:
    unnumbered = after(LEASED, said(SUBMITTED, perm_id=0, filled=2))
    assert (unnumbered.state, unnumbered.perm_ids) == (PARTLY, ())

    assert order_step(unnumbered, said(SUBMITTED)).lives == (OrderLife(perm_id=7, told_filled=Decimal(2)),)


def test_words_without_a_number_belong_to_the_only_life() -> None:
    assert after(said(CANCELLED, perm_id=0), order=OPEN).lives == (OrderLife(perm_id=7, has_ended=True),)
    assert after(said(SUBMITTED, perm_id=0), order=SENT).lives == (OrderLife(perm_id=0),)


def test_words_without_a_number_fit_no_two_lives() -> None:
    with pytest.raises(ValueError, match="too many values"):
        with_life((OrderLife(perm_id=1), OrderLife(perm_id=2)), 0)


# Words about other orders


def test_words_about_another_order_are_refused() -> None:
    other = str(UUID(int=5))
    with pytest.raises(UnlawfulStep, match=f"the broker spoke of {other}, not of {ORDER_ID}"):
        order_step(OPEN, said(CANCELLED, order_ref=other))


def test_without_our_reference_the_durable_number_decides() -> None:
    assert order_step(OPEN, said(CANCELLED, order_ref="")).state is CANCELLED
    with pytest.raises(UnlawfulStep, match="the broker spoke of 8"):
        order_step(OPEN, said(CANCELLED, order_ref="", perm_id=8))
