"""When an order that was never sent is given up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from trading.engine.lapses import lapse_reason
from trading.engine.records import TimeInForce

PLACED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
TOO_LONG = "It could not be sent within 15 minutes, and the price may be another by now."


def reason(after: timedelta, **facts: Any) -> str:
    """Why an order is given up so long after it was placed."""
    given: dict[str, Any] = {"time_in_force": TimeInForce.GOOD_TILL_CANCELLED, "within": QUARTER} | facts
    return lapse_reason(placed_at=PLACED, now=PLACED + after, **given)


def test_an_order_may_be_sent_for_so_long_and_not_a_moment_longer() -> None:
    assert reason(QUARTER) == ""
    assert reason(QUARTER + timedelta(microseconds=1)) == TOO_LONG


def test_a_day_order_is_given_up_with_the_session_in_which_it_was_placed() -> None:
    closes = PLACED + timedelta(minutes=5)
    day: dict[str, Any] = {"time_in_force": TimeInForce.DAY, "session_ends": closes}
    assert reason(timedelta(minutes=4), **day) == ""
    assert reason(timedelta(minutes=5), **day) == "The session that it was for ended before it could be sent."
    assert reason(timedelta(minutes=5), session_ends=closes) == ""


def test_a_day_order_that_was_placed_between_two_sessions_waits_as_long_as_any() -> None:
    assert reason(QUARTER, time_in_force=TimeInForce.DAY) == ""
    assert reason(QUARTER * 2, time_in_force=TimeInForce.DAY) == TOO_LONG


def test_an_order_whose_last_day_is_over_is_given_up() -> None:
    till = PLACED + timedelta(minutes=1)
    assert reason(timedelta(minutes=1), good_till=till) == "Its time was over before it could be sent."


@pytest.mark.parametrize(
    ("seconds", "words"), [(60, "1 minute"), (90, "90 seconds"), (1, "1 second"), (3600, "60 minutes")]
)
def test_the_reason_names_how_long_it_waited(seconds: int, words: str) -> None:
    within = timedelta(seconds=seconds)
    told = reason(within * 2, within=within)
    assert told == f"It could not be sent within {words}, and the price may be another by now."
