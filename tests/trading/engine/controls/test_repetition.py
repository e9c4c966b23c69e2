"""What is at the broker, held against what was approved."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.engine.controls.control_facts import SOUND
from trading.engine.controls.facts import Intent, SentOrder
from trading.engine.controls.limits import DEFAULT_LIMITS
from trading.engine.controls.repetition import ApprovalBreach, repetition_judged, sent_within_approval
from trading.engine.records import Side

FIRST = UUID(int=11)
INTENT = Intent(order_id=FIRST, account="DU1", con_id=7, side=Side.BUY, quantity=Decimal(100))
SENT = SentOrder(
    order_ref=str(FIRST),
    account="DU1",
    con_id=7,
    side=Side.BUY,
    filled=Decimal(40),
    open=Decimal(60),
)


def test_what_was_approved_may_be_sent() -> None:
    assert sent_within_approval([INTENT], [SENT]) == ()
    assert sent_within_approval([INTENT], []) == ()


def test_all_lives_of_an_order_count_together() -> None:
    twice = [SENT, replace(SENT, filled=Decimal(0), open=Decimal(1))]

    assert sent_within_approval([INTENT], twice) == (
        ApprovalBreach(
            order_ref=str(FIRST),
            approved=Decimal(100),
            sent=Decimal(101),
            sentence="101 shares were sent where 100 were approved.",
        ),
    )


def test_an_order_that_nobody_approved_is_named() -> None:
    (breach,) = sent_within_approval([], [SENT])

    assert (breach.approved, breach.sent) == (Decimal(0), Decimal(100))
    assert breach.sentence == "An order is at the broker that nobody approved."


@pytest.mark.parametrize(
    "other", [replace(SENT, account="DU2"), replace(SENT, con_id=8), replace(SENT, side=Side.SELL)]
)
def test_an_order_on_other_terms_is_named(other: SentOrder) -> None:
    (breach,) = sent_within_approval([INTENT], [other])

    assert breach.sentence == (
        "An order is at the broker on another account, instrument or side than was approved."
    )


def test_a_breach_halts_everything() -> None:
    found = repetition_judged(replace(SOUND, sent=(SENT,)), DEFAULT_LIMITS)

    assert found.should_halt
    assert found.sentence == (
        "An order is at the broker that nobody approved. Trading stops until somebody has looked."
    )
    assert found.figures == (("breaches", "1"), ("order", str(FIRST)))


def test_what_agrees_passes() -> None:
    found = repetition_judged(replace(SOUND, intents=(INTENT,), sent=(SENT,)), DEFAULT_LIMITS)

    assert (found.outcome.value, found.sentence) == ("pass", "What is at the broker is what was approved.")


@given(lives=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=4))
def test_a_breach_is_exactly_what_goes_beyond_the_approval(lives: list[tuple[int, int]]) -> None:
    sent = [replace(SENT, filled=Decimal(filled), open=Decimal(left)) for filled, left in lives]
    total = sum(filled + left for filled, left in lives)

    assert bool(sent_within_approval([INTENT], sent)) == (total > 100)
