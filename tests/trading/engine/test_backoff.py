"""Waiting before the next attempt."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.engine.backoff import reconnect_delay

HALF = Decimal("0.5")


def test_the_span_doubles_up_to_its_most() -> None:
    spans = [reconnect_delay(attempt, HALF) for attempt in range(1, 10)]

    assert spans == [Decimal(text) for text in ("0.5", "1", "2", "4", "8", "16", "30", "30", "30")]


def test_chance_picks_a_moment_of_the_span() -> None:
    assert reconnect_delay(3, Decimal(0)) == 0
    assert reconnect_delay(3, Decimal("0.25"), first=Decimal(2), most=Decimal(6)) == Decimal("1.5")


def test_the_millionth_attempt_is_as_quick_to_count() -> None:
    assert reconnect_delay(1_000_000, HALF) == 30


@pytest.mark.parametrize(
    ("attempt", "chance", "words"),
    [
        (0, HALF, "attempts count from 1, not from 0"),
        (1, Decimal(1), "a chance lies between 0 and 1, not at 1"),
        (1, Decimal("-0.1"), "a chance lies between 0 and 1, not at -0.1"),
    ],
)
def test_what_is_out_of_bounds_is_refused(attempt: int, chance: Decimal, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        reconnect_delay(attempt, chance)


@given(attempt=st.integers(1, 10_000), chance=st.decimals("0", "0.999999", places=6))
def test_a_wait_stays_within_its_span(attempt: int, chance: Decimal) -> None:
    assert 0 <= reconnect_delay(attempt, chance) < 60
